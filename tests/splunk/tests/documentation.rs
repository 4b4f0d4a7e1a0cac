//! Examples of Splunk's documentation with the results that it prints, through the runner. The pages are named in `spl/pages.rs`;
//! every stage and function there has an example here, or the reason why not.

use std::cell::RefCell;
use std::collections::BTreeSet;

use test_splunk::spl::pages::{FUNCTIONS, STAGES};
use test_splunk::spl::{self, Lookups, Row, SearchContext, Table};

/// Runs stages over rows: pairs of field and value, an empty value is none.
fn run(search: &str, rows: &[&[(&str, &str)]]) -> Table {
    let cells = |row: &&[(&str, &str)]| -> Row {
        let values = |value: &str| value.split('\n').filter(|value| !value.is_empty()).map(str::to_owned).collect();
        row.iter().map(|(name, value)| ((*name).to_owned(), values(value))).collect()
    };
    let rows: Vec<Row> = rows.iter().map(cells).collect();
    let columns: BTreeSet<String> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
    let table = Table { columns: columns.into_iter().collect(), rows };
    let mut world = SearchContext { command: &mut |_, table| Ok(table), lookups: Lookups::new(), now: 0, given: Vec::new() };
    spl::run(&spl::stages(search), table, &mut world).unwrap_or_else(|error| panic!("{search}: {error}"))
}

/// A column of the result; several values of a cell are joined by commas.
fn column(table: &Table, name: &str) -> Vec<String> {
    table.rows.iter().map(|row| row.get(name).map(|values| values.join(",")).unwrap_or_default()).collect()
}

/// What an expression gives for one row.
fn value(expression: &str, row: &[(&str, &str)]) -> String {
    column(&run(&format!("eval result={expression}"), &[row]), "result").concat()
}

thread_local! {
    /// The stages and functions of which an example was run.
    static SHOWN: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

fn shown(names: &[&'static str]) {
    SHOWN.with_borrow_mut(|shown| shown.extend(names));
}

#[test]
fn every_stage_and_function_has_an_example_or_the_reason_why_not() {
    stages();
    functions();
    let shown = SHOWN.with_borrow(Clone::clone);
    for page in STAGES.iter().chain(FUNCTIONS) {
        for name in page.of {
            let without = page.without.iter().any(|(other, why)| other == name && !why.is_empty());
            assert!(shown.contains(name) != without, "{}, {name}", page.title);
        }
    }
}

fn stages() {
    shown(&["rename"]);
    let renamed = run("rename EU* AS EMEA*", &[&[("EU_UK", "1"), ("EU_DE", "2"), ("EU_PL", "3")]]);
    assert_eq!(renamed.columns.into_iter().collect::<BTreeSet<_>>(), ["EMEA_UK", "EMEA_DE", "EMEA_PL"].map(str::to_owned).into());

    shown(&["eval"]);
    let mails = ["na.lui@sample.net", "MAILER-DAEMON@hcp2mailsec.sample.net", "M&MService@example.com"];
    let split = "eval accountname=split(mailfrom,\"@\"), from_user=mvindex(accountname,0), from_domain=mvindex(accountname,-1)";
    let split = run(split, &mails.map(|mail| vec![("mailfrom", mail)]).iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(column(&split, "from_user"), ["na.lui", "MAILER-DAEMON", "M&MService"]);
    assert_eq!(column(&split, "from_domain"), ["sample.net", "hcp2mailsec.sample.net", "example.com"]);

    // The page of SPL2 has the example of the same command with its rows.
    shown(&["streamstats"]);
    let hosts = ["x", "y", "x", "x", "y"].map(|host| vec![("host", host)]);
    let hosts: Vec<_> = hosts.iter().map(Vec::as_slice).collect();
    assert_eq!(column(&run("streamstats count", &hosts), "count"), ["1", "2", "3", "4", "5"]);
    assert_eq!(column(&run("streamstats count BY host", &hosts), "count"), ["1", "1", "2", "3", "2"]);

    // "| makeresults count=5 | streamstats count": five results, numbered.
    shown(&["makeresults"]);
    assert_eq!(column(&run("makeresults count=5 | streamstats count", &[]), "count"), ["1", "2", "3", "4", "5"]);

    let made = run("makeresults format=csv data=\"name, age\nJohn, 35\nSarah, 39\"", &[]);
    assert_eq!((column(&made, "name"), column(&made, "age")), (vec!["John".into(), "Sarah".into()], vec!["35".into(), "39".into()]));

    // The page appends a count of all to counts by user.
    shown(&["append"]);
    let appended = run("stats count by user | append [makeresults | eval user=\"all\", count=3 | fields user, count]", &[&[("user", "a")]]);
    assert_eq!((column(&appended, "user"), column(&appended, "count")), (vec!["a".into(), "all".into()], vec!["1".into(), "3".into()]));

    // The page appends the sums of all to the counts by user and action.
    shown(&["appendpipe"]);
    let counts = [[("user", "a"), ("count", "1")], [("user", "b"), ("count", "2")]];
    let piped = run("appendpipe [stats sum(count) as count | eval user=\"TOTAL - USER COUNT\"]", &[&counts[0], &counts[1]]);
    assert_eq!(column(&piped, "count"), ["1", "2", "3"]);
    assert_eq!(column(&piped, "user")[2], "TOTAL - USER COUNT");

    shown(&["search"]);
    let found = run("search ip=\"10.10.10.0/24\"", &[&[("ip", "10.10.10.12")], &[("ip", "50.10.10.17")], &[("ip", "10.10.10.23")]]);
    assert_eq!(column(&found, "ip"), ["10.10.10.12", "10.10.10.23"]);
    let v6 = "2001:0db8:ffff:ffff:ffff:ffff:ffff:ff99";
    assert_eq!(run("search ip=\"2001:0db8:ffff:ffff:ffff:ffff:ffff:ff00/120\"", &[&[("ip", v6)]]).rows.len(), 1);
    // "1" does not match "1.0"; NOT takes rows without the field, != does not.
    assert_eq!(run("search a=1", &[&[("a", "1.0")]]).rows.len(), 0);
    let rows: [&[(&str, &str)]; 3] = [&[("fieldA", "value1")], &[("fieldA", "value2")], &[("fieldA", "")]];
    assert_eq!((run("search NOT fieldA=\"value2\"", &rows).rows.len(), run("search fieldA!=\"value2\"", &rows).rows.len()), (2, 1));
    assert_eq!(run("search error_code IN (40*, 500)", &[&[("error_code", "404")], &[("error_code", "501")]]).rows.len(), 1);

    shown(&["sort"]);
    let days = [("Friday", "120"), ("Monday", "93"), ("Tuesday", "124"), ("Thursday", "356"), ("Weekend", "1022"), ("Wednesday", "248")];
    let rows: Vec<Vec<(&str, &str)>> = days.iter().map(|(day, count)| vec![("Day", *day), ("count", *count)]).collect();
    let order = "eval wd=lower(Day), sort_field=case(wd==\"monday\",1, wd==\"tuesday\",2, wd==\"wednesday\",3, wd==\"thursday\",4, \
                 wd==\"friday\",5, wd==\"weekend\",6) | sort 0 sort_field";
    let sorted = run(order, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(column(&sorted, "Day"), ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Weekend"]);

    shown(&["fillnull"]);
    let filled = run("fillnull value=unknown host kbps bytes", &[&[("host", "a"), ("kbps", ""), ("average_kbps", "")]]);
    let cells = ["host", "kbps", "average_kbps", "bytes"].map(|name| column(&filled, name).concat());
    assert_eq!(cells, ["a", "unknown", "", "unknown"]);

    shown(&["stats"]);
    let repeated = vec![[("test", "3.99")].as_slice(); 100];
    assert_eq!(column(&run("stats avg(test) as test", &repeated), "test"), ["3.9900000000000055"]);
    let counted: Vec<String> = (1..=110).map(|number| number.to_string()).collect();
    let rows: Vec<[(&str, &str); 1]> = counted.iter().map(|number| [("n", number.as_str())]).collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| row.as_slice()).collect();
    let lists = run("stats first(n) as first list(n) as list values(n) as values", &rows);
    let start = |name: &str| lists.rows[0][name][..5].join(" ");
    assert_eq!((column(&lists, "first").concat(), start("list")), ("1".into(), "1 2 3 4 5".into()));
    assert_eq!((lists.rows[0]["list"].len(), start("values").as_str()), (100, "1 10 100 101 102"));

    shown(&["eventstats"]);
    let ages: [&[(&str, &str)]; 4] = [
        &[("age", "25"), ("city", "San Francisco")],
        &[("age", "39"), ("city", "Seattle")],
        &[("age", "31"), ("city", "San Francisco")],
        &[("age", ""), ("city", "Seattle")],
    ];
    assert_eq!(column(&run("eventstats avg(age) as average BY city", &ages), "average"), ["28", "39", "28", "39"]);
}

fn functions() {
    shown(&["if", "case", "true", "cidrmatch"]);
    let names =
        ["buttercup", "rarity", "tenderhoof", "dash"].map(|name| value("if(names=\"buttercup\",\"mistmane\",names)", &[("names", name)]));
    assert_eq!(names, ["mistmane", "rarity", "tenderhoof", "dash"]);
    let status = |expression: &str| ["200", "404", "500", "408", "406"].map(|status| value(expression, &[("status", status)]));
    let known = "status==200, \"OK\", status==404, \"Not found\"";
    let error = "status==500, \"Internal Server Error\"";
    assert_eq!(status(&format!("case({known}, {error})")), ["OK", "Not found", "Internal Server Error", "", ""]);
    assert_eq!(status(&format!("case({known}, true(), \"Other\")"))[3..], ["Other", "Other"]);
    let is_in = |block: &str, ip: &str| value(&format!("if(cidrmatch(\"{block}\", ip), \"true\", \"false\")"), &[("ip", ip)]);
    assert_eq!((is_in("192.0.2.0/24", "192.0.3.0"), is_in("192.0.2.0/24", "192.0.2.56")), ("false".into(), "true".into()));
    assert_eq!(is_in("2001:0db8:ffff:ffff:ffff:ffff:ffff:ff00/120", "2001:0db8:ffff:ffff:ffff:ffff:ffff:ff99"), "true");
    assert_eq!(is_in("0.0.0.0/0", "this.is.a.hostname"), "false"); // from the page of tstats

    shown(&["len", "substr", "replace", "urldecode", "tonumber", "floor", "round"]);
    assert_eq!(value("urldecode(\"http%3A%2F%2Fwww.splunk.com%2Fdownload%3Fr%3Dheader\")", &[]), "http://www.splunk.com/download?r=header");
    let lengths = ["buttercup", "rarity", "tenderhoof", "dash", "mistmane"].map(|name| value("len(names)", &[("names", name)]));
    assert_eq!(lengths, ["9", "6", "10", "4", "8"]);
    assert_eq!(value("substr(\"string\", 1, 3) + substr(\"string\", -3)", &[]), "string");
    assert_eq!(value(r#"replace(date, "^(\d{1,2})/(\d{1,2})/", "\2/\1/")"#, &[("date", "1/14/2023")]), "14/1/2023");
    assert_eq!(value("replace(dst, \":.*\", \"\")", &[("dst", "54.81.233.206:443:X1")]), "54.81.233.206");
    assert_eq!((value("tonumber(\"0A4\", 16)", &[]), value("tonumber(\"0101\", 2)", &[])), ("164".into(), "5".into()));
    assert_eq!(
        (value("floor(1.9)", &[]), value("round(3.5)", &[]), value("round(2.555, 2)", &[])),
        ("1".into(), "4".into(), "2.56".into())
    );

    shown(&["mvappend", "mvindex", "mvjoin", "split"]);
    let addresses = [("srcip", "203.0.113.0"), ("destip", "203.0.113.255")];
    let joined = "localhost,203.0.113.0,203.0.113.255,192.168.1.1";
    assert_eq!(value("mvappend(\"localhost\", srcip, destip, \"192.168.1.1\")", &addresses), joined);
    assert_eq!(value("mvappend(mvappend(\"localhost\", srcip), destip, \"192.168.1.1\")", &addresses), joined);
    let names = [("names", "alex\ncelestino\nclaudia\ndavid\nikraam\nnyah\nrutherford\nwei")];
    assert_eq!(
        (value("mvindex(names, 2)", &names), value("mvindex(names, 0, 3)", &names)),
        ("claudia".into(), "alex,celestino,claudia,david".into())
    );
    let ponies = [("ponies", "buttercup\ndash\nflutter\nhoney\nivory\nminty\npinky\nrarity")];
    let from_the_end = ["mvindex(ponies, -1)", "mvindex(ponies, -3)", "mvindex(ponies, -3, -1)"].map(|call| value(call, &ponies));
    assert_eq!(from_the_end, ["rarity", "minty", "minty,pinky,rarity"]);
    assert_eq!(value("mvindex(ponies, 9)", &ponies), "");
    assert_eq!(value("mvjoin(base, \" OR \")", &[("base", "1\n2\n3\n4\n5")]), "1 OR 2 OR 3 OR 4 OR 5");
    assert_eq!(value("split(\"abcd\", \"\")", &[]), "a,b,c,d");
    assert_eq!(value("split(\"1a2b3c4def567890\", \"def\")", &[]), "1a2b3c4,567890");
    assert_eq!(value("split(\"name::value\", \"::\")", &[]), "name,value");
}
