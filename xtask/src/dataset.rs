//! `cargo xtask dataset`: the logs of the fixtures, laid out as Splunk's attack_data is, to be replayed into an instance: a folder per dataset
//! with its files and a YAML that names the source and the sourcetype of each. The detections' YAML name the same files as their tests.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use crate::{Result, root};

/// Where the dataset is in a repository of attack_data.
pub const FOLDER: &str = "datasets/attack_techniques/T1071.004/dnstxtscore_tunnels";

/// The files: their name, the fixture, source and sourcetype, and what they are.
pub const FILES: [(&str, &str, &str, &str, &str); 3] = [
    ("suricata7.log", "tunnels.eve2.json.gz", "/var/log/suricata/eve.json", "suricata", "DNS events of Suricata 7, version 2"),
    ("suricata8.log", "tunnels.eve3.json.gz", "/var/log/suricata/eve.json", "suricata", "DNS events of Suricata 8, version 3"),
    (
        "zeek_dns.log",
        "tunnels.zeek.json.zst",
        "/opt/zeek/logs/current/dns.log",
        "bro:dns:json",
        "dns.log of Zeek in JSON, written by a script after its sources",
    ),
];

/// Writes the dataset below `target/dataset`.
///
/// # Errors
/// If a file cannot be read or written.
pub fn run() -> Result<()> {
    let folder = root().join("target/dataset");
    write(&folder)?;
    println!("the dataset is in {}; docs/splunk.md says how to replay it", folder.join(FOLDER).display());
    Ok(())
}

/// Writes the dataset below a folder.
///
/// # Errors
/// If a file cannot be read or written.
pub fn write(to: &Path) -> Result<()> {
    let folder = to.join(FOLDER);
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    let mut yaml = String::from(
        "author: The dnstxtscore developers\nid: 5b0c8a52-5f27-4f0e-9c1b-3f3a6b1d7e11\ndate: '2026-11-24'\n\
         description: Two tunnels over DNS TXT (dns2tcp and iodine) among 131 ordinary answers. A capture made for dnstxtscore, as three tools log it.\n\
         environment: two network namespaces with bind and dnsmasq\ndirectory: dnstxtscore_tunnels\nmitre_technique:\n- T1071.004\ndatasets:\n",
    );
    for (name, fixture, source, sourcetype, _) in FILES {
        fs::write(folder.join(name), fixture_text(fixture)?).map_err(failed)?;
        yaml += &format!("- name: {name}\n  path: /{FOLDER}/{name}\n  sourcetype: {sourcetype}\n  source: {source}\n");
    }
    fs::write(folder.join("dnstxtscore_tunnels.yml"), yaml).map_err(failed)
}

fn fixture_text(name: &str) -> Result<String> {
    let path = root().join("tests/fixtures/triage").join(name);
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let file = fs::File::open(&path).map_err(failed)?;
    let mut reader: Box<dyn std::io::Read> = if name.ends_with(".zst") {
        Box::new(ruzstd::decoding::StreamingDecoder::new(file).map_err(|e| format!("{}: {e}", path.display()))?)
    } else {
        Box::new(flate2::read::GzDecoder::new(file))
    };
    let mut text = String::new();
    reader.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// The `tests` of a detection's YAML.
pub fn tests_yaml() -> String {
    let mut yaml = String::from("tests:\n  - name: True Positive Test\n    attack_data:\n");
    for (name, _, source, sourcetype, _) in FILES {
        yaml += &format!("      - {{data: {FOLDER}/{name}, source: {source}, sourcetype: {sourcetype}}}\n");
    }
    yaml
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use test_splunk::searches;
    use test_splunk::spl::Row;

    use super::*;

    /// The events of Suricata 8 as the data model has them, one row per answer.
    fn rows() -> Vec<Row> {
        let mut rows = Vec::new();
        for (number, line) in fixture_text("tunnels.eve3.json.gz").unwrap().lines().enumerate() {
            let event: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let dns = &event["dns"];
            for answer in dns["answers"].as_array().into_iter().flatten().filter(|answer| answer["rrtype"] == "TXT") {
                let time = (searches::NOW - 3000 + number as i64).to_string();
                let cells = [
                    ("DNS.src", text(&event["dest_ip"])),
                    ("DNS.dest", text(&event["src_ip"])),
                    ("DNS.query", text(&dns["queries"][0]["rrname"])),
                    ("DNS.answer", text(&answer["rdata"])),
                    ("DNS.record_type", "TXT".to_owned()),
                    ("count", "1".to_owned()),
                    ("firstTime", time.clone()),
                    ("lastTime", time),
                ];
                rows.push(
                    cells.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), vec![value])).collect(),
                );
            }
        }
        rows
    }

    #[test]
    fn both_tunnels_of_the_dataset_are_findings_of_both_rules() {
        for name in [searches::DETECTION, "DNSTXT - Detect sustained channel over DNS TXT answers - Rule"] {
            let mut lookups = searches::empty_lookups(&root()).unwrap();
            let table = searches::run(&root(), name, rows(), &mut lookups, searches::NOW).unwrap();
            let domains: Vec<&str> = table.rows.iter().flat_map(|row| &row["domain"]).map(String::as_str).collect();
            assert!(["t.example", "io.example"].iter().all(|tunnel| domains.contains(tunnel)), "{name}: {domains:?}");
        }
    }

    #[test]
    fn the_dataset_has_each_file_that_the_detections_name() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let yaml = fs::read_to_string(folder.path().join(FOLDER).join("dnstxtscore_tunnels.yml")).unwrap();
        for (name, ..) in FILES {
            assert!(fs::metadata(folder.path().join(FOLDER).join(name)).unwrap().len() > 10_000);
            assert!(yaml.contains(&format!("path: /{FOLDER}/{name}")) && tests_yaml().contains(&format!("{FOLDER}/{name}")));
        }
    }
}
