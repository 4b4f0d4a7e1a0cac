//! What goes into a package, and that it depends on nothing but the checkout.

use std::collections::BTreeMap;
use std::io::Read as _;

use test_splunk::{conf, root};
use xtask::package::{self, Kind};
use xtask::{app, command_line, tarball};

fn unpacked(bytes: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut out = BTreeMap::new();
    for entry in tar::Archive::new(flate2::read::GzDecoder::new(bytes)).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut body = Vec::new();
        entry.read_to_end(&mut body).unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 1_735_689_600));
        out.insert(entry.path().unwrap().to_string_lossy().into_owned(), (header.mode().unwrap(), body));
    }
    out
}

/// `cargo xtask test` has put a program into `bin/` before this runs.
fn packed(kind: Kind) -> Vec<u8> {
    let bin = root().join("bin");
    tarball::pack(app::NAME, &package::files(kind, std::env::consts::ARCH, &bin.join("dnstxtscore"), &bin).unwrap()).unwrap()
}

#[test]
fn the_same_checkout_gives_the_same_bytes_with_right_modes_and_nothing_hidden() {
    let bytes = packed(Kind::Enterprise);
    assert!(bytes == packed(Kind::Enterprise));
    let files = unpacked(&bytes);
    for (name, (mode, body)) in &files {
        assert!(name.starts_with("SA-dnstxtscore/") && !name.contains("/."), "{name}");
        let expected = if name.ends_with('/') || name == "SA-dnstxtscore/bin/dnstxtscore" { 0o755 } else { 0o644 };
        assert_eq!(*mode, expected, "{name}");
        assert!(name.ends_with('/') || !body.is_empty(), "{name} is empty");
    }
    let tops: std::collections::BTreeSet<&str> =
        files.keys().filter_map(|name| name.split('/').nth(1)).filter(|name| !name.is_empty()).collect();
    let expected = [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "THIRD_PARTY.md",
        "app.manifest",
        "bin",
        "default",
        "docs",
        "lookups",
        "metadata",
        "models",
        "static",
    ];
    assert_eq!(tops.into_iter().collect::<Vec<_>>(), expected);
}

/// Found in review: every file in a folder of the app was shipped.
#[test]
fn a_file_that_is_not_listed_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("macros.conf"), "").unwrap();
    assert_eq!(package::listed(folder.path(), ".conf").unwrap(), ["macros.conf"]);
    for name in ["macros.conf~", ".macros.conf"] {
        std::fs::write(folder.path().join(name), "").unwrap();
        assert!(package::listed(folder.path(), ".conf").unwrap_err().contains(&format!("{name} is not on the list")));
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
}

#[test]
fn links_of_the_readme_lead_to_files_in_the_package() {
    let files = unpacked(&packed(Kind::SearchHead));
    let mut links = 0;
    for name in [
        "README.md",
        "SECURITY.md",
        "docs/splunk.md",
        "docs/tuning.md",
        "models/dnstxt_v3/README.md",
        "models/channel_v1/README.md",
        "models/CHANGELOG.md",
    ] {
        let text = String::from_utf8(files[&format!("SA-dnstxtscore/{name}")].1.clone()).unwrap();
        let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        for target in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            if !target.is_empty() && !target.starts_with("http") {
                let path = target.strip_prefix("../").map_or_else(|| format!("{folder}{target}"), str::to_owned);
                assert!(files.contains_key(&format!("SA-dnstxtscore/{path}")), "{name} links to {target}, which does not ship");
                links += 1;
            }
        }
    }
    assert!(links >= 4, "{links}");
}

/// splunkd replicates only `bin/` of an app by default. So everything that a run needs is there, and no list is shipped.
#[test]
fn everything_that_a_run_needs_is_in_bin() {
    let files = unpacked(&packed(Kind::Enterprise));
    assert!(!files.contains_key("SA-dnstxtscore/default/distsearch.conf"));
    let folder = tempfile::tempdir().unwrap();
    for name in ["dnstxtscore", "libonnxruntime.so"] {
        let (mode, body) = &files[&format!("SA-dnstxtscore/bin/{name}")];
        std::fs::write(folder.path().join(name), body).unwrap();
        std::fs::set_permissions(folder.path().join(name), std::os::unix::fs::PermissionsExt::from_mode(*mode)).unwrap();
    }
    let table =
        test_splunk::spl::Table { columns: vec!["text".into()], rows: vec![[("text".to_owned(), vec!["v=spf1 -all".to_owned()])].into()] };
    let scored = test_splunk::splunkd::run(&folder.path().join("dnstxtscore"), &[], table).unwrap();
    assert_eq!(scored.rows[0]["pred_is_unknown"], ["0"]);
}

#[test]
fn the_search_head_package_keeps_its_program_there() {
    let (enterprise, search_head) = (unpacked(&packed(Kind::Enterprise)), unpacked(&packed(Kind::SearchHead)));
    let differing: Vec<&String> =
        search_head.iter().filter(|(name, file)| enterprise.get(*name) != Some(file)).map(|(name, _)| name).collect();
    assert_eq!(
        differing,
        ["SA-dnstxtscore/app.manifest", "SA-dnstxtscore/default/commands.conf", "SA-dnstxtscore/default/distsearch.conf"]
    );
    let text = |name: &str| String::from_utf8(search_head[&format!("SA-dnstxtscore/{name}")].1.clone()).unwrap();
    assert_eq!(conf::parse(&text("default/commands.conf")).unwrap()["dnstxtscore"]["command.arg.1"], "--search-head");
    // As splunkd reads a pattern: `...` is anything, `*` anything but a separator, a dot a dot.
    let denied = &conf::parse(&text("default/distsearch.conf")).unwrap()["replicationDenylist"];
    let pattern = denied["SA-dnstxtscore_bin"].replace("...", "\u{1}").replace('.', "\\.").replace('*', "[^/\\\\]*").replace('\u{1}', ".*");
    let pattern = regex::Regex::new(&format!("^{pattern}$")).unwrap();
    assert!(pattern.is_match("apps/SA-dnstxtscore/bin/dnstxtscore") && pattern.is_match("apps/SA-dnstxtscore/bin/libonnxruntime.so"));
    assert!(!pattern.is_match("apps/SA-other/bin/dnstxtscore") && !pattern.is_match("apps/SA-dnstxtscore/default/app.conf"));
    let manifest: serde_json::Value = serde_json::from_str(&text("app.manifest")).unwrap();
    assert_eq!(manifest["targetWorkloads"], serde_json::json!(["_search_heads"]));
}

/// Unpacked anywhere, it reads a capture, and its pages name every command.
#[test]
fn the_archive_for_the_command_line_works_where_it_is_unpacked() {
    let (bin, name) = (root().join("bin"), command_line::folder_name("0.1.0", "x86_64"));
    let files = command_line::files(std::env::consts::ARCH, &bin.join("dnstxtscore"), &bin).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let packed = tarball::pack(&name, &files).unwrap();
    tar::Archive::new(flate2::read::GzDecoder::new(&packed[..])).unpack(folder.path()).unwrap();
    let folder = folder.path().join(name);
    let run = |args: &[&str]| {
        let output = std::process::Command::new("bin/dnstxtscore").args(args).current_dir(&folder).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run(&["doctor"]).0, Some(0));
    let capture = root().join("tests/fixtures/triage/tunnels.pcap.gz");
    let (status, domains) = run(&["score", "--group-by", "domain", "--top", "1", capture.to_str().unwrap()]);
    assert!(status == Some(3) && domains.contains("io.example"), "{domains}");
    let text = |path: &str| String::from_utf8(files[path].0.clone()).unwrap();
    let (_, help) = run(&["--help"]);
    for command in ["score", "report", "doctor", "completions"] {
        let page = text(&format!("share/man/man1/dnstxtscore-{command}.1"));
        assert!(page.contains(&format!(".TH dnstxtscore-{command} 1")), "{page}");
        assert!(help.contains(command) && text("share/man/man1/dnstxtscore.1").contains(command), "{command}");
    }
    assert!(text("share/man/man1/dnstxtscore-score.1").contains("group\\-by"));
    for shell in
        ["bash-completion/completions/dnstxtscore", "fish/vendor_completions.d/dnstxtscore.fish", "zsh/site-functions/_dnstxtscore"]
    {
        assert!(text(&format!("share/{shell}")).contains("group-by"), "{shell}");
    }
    for link in text("README.md").split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(files.contains_key(link), "{link}");
    }
}
