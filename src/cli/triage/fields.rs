//! `dnstxtscore score --list-fields`: what files hold, for whoever looks for the name to give with `--field`.

use std::io::{self, Write};

use console::{Alignment, measure_text_width, pad_str};

use crate::cli::terminal::{Error, Outcome, Terminal};
use crate::cli::triage::args::SourceArgs;
use crate::cli::triage::sources::{Messages, all_paths, name_of, open, read_options};
use crate::escape::escape_for_display;
use crate::triage::input::field_list::{self, FieldList};

/// Lists the fields of all files.
pub(super) fn run(args: &SourceArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    let Terminal { input, output, messages, bar, .. } = terminal;
    let mut messages = Messages { messages: &mut **messages, bar, show_bar: false };
    let options = read_options(args, false);
    let (paths, mut failed) = all_paths(args, &mut messages);
    for path in &paths {
        let name = name_of(path);
        let listed = open(path, *input, &options, &messages).and_then(|input| field_list::list(input, &path.to_string_lossy(), &options));
        match listed {
            Ok(Some(list)) => write_list(&mut **output, &name, &list)?,
            Ok(None) => messages.show(&name, "it has no fields: tables, JSON and Zeek logs have; for a table use --format csv"),
            Err(error) => {
                messages.show(&name, &escape_for_display(&error.to_string()));
                failed.push(name);
            }
        }
    }
    Ok(if failed.is_empty() { Outcome::Clean } else { Outcome::Failed })
}

/// Writes a table whose columns are as wide as their widest cell.
fn write_list(out: &mut dyn Write, name: &str, list: &FieldList) -> io::Result<()> {
    let items = list.items;
    writeln!(out, "{name}: the fields of its first {items} {}", if items == 1 { "record" } else { "records" })?;
    let header = ["field", "read as", "records", "example"].map(str::to_owned);
    let rows = list.fields.iter().map(|(field, about)| {
        [field.clone(), about.read_as.unwrap_or_default().to_owned(), about.items.to_string(), about.example.clone()]
    });
    let rows: Vec<[String; 4]> = std::iter::once(header).chain(rows).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| measure_text_width(cell)).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2), 0];
    for row in &rows {
        let sides = [Alignment::Left, Alignment::Left, Alignment::Right, Alignment::Left];
        let cells = row.iter().zip(widths).zip(sides).map(|((cell, width), side)| pad_str(cell, width, side, None).into_owned());
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
