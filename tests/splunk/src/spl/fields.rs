//! The fields that a stage reads. Splunk silently treats a field that does not exist as null; a shipped search that reads one is
//! wrong, so it is refused here.

use std::collections::BTreeSet;

use super::tokens;
use crate::Result;

/// The fields that a stage reads and that must exist before it.
pub(super) fn needed_by(name: &str, args: &[String], text: &str) -> Result<BTreeSet<String>> {
    let mut needed = BTreeSet::new();
    match name {
        "rename" => needed.extend(args.chunks(3).filter_map(|pair| pair.first()).filter(|from| !from.contains('*')).cloned()),
        "fields" | "table" => needed.extend(args.iter().cloned()),
        "convert" => needed.extend(args.iter().filter_map(|call| inside(call))),
        "where" => needed.extend(tokens::names(text)?),
        "eval" => {
            let mut set = BTreeSet::new();
            for part in tokens::parts(text) {
                let (name, value) = part.split_once('=').ok_or_else(|| format!("`eval {part}` sets nothing"))?;
                needed.extend(tokens::names(value)?.difference(&set).cloned());
                set.insert(name.trim().to_owned());
            }
        }
        "search" if args != ["*"] => {
            let names = args.iter().enumerate().filter(|(place, _)| args.get(place + 1).is_some_and(|next| next == "IN"));
            needed.extend(names.map(|(_, name)| name.clone()));
            needed.extend(
                args.iter()
                    .filter_map(|term| term.split_once('='))
                    .map(|(name, _)| name.trim_start_matches('(').trim_end_matches('!').to_owned()),
            );
        }
        "sort" => needed.extend(args.iter().skip(1).filter(|word| *word != "-").cloned()),
        "stats" | "eventstats" | "streamstats" | "timechart" => {
            let by = args.iter().position(|word| word.eq_ignore_ascii_case("by")).unwrap_or(args.len());
            needed.extend(args[..by].iter().filter_map(|call| inside(call)));
            needed.extend(args.iter().skip(by + 1).cloned());
            needed.extend((name == "timechart").then(|| "_time".to_owned()));
        }
        "lookup" => {
            let mut words = args.iter().skip(1).take_while(|word| *word != "OUTPUT").peekable();
            while let Some(key) = words.next() {
                let renamed = words.next_if(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next());
                needed.insert(renamed.unwrap_or(key).clone());
            }
        }
        "dnstxtscore" => {
            let options = dnstxtscore::splunk::options::Options::parse(args).map_err(|error| error.to_string())?;
            needed.extend([Some(options.field), options.domain].into_iter().flatten());
        }
        _ => {}
    }
    Ok(needed)
}

/// `field` of `function(field)`.
fn inside(call: &str) -> Option<String> {
    call.strip_suffix(')').and_then(|call| call.split_once('(')).map(|(_, field)| field.to_owned()).filter(|field| !field.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::spl::syntax::{stages, words};

    fn of(stage: &str) -> String {
        let words = words(&stages(stage)[0]).unwrap();
        super::needed_by(&words[0], &words[1..], stage[words[0].len()..].trim()).unwrap().into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_each_stage_reads() {
        assert_eq!(of("rename a as b, \"x.*\" as \"*\""), "a");
        assert_eq!(of("table a, b"), "a b");
        assert_eq!(of("convert timeformat=\"%H\" ctime(t)"), "t");
        assert_eq!(of("where lower(a) != \"b\" AND NOT c > 1 OR isnull(d)"), "a c d");
        assert_eq!(of("eval a=b, c=a . \"x\", d=if(e = 1, null(), true())"), "b e");
        assert_eq!(of("search NOT src IN (\"a\")"), "src");
        assert_eq!(of("search *"), "");
        assert_eq!(of("search a=b NOT c!=d"), "a c");
        assert_eq!(of("sort 0 - s, t"), "s t");
        assert_eq!(of("stats count sum(a) as b dc(c) by d e"), "a c d e");
        assert_eq!(of("timechart span=1h sum(a) as b"), "_time a");
        assert_eq!(of("lookup l a, b AS c OUTPUT d AS e"), "a c");
        assert_eq!(of("dnstxtscore field=text domain=query"), "query text");
    }
}
