//! The content as others read it: contentctl on the detections as YAML, and who catches which fault that is planted in a search.
//!
//! The faults are one table, `xtask/tests/planted_faults.md`. It is checked here, and written by `UPDATE_TABLE=1 cargo test -p xtask
//! --test content -- --include-ignored`.

mod needs_contentctl {
    use std::collections::BTreeMap;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use test_splunk::{conf, root, searches};
    use xtask::{contentctl, detections, tools};

    #[test]
    #[ignore = "needs Python 3.11 to 3.13 for contentctl; `cargo xtask test` runs it"]
    fn contentctl_validates_the_detections_and_builds_our_stanzas() {
        contentctl::run().unwrap();
    }

    const DETECTION: &str = searches::DETECTION;
    const SUSTAINED: &str = "DNSTXT - Detect sustained channel over DNS TXT answers - Rule";

    /// What is planted, in which stanza, and the words that it replaces.
    const FAULTS: [(&str, &str, &str, &str); 14] = [
        ("a macro in quotes", DETECTION, "> `dnstxtscore_threshold`", "> \"`dnstxtscore_threshold`\""),
        (
            "a field after BY that no stage made",
            SUSTAINED,
            "| eval text_id=`dnstxtscore_text_id` \n| `dnstxtscore_discount_common_texts` \n",
            "",
        ),
        ("a comparison with a field that no stage made", DETECTION, "where is_suspicious_score", "where suspicious_score"),
        ("a field used before it exists", DETECTION, "| rename predicted_is_unknown as is_suspicious_score \n", ""),
        ("an unknown function of stats", DETECTION, "stats sum(count)", "stats summe(count)"),
        ("an unknown function of eval", SUSTAINED, "round(", "rounded("),
        ("a misspelt command", DETECTION, "| eventstats", "| eventstat"),
        ("a missing pipe", DETECTION, "| rename answer as text", "rename answer as text"),
        ("a misspelt macro", DETECTION, "`dnstxtscore_domain`", "`dnstxtscore_domian`"),
        ("a macro with too few arguments", DETECTION, "`dnstxtscore_ctime(firstTime)`", "`dnstxtscore_ctime`"),
        ("a quote that is not closed", SUSTAINED, "\"(several)\"", "\"(several)"),
        ("a parenthesis that is not closed", SUSTAINED, "mvjoin(text, \" \"))", "mvjoin(text, \" \")"),
        ("two fields in mvfilter", SUSTAINED, "len(mvjoin(text,", "len(mvjoin(mvfilter(text > domain),"),
        ("no filter macro of its own", SUSTAINED, "`dnstxtscore_sustained_channel_filter`", "search *"),
    ];

    /// What the lexer cannot name in each search.
    fn lexer_faults(searches: &[String]) -> Vec<Vec<String>> {
        let python = tools::CONTENTCTL.install().unwrap().join("python");
        let mut lexer =
            Command::new(python).arg(root().join("tests/splunk/lexer.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        lexer.stdin.take().unwrap().write_all(serde_json::to_string(searches).unwrap().as_bytes()).unwrap();
        serde_json::from_slice(&lexer.wait_with_output().unwrap().stdout).unwrap()
    }

    #[test]
    #[ignore = "needs Python 3.11 to 3.13 for contentctl; `cargo xtask test` runs it"]
    fn the_lexer_knows_every_command_and_function_of_the_shipped_searches() {
        let searches: Vec<String> =
            conf::read(&root().join("default/savedsearches.conf")).unwrap().into_values().map(|keys| keys["search"].clone()).collect();
        assert_eq!(lexer_faults(&searches), vec![Vec::<String>::new(); searches.len()]);
    }

    #[test]
    #[ignore = "needs Python 3.11 to 3.13 for contentctl; `cargo xtask test` runs it"]
    fn each_planted_fault_is_caught_by_those_whom_the_table_names() {
        let stanzas = conf::read(&root().join("default/savedsearches.conf")).unwrap();
        let planted: Vec<BTreeMap<String, String>> = FAULTS
            .iter()
            .map(|(what, stanza, from, to)| {
                let mut keys = stanzas[*stanza].clone();
                let search = keys["search"].replacen(from, to, 1);
                assert_ne!(search, keys["search"], "{what}");
                keys.insert("search".into(), search);
                keys
            })
            .collect();
        let lexer = lexer_faults(&planted.iter().map(|keys| keys["search"].clone()).collect::<Vec<_>>());

        // contentctl names all files with a fault in one run. Each has an id and a filter macro of its own.
        let mut files: Vec<(String, String)> = Vec::new();
        for (number, keys) in planted.iter().enumerate() {
            let (name, mut keys) = (format!("planted {number:02}"), keys.clone());
            let metadata = keys["action.correlationsearch.metadata"].replace("92f65c3a", &format!("92f650{number:02}"));
            keys.insert("action.correlationsearch.metadata".into(), metadata.replace("0d5b7f0e", &format!("0d5b70{number:02}")));
            let filter = format!("`{}_filter`", detections::stem(&name));
            let search = keys["search"]
                .replace("`dnstxtscore_sustained_channel_filter`", &filter)
                .replace("`detect_suspicious_dns_txt_records_using_pretrained_model_in_dsdl_filter`", &filter);
            keys.insert("search".into(), search);
            files.push((detections::stem(&name), detections::yaml(&name, &keys).unwrap()));
        }
        let said = contentctl::Repository::new("contentctl-planted", &files).unwrap().validate().unwrap_err();

        let mut table = "# Planted faults\n\nWritten and checked by `xtask/tests/content.rs`: who catches a fault that is planted in a \
            shipped search. The runner is\n`tests/splunk`; contentctl is 5.6.2, the lexer pygments-lexer-spl 0.1.0. splint-spl 0.1.0 was \
            tried too and caught none of them: it looks for slow\nsearches.\n\n| what | runner | contentctl | lexer |\n| --- | --- | --- | --- |\n"
            .to_owned();
        for (number, (what, _, _, _)) in FAULTS.iter().enumerate() {
            let search = &planted[number]["search"];
            let fixture = searches::fixture_for(&root(), &stanzas[FAULTS[number].1]["search"]).unwrap();
            let mut lookups = searches::empty_lookups(&root()).unwrap();
            let runner = searches::run_text(&root(), search, fixture, &mut lookups, searches::NOW).is_err();
            let contentctl = said.contains(&format!("planted_{number:02}.yml"));
            let mark = |caught: bool| if caught { "yes" } else { "-" };
            table += &format!("| {what} | {} | {} | {} |\n", mark(runner), mark(contentctl), mark(!lexer[number].is_empty()));
        }
        let path = root().join("xtask/tests/planted_faults.md");
        if std::env::var_os("UPDATE_TABLE").is_some() {
            std::fs::write(&path, &table).unwrap();
        }
        assert_eq!(table, std::fs::read_to_string(&path).unwrap());
    }
}
