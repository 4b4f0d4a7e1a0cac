//! `cargo xtask live` against a local server that answers as the pages of Splunk's REST API Reference show: `server/info`,
//! `apps/local`, `saved/searches`, `configs/conf-macros`, and `search/v2/jobs` with `exec_mode=oneshot`. Searches run in the runner.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use test_splunk::spl::{self, SearchContext, Table};
use test_splunk::{conf, macros, root, searches, splunkd};
use xtask::live::{self, Instance};

const TOKEN: &str = "eyJraWQiOiJzcGx1bmsuc2VjcmV0In0.secret";

/// How the instance differs from the checkout.
#[derive(Clone, Copy, Default)]
struct Ways {
    /// The threshold of the hourly rule.
    threshold: Option<&'static str>,
    lacks_a_search: bool,
    lacks_the_app: bool,
    search_fails: bool,
}

/// Plays splunkd until the test ends; every search that came, and the address.
fn serve(ways: Ways) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, came) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&came);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), ways, &seen);
        }
    });
    (url, came)
}

fn answer(mut stream: TcpStream, ways: Ways, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length, mut authorized) = (String::new(), 0, false);
    reader.read_line(&mut line).unwrap();
    let path = line.split(' ').nth(1).unwrap().to_owned();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => authorized = value == format!("Bearer {TOKEN}"),
            "expect" => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, reply) = if authorized {
        reply(&path, &String::from_utf8(body).unwrap(), ways, seen)
    } else {
        ("401 Unauthorized", json!({"messages": [{"type": "WARN", "text": "call not properly authenticated"}]}))
    };
    let reply = reply.to_string();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", reply.len());
    stream.write_all(format!("{head}{reply}").as_bytes()).unwrap();
}

fn reply(path: &str, body: &str, ways: Ways, seen: &Mutex<Vec<String>>) -> (&'static str, Value) {
    const OK: &str = "200 OK";
    let entry = |name: &str, content: Value| json!({"name": name, "acl": {"app": "SA-dnstxtscore", "sharing": "app"}, "content": content});
    match path.split('?').next().unwrap() {
        "/services/server/info" => (OK, json!({"entry": [entry("server-info", json!({"version": "9.4.1"}))]})),
        "/services/apps/local/SA-dnstxtscore" if ways.lacks_the_app => {
            ("404 Not Found", json!({"messages": [{"type": "ERROR", "text": "Could not find object id=SA-dnstxtscore"}]}))
        }
        "/services/apps/local/SA-dnstxtscore" => (OK, json!({"entry": [entry("SA-dnstxtscore", json!({"version": "0.1.0"}))]})),
        "/servicesNS/nobody/SA-dnstxtscore/saved/searches" => {
            let ours = conf::of_app(&root(), "savedsearches.conf").unwrap().into_iter();
            let ours = ours.skip(usize::from(ways.lacks_a_search)).map(|(name, keys)| entry(&name, json!({"search": keys["search"]})));
            let other = json!({"name": "Errors in the last hour", "acl": {"app": "search"}, "content": {"search": "index=_internal"}});
            (OK, json!({"entry": ours.chain([other]).collect::<Vec<_>>()}))
        }
        "/servicesNS/nobody/SA-dnstxtscore/configs/conf-macros" => {
            let macros = macros_there(ways);
            let entries: Vec<Value> = macros.iter().map(|(name, keys)| entry(name, json!({"definition": keys["definition"]}))).collect();
            (OK, json!({"entry": entries}))
        }
        "/servicesNS/nobody/SA-dnstxtscore/search/v2/jobs" => {
            let field = |wanted: &str| {
                let pair = body.split('&').find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='));
                percent_decode_str(pair.unwrap()).decode_utf8().unwrap().into_owned()
            };
            assert_eq!((field("exec_mode"), field("output_mode"), field("count")), ("oneshot".into(), "json".into(), "0".into()));
            let search = field("search");
            seen.lock().unwrap().push(search.clone());
            if ways.search_fails {
                return (OK, json!({"messages": [{"type": "FATAL", "text": "Unknown search command 'dnstxtscore'."}], "results": []}));
            }
            (OK, results(&run(&search, ways)))
        }
        _ => ("404 Not Found", json!({"messages": [{"type": "ERROR", "text": "Not Found"}]})),
    }
}

fn macros_there(ways: Ways) -> conf::Conf {
    let mut macros = conf::of_app(&root(), "macros.conf").unwrap();
    if let Some(threshold) = ways.threshold {
        macros.get_mut("dnstxtscore_threshold").unwrap().insert("definition".into(), threshold.into());
    }
    macros
}

fn run(search: &str, ways: Ways) -> Table {
    if search.starts_with("| tstats") {
        return Table::default(); // an instance without DNS answers
    }
    let program = root().join("bin/dnstxtscore");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut world = SearchContext {
        command: &mut |args, table| splunkd::run(&program, args, table),
        lookups: searches::empty_lookups(&root()).unwrap(),
        now: now as i64,
        given: Vec::new(),
    };
    spl::run(&spl::stages(&macros::expand(search, &macros_there(ways)).unwrap()), Table::default(), &mut world).unwrap()
}

/// As `output_mode=json` shows results: fields, and rows in which several values are an array.
fn results(table: &Table) -> Value {
    let cell = |values: &[String]| if let [one] = values { json!(one) } else { json!(values) };
    let row =
        |row: &spl::Row| row.iter().filter(|(_, values)| !values.is_empty()).map(|(name, values)| (name.clone(), cell(values))).collect();
    let rows: Vec<Value> = table.rows.iter().map(|one| Value::Object(row(one))).collect();
    let fields: Vec<Value> = table.columns.iter().map(|name| json!({"name": name})).collect();
    json!({"preview": false, "init_offset": 0, "messages": [], "fields": fields, "results": rows})
}

/// The instance at an address, with the token in a file of its own.
fn instance(url: &str, token: &str) -> (Instance, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let token_file: PathBuf = folder.path().join("token");
    std::fs::write(&token_file, format!("{token}\n")).unwrap();
    (Instance { url: url.to_owned(), token_file, ca_file: None, insecure: false }, folder)
}

fn live(ways: Ways) -> (xtask::Result<()>, Vec<String>) {
    let (url, seen) = serve(ways);
    let (instance, _folder) = instance(&url, TOKEN);
    let result = live::run(&instance);
    let seen = seen.lock().unwrap().clone();
    (result, seen)
}

#[test]
fn an_instance_that_does_as_the_runner_does_differs_in_nothing() {
    let (result, seen) = live(Ways::default());
    result.unwrap();
    let shipped = conf::of_app(&root(), "savedsearches.conf").unwrap().len();
    assert_eq!(seen.len(), 2 * shipped);
    assert!(seen.iter().all(|search| search.starts_with("| ") && !search.contains("outputlookup")));
    let given = seen.iter().filter(|search| search.starts_with("| makeresults format=csv")).count();
    assert_eq!(given, shipped);
}

#[test]
fn what_is_set_or_runs_otherwise_is_counted() {
    let (result, _) = live(Ways { threshold: Some("0.999"), ..Ways::default() });
    let error = result.unwrap_err();
    let count: usize = error.split(' ').next().unwrap().parse().unwrap();
    // The macro itself, and the searches that use it.
    assert!(count > 3, "{error}");
    let (result, _) = live(Ways { lacks_a_search: true, ..Ways::default() });
    assert_eq!(result.unwrap_err(), "1 things differ from what this checkout expects");
}

#[test]
fn a_failing_search_a_wrong_token_and_a_missing_app_are_errors() {
    let shipped = conf::of_app(&root(), "savedsearches.conf").unwrap().len();
    let (result, _) = live(Ways { search_fails: true, ..Ways::default() });
    assert_eq!(result.unwrap_err(), format!("{shipped} things differ from what this checkout expects"));

    let (result, _) = live(Ways { lacks_the_app: true, ..Ways::default() });
    let error = result.unwrap_err();
    assert!(error.contains("answers 404 Could not find object") && error.ends_with("install the app there first"), "{error}");

    let (url, _) = serve(Ways::default());
    let (other, _folder) = instance(&url, "another");
    let error = live::run(&other).unwrap_err();
    assert!(error.contains("answers 401 call not properly authenticated"), "{error}");
    for (url, token, said) in [
        ("http://splunk.example:8089", TOKEN, "give the address of the management port"),
        (&*url, "two words", "must hold one token"),
        (&*url, "", "must hold one token"),
        ("https://127.0.0.1:1", TOKEN, "Failed to connect"),
    ] {
        let (instance, _folder) = instance(url, token);
        let error = live::run(&instance).unwrap_err();
        assert!(error.contains(said) && !error.contains(TOKEN), "{error}");
    }
}
