//! A search of the app with rows in it in place of its `tstats`: `makeresults` with CSV. Each cell is percent-encoded, so that no
//! character of an answer can end the text or the command.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use test_splunk::spl::{self, Row};
use test_splunk::{conf, macros};

use crate::{Result, root};

/// Between several values of a cell.
const GAP: char = '\u{241e}';

/// The search without stages that write.
pub(super) fn without_writing(search: &str) -> String {
    whole(&spl::stages(search).into_iter().filter(|stage| !stage.starts_with("outputlookup ")).collect::<Vec<_>>().join("\n| "))
}

/// The search as REST wants it: it begins with a pipe.
pub(super) fn whole(search: &str) -> String {
    format!("| {}", search.trim().trim_start_matches('|').trim_start())
}

/// The search over these rows.
pub(super) fn with_rows(search: &str, rows: &[Row]) -> Result<String> {
    let stages = spl::stages(search);
    let (first, rest) = stages.split_first().ok_or("the search is empty")?;
    let expanded = spl::stages(&macros::expand(first, &conf::of_app(&root(), "macros.conf")?)?).swap_remove(0);
    let columns = spl::tstats_columns(&expanded)?;
    if let Some(value) = rows.iter().flat_map(|row| row.values().flatten()).find(|value| value.contains(GAP)) {
        return Err(format!("a value contains {GAP}, which separates values: {value}"));
    }
    let short: Vec<String> = (0..columns.len()).map(|number| format!("c{number}")).collect();
    let lines = rows.iter().map(|row| {
        let cell = |name: &String| {
            let value = row.get(name).map(|values| values.join(&GAP.to_string())).unwrap_or_default();
            utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string()
        };
        columns.iter().map(cell).collect::<Vec<_>>().join(",")
    });
    let several: BTreeSet<&String> =
        rows.iter().flat_map(|row| row.iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| name)).collect();
    let decode = columns.iter().zip(&short).map(|(name, short)| {
        let value = if several.contains(name) { format!("split(urldecode({short}), \"{GAP}\")") } else { format!("urldecode({short})") };
        format!("{short}=if(len({short}) > 0, {value}, null())")
    });
    let rename = columns.iter().zip(&short).map(|(name, short)| format!("{short} as \"{name}\""));
    let mut stages = vec![
        format!("makeresults format=csv data=\"{}\n{}\"", short.join(","), lines.collect::<Vec<_>>().join("\n")),
        format!("eval {}", decode.collect::<Vec<_>>().join(", ")),
        format!("rename {}", rename.collect::<Vec<_>>().join(", ")),
    ];
    stages.extend_from_slice(rest);
    Ok(whole(&stages.join("\n| ")))
}
