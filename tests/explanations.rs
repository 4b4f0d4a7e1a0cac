//! Explanations of texts of all kinds, each read and judged by a person: `judged` in the fixture says how.

use dnstxtscore::evidence::explanation::explain;
use dnstxtscore::{columns, text};
use serde_json::Value;

#[test]
fn explanations_are_those_that_were_judged() {
    let fixture = include_str!("fixtures/explanations.jsonl");
    let mut count = 0;
    for line in fixture.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let value = text::scorable_text(row["text"].as_str().unwrap().as_bytes());
        let explanation = explain(value.as_deref());
        for (name, cell) in columns::EXPLANATION.into_iter().zip(explanation.cells()) {
            assert_eq!(row[name], cell, "{name} of {}", row["text"]);
        }
        assert!(row["judged"].as_str().unwrap().starts_with("right"));
        count += 1;
    }
    assert!(count >= 20);
}
