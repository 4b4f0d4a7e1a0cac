//! Which Splunk is asked.

use std::path::PathBuf;

/// Which Splunk, and how to reach it.
#[derive(clap::Args, Clone, Debug)]
pub struct Instance {
    /// Splunk's management port, as https://localhost:8089
    #[arg(long)]
    pub url: String,
    /// File with an authentication token of a user who may run the searches (Settings > Tokens)
    #[arg(long, value_name = "FILE")]
    pub token_file: PathBuf,
    /// Certificates that sign Splunk's own
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub ca_file: Option<PathBuf>,
    /// Do not check Splunk's certificate: whoever is between reads the token
    #[arg(long)]
    pub insecure: bool,
}
