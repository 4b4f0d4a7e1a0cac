//! The report in a browser: nothing that an attacker wrote runs or leads anywhere, and the charts have descriptions for people who
//! cannot see them.

mod common;

use std::path::{Path, PathBuf};

use common::Installed;

/// A report of answers that try to escape from the page. Its folder lives as long as the installation.
fn hostile_report() -> (Installed, PathBuf) {
    let installed = Installed::new();
    let hostile = [
        r#"<script>document.title='taken'</script>"#,
        r#"<img src=x onerror="document.title='taken'">"#,
        r#"</td></table><svg onload="document.title='taken'">"#,
        r#"<style>body{display:none}</style><meta http-equiv=refresh content=0;url=about:blank>"#,
        r#""><a href="javascript:alert(1)">click</a>"#,
    ];
    let lines: Vec<String> = hostile
        .iter()
        .map(|text| {
            serde_json::json!({"time": "2026-01-01T00:00:00Z", "src": text, "query": format!("{text}.example.com"), "text": text})
                .to_string()
        })
        .collect();
    let page = installed.folder().join("report.html");
    let output = installed.run(&["report", "-o", page.to_str().unwrap()], lines.join("\n").as_bytes());
    assert!(page.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    (installed, page)
}

#[test]
fn text_from_an_attacker_becomes_no_element() {
    let (_installed, page) = hostile_report();
    let text = std::fs::read_to_string(&page).unwrap();
    for element in ["<script", "<img", "<a href=\"j", "<svg onload"] {
        assert!(!text.contains(element), "{element}");
    }
}

/// A report of the fixture.
fn fixture_report() -> (Installed, PathBuf) {
    let installed = Installed::new();
    let page = installed.folder().join("report.html");
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/triage/tunnels.pcap.gz");
    installed.run(&["report", capture.to_str().unwrap(), "-o", page.to_str().unwrap()], b"");
    (installed, page)
}

#[test]
fn charts_and_tables_have_descriptions() {
    let (_installed, page) = fixture_report();
    let text = std::fs::read_to_string(&page).unwrap();
    assert_eq!((text.matches("<svg").count(), text.matches("role=\"img\" aria-label=").count()), (2, 2));
    assert!(text.starts_with("<!doctype html>\n<html lang=\"en\">") && text.contains("prefers-color-scheme: dark"));
    assert!(text.matches("<th scope=").count() > 20 && text.matches("<th ").count() == text.matches("<th scope=").count());
    assert!(text.matches("<tr class=\"found\"").count() > 20);
}

/// dns2tcp carried these 3,000 bytes when the capture was made: the beginning of GPL version 3 (`tests/fixtures/triage/README.md`).
const DOWNLOAD: &str = "e86a7ec63234426a88ec13589d22fb8708e1a6be58d261ca1728847de9928a5d";

#[test]
fn a_file_that_went_through_a_tunnel_comes_out_with_its_hash_and_nothing_is_overwritten() {
    let installed = Installed::new();
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/triage/tunnels.pcap.gz");
    let (page, folder) = (installed.folder().join("report.html"), installed.folder().join("carried"));
    let args = ["report", capture.to_str().unwrap(), "-o", page.to_str().unwrap(), "--extract", folder.to_str().unwrap()];
    let output = installed.run(&args, b"");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(3) && message.contains("report.html: the report is written. 2 channels over DNS TXT were found: "),
        "{message}"
    );
    let file = folder.join(format!("t.example_192.0.2.10_text_{DOWNLOAD}.bin"));
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!((bytes.len(), dnstxtscore::digest::sha256(&bytes)), (3000, DOWNLOAD.to_owned()));
    assert!(String::from_utf8(bytes).unwrap().trim_start().starts_with("GNU GENERAL PUBLIC LICENSE"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(
        text.contains(&format!("3,000 bytes, SHA-256 <code>{DOWNLOAD}</code>")) && text.contains(&format!("sha256 {DOWNLOAD}\n")),
        "{text}"
    );
    assert!(text.contains(&dnstxtscore::digest::sha256(&std::fs::read(&capture).unwrap())), "the capture's own hash");

    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&file, "notes of a colleague").unwrap();
    let again = [&args[..], &["--exit-zero"]].concat();
    let output = installed.run(&again, b"");
    assert!(
        output.status.code() == Some(1)
            && String::from_utf8(output.stderr).unwrap().contains("something else has this name and is left as it is")
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "notes of a colleague");
    assert!(!std::fs::read_to_string(&page).unwrap().contains(&format!("_{DOWNLOAD}.bin")), "the report names no file that is another one");
    std::fs::remove_file(&file).unwrap();
    for _ in 0..2 {
        assert!(installed.run(&again, b"").status.success(), "the same file may be there");
    }
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')).count(),
        0
    );
}

/// Found by attack: a report was lost because the folder could not be made after all was read.
#[test]
fn a_folder_that_is_a_file_is_refused_before_anything_is_read_and_a_full_one_costs_no_report() {
    let installed = Installed::new();
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/triage/tunnels.pcap.gz");
    let (page, folder) = (installed.folder().join("report.html"), installed.folder().join("carried"));
    let run = |folder: &Path| {
        let args = ["report", capture.to_str().unwrap(), "-o", page.to_str().unwrap(), "--extract", folder.to_str().unwrap()];
        let output = installed.run(&args, b"");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, message) = run(&capture);
    assert!(status == Some(1) && message.ends_with("it is a file; name a folder\n") && !page.exists(), "{message}");
    // A folder stands where a file would be written.
    std::fs::create_dir_all(folder.join(format!("t.example_192.0.2.10_text_{DOWNLOAD}.bin"))).unwrap();
    let (status, message) = run(&folder);
    assert!(status == Some(1) && message.contains("something else has this name and is left as it is") && page.exists(), "{message}");
}

mod needs_chromium {
    use std::process::{Command, Stdio};

    use super::*;
    use test_splunk::needs::chromium;

    /// What Chromium prints about a page.
    fn browse(page: &Path, args: &[&str]) -> String {
        let profile = tempfile::tempdir().unwrap();
        let output = Command::new(chromium())
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1400,1800"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(args)
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "chromium ended with {}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[test]
    #[ignore = "needs Chromium"]
    fn text_from_an_attacker_does_nothing_in_a_browser() {
        let (_installed, page) = hostile_report();
        let dom = browse(&page, &["--dump-dom"]);
        assert!(dom.contains("<title>DNS TXT answers: findings</title>"), "{dom}");
        let body = dom.split_once("<body>").unwrap().1;
        for element in ["<script", "<img", "<style", "<meta", "<a href=\"j", "<svg onload"] {
            assert!(!body.contains(element), "{element}: {body}");
        }
        assert_eq!(body.matches("&lt;script&gt;").count(), 5, "as text: client, query, text, and domain twice: alone and as a channel's");
    }

    #[test]
    #[ignore = "needs Chromium"]
    fn the_report_is_drawn_in_both_colour_schemes() {
        let (installed, page) = fixture_report();
        let dom = browse(&page, &["--dump-dom"]);
        let text = std::fs::read_to_string(&page).unwrap();
        assert_eq!(dom.matches("<tr class=\"found\"").count(), text.matches("<tr class=\"found\"").count());
        // Drawn in both colour schemes, and not the same.
        let draw = |name: &str, args: &[&str]| {
            let image = installed.folder().join(name);
            browse(&page, &[&[&*format!("--screenshot={}", image.display())], args].concat());
            std::fs::read(image).unwrap()
        };
        let (light, dark) = (draw("light.png", &[]), draw("dark.png", &["--blink-settings=preferredColorScheme=0"]));
        assert!(light.len() > 50_000 && dark.len() > 50_000 && light != dark, "{} and {} bytes", light.len(), dark.len());
    }
}
