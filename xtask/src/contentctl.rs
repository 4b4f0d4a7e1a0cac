//! Splunk's `contentctl` on `detections/*.yml`: it validates them, builds the app that it would ship, and its stanzas are compared
//! with ours, key by key.
//!
//! contentctl works on a repository of content. One is made below `target/`, with our detections and macros, and with the names of
//! stories and data sources that ESCU has, as far as contentctl wants them to exist. Enrichment from ATT&CK needs a network and is
//! off, which is its default.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use test_splunk::conf;

use crate::{Result, dataset, detections, root, tools};

/// What our stanzas have otherwise, and why.
const DIFFERENCES: [(&str, &str); 8] = [
    ("action.correlationsearch.label", "the name of the YAML gives the filter macro, the name of the stanza is for people"),
    ("action.escu.eli5", "contentctl puts a warning before experimental detections"),
    ("description", "the same"),
    ("action.escu.references", "contentctl drops them"),
    (
        "action.risk.param._risk",
        "a risk message in each risk object, as Enterprise Security 8 reads it and contentctl-ng writes it; the query",
    ),
    ("action.notable.param._entities", "the source, with a score of 0 because _risk gives it; contentctl has a placeholder of 0"),
    ("action.notable.param.next_steps", "contentctl writes none"),
    ("alert.suppress", "1 is true"),
];

/// A repository of content.
pub struct Repository {
    folder: PathBuf,
    program: PathBuf,
}

impl Repository {
    /// A new one below `target/` with these detections: names and YAML.
    ///
    /// # Errors
    /// If contentctl cannot be installed, or a file cannot be written.
    pub fn new(name: &str, detections: &[(String, String)]) -> Result<Self> {
        let program = tools::CONTENTCTL.install()?.join("contentctl");
        let folder = root().join("target").join(name);
        let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(failed)?;
        let repository = Self { folder: folder.clone(), program };
        repository.call(&["init", "--bare", "--app.label", "DNSTXT", "--app.prefix", "DNSTXT"])?;
        dataset::write(&folder)?;
        for (stem, text) in detections {
            repository.write(&format!("detections/network/{stem}.yml"), text)?;
        }
        for (name, keys) in conf::read(&root().join("default/macros.conf"))? {
            let name = name.split('(').next().unwrap_or_default();
            let mut file = json!({"name": name, "description": keys.get("description"), "definition": keys.get("definition")});
            if let Some(args) = keys.get("args") {
                file["arguments"] = args.split(',').map(str::trim).collect();
            }
            repository.write(&format!("macros/{name}.yml"), &file.to_string())?;
        }
        for name in ["Command And Control", "DNS Hijacking", "Suspicious DNS Traffic"] {
            let tags = json!({"category": ["Adversary Tactics"], "product": ["Splunk Enterprise"], "usecase": "Advanced Threat Detection"});
            let mut story = entry(name, 1 + name.len());
            story["narrative"] = "-".into();
            story["references"] = json!([]);
            story["tags"] = tags;
            repository.write(&format!("stories/{}.yml", detections::stem(name)), &story.to_string())?;
        }
        let mut source = entry("Suricata", 1);
        (source["source"], source["sourcetype"]) = ("suricata".into(), "suricata".into());
        repository.write("data_sources/suricata.yml", &source.to_string())?;
        Ok(repository)
    }

    /// YAML holds JSON.
    fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = self.folder.join(file);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, text)).map_err(|e| format!("{}: {e}", path.display()))
    }

    fn call(&self, args: &[&str]) -> Result<String> {
        let output = Command::new(&self.program)
            .args(args)
            .current_dir(&self.folder)
            .env("NO_COLOR", "1")
            .output()
            .map_err(|e| format!("contentctl did not start: {e}"))?;
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(text) } else { Err(text) }
    }

    /// Validates it; what contentctl says.
    ///
    /// # Errors
    /// With what contentctl says, if it finds a fault.
    pub fn validate(&self) -> Result<String> {
        self.call(&["validate"])
    }

    /// Builds the app; its stanzas.
    ///
    /// # Errors
    /// With what contentctl says.
    fn build(&self) -> Result<conf::Conf> {
        self.call(&["build"])?;
        conf::read(&self.folder.join("dist/ContentPack/default/savedsearches.conf"))
    }
}

/// What every object of content has.
fn entry(name: &str, number: usize) -> Value {
    json!({
        "name": name, "id": format!("00000000-0000-4000-8000-{number:012}"), "version": 1, "date": "2026-11-24", "author": "-",
        "status": "production", "description": "Stands for that of ESCU.",
    })
}

/// Validates the detections, builds them, and compares.
///
/// # Errors
/// If contentctl finds a fault, or a key differs that is not listed.
pub fn run() -> Result<()> {
    let files = detections::rendered()?.into_iter().map(|(path, text)| (stem_of(&path), text)).collect::<Vec<_>>();
    let repository = Repository::new("contentctl", &files)?;
    repository.validate()?;
    println!("contentctl validate: {} detections, no fault", files.len());
    let theirs = repository.build()?;
    let ours = conf::read(&root().join("default/savedsearches.conf"))?;
    let mut differ = BTreeSet::new();
    for (stanza, name) in detections::NAMES {
        let built = format!("DNSTXT - {name} - Rule");
        let pair = ours.get(stanza).zip(theirs.get(&built)).ok_or_else(|| format!("contentctl built no [{built}]"))?;
        println!("{stanza}");
        for (key, ours, theirs) in differences(pair.0, pair.1) {
            let (_, why) = DIFFERENCES
                .iter()
                .find(|(listed, _)| *listed == key)
                .ok_or_else(|| format!("[{stanza}] {key} is not what contentctl builds\n  ours    {ours}\n  theirs  {theirs}"))?;
            println!("  {key} ({why})");
            if key.starts_with("action.risk") || key.starts_with("action.notable") {
                println!("    ours    {ours}\n    theirs  {theirs}");
            }
            differ.insert(key);
        }
    }
    match DIFFERENCES.iter().find(|(key, _)| !differ.contains(*key)) {
        Some((key, _)) => Err(format!("{key} is listed as different from what contentctl builds, and is not")),
        None => Ok(()),
    }
}

fn stem_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

type Keys = BTreeMap<String, String>;

/// The keys that have another value in one than in the other, with both. JSON is compared as JSON, without the kill chain's phases:
/// contentctl takes them from ATT&CK, over the network.
fn differences(ours: &Keys, theirs: &Keys) -> Vec<(String, String, String)> {
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let json = |text: &str| {
        let mut value = serde_json::from_str::<Value>(text).unwrap_or_else(|_| text.into());
        value.as_object_mut().map(|object| object.remove("kill_chain_phases"));
        value
    };
    let value = |keys: &Keys, key: &String| keys.get(key).cloned().unwrap_or_else(|| "-".into());
    let pairs = keys.into_iter().map(|key| (key.clone(), value(ours, key), value(theirs, key)));
    pairs.filter(|(_, ours, theirs)| json(ours) != json(theirs)).collect()
}
