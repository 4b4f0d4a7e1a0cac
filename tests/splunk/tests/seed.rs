//! The search of the detection that this app succeeds, from `tstats` to the last line, with `apply` replaced by this command.
//!
//! Source: ESCU 5.25 (splunk/security_content, Apache 2.0), "Detect suspicious DNS TXT records using pretrained model in DSDL".

use std::collections::BTreeSet;

use test_splunk::spl::{self, SearchContext, Table};
use test_splunk::{conf, macros, root, searches, splunkd};

const SEED: &str = r#"| tstats `security_content_summariesonly` count min(_time) as firstTime max(_time) as lastTime FROM datamodel=Network_Resolution
  WHERE DNS.message_type=response
    AND
    DNS.record_type=TXT
  BY DNS.src DNS.dest DNS.answer
     DNS.record_type
| `drop_dm_object_name("DNS")`
| rename answer as text
| fields firstTime, lastTime, message_type,record_type,src,dest, text
| apply detect_suspicious_dns_txt_records_using_pretrained_model_in_dsdl
| rename predicted_is_unknown as is_suspicious_score
| where is_suspicious_score > 0.5
| `security_content_ctime(firstTime)`
| `security_content_ctime(lastTime)`
| table src,dest,text,record_type, firstTime, lastTime,is_suspicious_score
| `detect_suspicious_dns_txt_records_using_pretrained_model_in_dsdl_filter`"#;

#[test]
fn the_search_of_the_original_runs_with_one_command_replaced() {
    let apply = "apply detect_suspicious_dns_txt_records_using_pretrained_model_in_dsdl";
    assert_eq!(SEED.matches(apply).count(), 1);
    let search = SEED.replace(apply, "dnstxtscore field=text");
    // The macros of ESCU, as its documentation defines them.
    let mut known = conf::of_app(&root(), "macros.conf").unwrap();
    for (name, keys) in [
        (
            "security_content_summariesonly",
            [("definition", "summariesonly=false allow_old_summaries=true fillnull_value=null"), ("args", "")],
        ),
        ("security_content_ctime(1)", [("definition", "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime($field$)"), ("args", "field")]),
    ] {
        known.insert(name.into(), keys.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }
    let search = macros::expand(&search, &known).unwrap();
    let stages = spl::stages(&search);
    let mut columns = spl::tstats_columns(&stages[0]).unwrap();
    let mut rows = searches::read_rows(&searches::fixture_path()).unwrap();
    rows.iter_mut().for_each(|row| row.retain(|name, _| columns.contains(name)));
    // `fields` names it, and nothing delivers it. Splunk says nothing; this interpreter would.
    columns.push("message_type".into());

    let program = root().join("bin/dnstxtscore");
    let mut world = SearchContext {
        command: &mut |args, table| splunkd::run(&program, args, table),
        lookups: Default::default(),
        now: searches::NOW,
        given: Vec::new(),
    };
    let table = spl::run(&stages[1..], Table { columns, rows }, &mut world).unwrap();
    assert_eq!(table.columns.join(" "), "src dest text record_type firstTime lastTime is_suspicious_score");
    let sources = |rows: &[spl::Row]| rows.iter().map(|row| row["src"][0].clone()).collect::<BTreeSet<_>>();
    let (own, _) = searches::detect(&root(), searches::read_rows(&searches::fixture_path()).unwrap()).unwrap();
    assert_eq!(sources(&table.rows), sources(&own.rows), "both find the same sources");
    assert!(table.rows.len() > own.rows.len(), "the original has a row per answer, ours one per source and domain");
    assert!(table.rows.iter().all(|row| row["is_suspicious_score"][0].parse::<f64>().unwrap() > 0.5));
}
