//! What is known of advisories that concern the pinned ONNX Runtime. No database of crates or of PyPI tells it: the library is C++
//! inside a wheel. Looked up by hand, and again whenever the pin changes.

use serde_json::{Value, json};

/// The version that was looked up. A test compares it with the pinned one.
pub const VERSION: &str = "1.23.2";

/// The day of the look-up.
pub const DATE: &str = "2026-11-27";

/// How far the look-up reached.
pub const SCOPE: &str = "ONNX Runtime's repository had published no advisory on 2026-08-20, and GitHub's advisory database none for \
                         the package; later ones could not be looked up there. 1.24 to 1.29 harden loaders and kernels against \
                         crafted models, mostly without identifiers";

/// An advisory, and why the program is affected or not.
pub struct Advisory {
    pub id: &'static str,
    pub url: &'static str,
    pub severity: &'static str,
    pub description: &'static str,
    /// Why the program is not affected.
    pub analysis: &'static str,
}

pub const ADVISORIES: [Advisory; 3] = [
    Advisory {
        id: "CVE-2026-14647",
        url: "https://github.com/advisories/GHSA-226m-2jqq-4xgv",
        severity: "low",
        description: "Out-of-bounds read in the shape inference of convolution and pooling (onnx/defs/nn/old.cc) of ONNX up to 1.21, which \
                      is a part of ONNX Runtime, when a crafted model is loaded; ONNX Runtime 1.28.0 refuses the model",
        analysis: TRUSTED_MODEL,
    },
    Advisory {
        id: "microsoft/onnxruntime#27265",
        url: "https://github.com/microsoft/onnxruntime/issues/27265",
        severity: "unknown",
        description: "Out-of-bounds read by a negative index in the operator ArrayFeatureExtractor, up to 1.23.2, fixed by 1.24.3",
        analysis: "Neither the model of the program nor the imported network has the operator",
    },
    Advisory {
        id: "microsoft/onnxruntime#26776",
        url: "https://github.com/microsoft/onnxruntime/pull/26776",
        severity: "unknown",
        description: "A model that is loaded from a path may name data in files outside its folder, fixed in 1.24.1",
        analysis: TRUSTED_MODEL,
    },
];

const TRUSTED_MODEL: &str = "It takes a crafted model. The model of the program is a part of it. An imported model is loaded from memory, only \
                             where an administrator put it and its config.json names the sha256 of the file";

/// The advisories as CycloneDX writes vulnerabilities of a component.
pub fn vulnerabilities(component: &str) -> Vec<Value> {
    let one = |advisory: &Advisory| {
        json!({
            "id": advisory.id, "source": {"name": "GitHub", "url": advisory.url},
            "ratings": [{"severity": advisory.severity}], "description": advisory.description, "affects": [{"ref": component}],
            "analysis": {"state": "not_affected", "justification": "code_not_reachable", "detail": advisory.analysis},
        })
    };
    ADVISORIES.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_was_looked_up() {
        let pinned = dnstxtscore::model::runtime_releases::VERSION;
        assert_eq!(VERSION, pinned, "look advisories up for {pinned}, then change version and date");
    }
}
