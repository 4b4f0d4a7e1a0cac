//! Names and numbers of the packages that several tasks use.

/// The folder in `etc/apps`.
pub const NAME: &str = "SA-dnstxtscore";

/// The newest glibc that packages may need: RHEL 8 has it.
pub const GLIBC_FLOOR: (u32, u32) = (2, 28);

/// CPUs that there are packages for, as `std::env::consts::ARCH` names them.
pub const CPUS: [&str; 2] = ["x86_64", "aarch64"];

/// The time of every file in a package and in its bill of materials: 2025-01-01, because some unpackers warn about 1970.
pub const FILE_TIME: u64 = 1_735_689_600;

/// What every package has of the models, in `models`.
pub const CARDS: [(&str, &[&str]); 2] = [
    (dnstxtscore::model::EMBEDDED_NAME, &["README.md", "config.json", "roc.png", "reliability.png", "lengths.png"]),
    (dnstxtscore::channel::scorer::NAME, &["README.md", "config.json"]),
];

/// The files in the program that no crate holds, below `models`: bills of materials name them.
pub const WEIGHTS: [(&str, &[&str]); 2] =
    [(dnstxtscore::model::EMBEDDED_NAME, &["model.onnx", "embedding.bin"]), (dnstxtscore::channel::scorer::NAME, &["model.onnx"])];

/// What every package has beside the program, in `bin`.
pub const BIN: [&str; 3] = ["libonnxruntime.so", "onnxruntime-LICENSE", "onnxruntime-ThirdPartyNotices.txt"];

/// The compiler's name for a CPU.
pub fn target(cpu: &str) -> String {
    format!("{cpu}-unknown-linux-gnu")
}

/// The two builds of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// What Splunk runs, in the app's packages: no captures, logs, tables and reports.
    Splunk,
    /// Everything: in a checkout's `bin/`, and in the archive for the command line.
    Whole,
}

impl Program {
    /// What cargo needs to be told.
    pub const fn features(self) -> &'static [&'static str] {
        match self {
            Self::Splunk => &["--no-default-features"],
            Self::Whole => &[],
        }
    }
}
