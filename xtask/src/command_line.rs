//! The archive for the command line: the whole program with its library, man pages and completions. It works where it is unpacked;
//! its folders are those of `/usr/local`.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;
use dnstxtscore::cli::args::Cli;

use crate::app::Program;
use crate::tarball::Files;
use crate::{Result, app, notices, root};

/// Files of the checkout that are part of it.
const SHIPPED: [&str; 7] = [
    "CHANGELOG.md",
    "LICENSE",
    "SECURITY.md",
    "docs/images/report.png",
    "docs/triage.md",
    "models/CHANGELOG.md",
    "tests/fixtures/triage/tunnels.pcap.gz", // to try it with
];
/// Where shells look for completions below a prefix.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "share/bash-completion/completions/dnstxtscore"),
    (Shell::Fish, "share/fish/vendor_completions.d/dnstxtscore.fish"),
    (Shell::Zsh, "share/zsh/site-functions/_dnstxtscore"),
];
const README: &str = "# dnstxtscore on the command line

Scores DNS TXT answers in captures, logs and texts: the probability that one is a payload, command or tunnel answer. Linux with glibc 2.28
(RHEL 8, Debian 10) or later, nothing else.

```
bin/dnstxtscore doctor                                        # checks the library, the model and two known scores
bin/dnstxtscore score --group-by domain capture.pcapng        # a channel: one domain, many different suspicious texts
bin/dnstxtscore report capture.pcapng -o report.html          # one page to hand on
man -l share/man/man1/dnstxtscore-score.1                     # or read `bin/dnstxtscore score --help`
source share/bash-completion/completions/dnstxtscore          # completions in this shell
```

It works in this folder. To have it everywhere, with man pages and completions: `cp -r bin share /usr/local`.

- [docs/triage.md](docs/triage.md): what it reads, and how to read what it says
- the models' cards, of [texts](models/dnstxt_v3/README.md) and of [channels](models/channel_v1/README.md): how often they are wrong
- [SECURITY.md](SECURITY.md), [CHANGELOG.md](CHANGELOG.md), [LICENSE](LICENSE), [THIRD_PARTY.md](THIRD_PARTY.md)
";

/// The name of the archive without its ending, and of the folder in it.
pub fn folder_name(version: &str, cpu: &str) -> String {
    format!("dnstxtscore-{version}-linux-{cpu}")
}

/// All files of the archive.
///
/// # Errors
/// If a file is missing.
pub fn files(cpu: &str, program: &Path, runtime: &Path) -> Result<Files> {
    let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}; run `cargo xtask build`", path.display()));
    let mut files = Files::new();
    for name in SHIPPED {
        files.insert(name.into(), (read(&root().join(name))?, false));
    }
    for (model, card) in app::CARDS {
        for name in card {
            let name = format!("models/{model}/{name}");
            files.insert(name.clone(), (read(&root().join(&name))?, false));
        }
    }
    for name in app::BIN {
        files.insert(format!("bin/{name}"), (read(&runtime.join(name))?, false));
    }
    files.insert("bin/dnstxtscore".into(), (read(program)?, true));
    files.insert("README.md".into(), (README.into(), false));
    files.insert("THIRD_PARTY.md".into(), (notices::render(cpu, Program::Whole)?.into_bytes(), false));
    for (shell, path) in COMPLETIONS {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "dnstxtscore", &mut script);
        files.insert(path.into(), (script, false));
    }
    for (name, page) in man_pages()? {
        files.insert(format!("share/man/man1/{name}"), (page, false));
    }
    Ok(files)
}

/// A page for the program and one for each of its commands.
fn man_pages() -> Result<Vec<(String, Vec<u8>)>> {
    let mut whole = Cli::command().disable_help_flag(true);
    whole.build();
    let commands: Vec<_> = whole.get_subcommands().cloned().collect();
    let page = |command: clap::Command| {
        let (mut page, name) = (Vec::new(), command.get_display_name().unwrap_or(command.get_name()).to_owned());
        clap_mangen::Man::new(command).render(&mut page).map_err(|e| format!("the man page of {name}: {e}"))?;
        Ok((format!("{name}.1"), page))
    };
    std::iter::once(whole).chain(commands).map(page).collect()
}
