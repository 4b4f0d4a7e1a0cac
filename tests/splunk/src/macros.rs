//! Expands the macros of a search.

use crate::Result;
use crate::conf::Conf;

/// Macros of other apps that the shipped searches call, with the definitions that those apps document.
const EXTERNAL_MACROS: [(&str, &str, &str); 1] = [("drop_dm_object_name(1)", "object", "rename \"$object$.*\" as \"*\"")];

/// Replaces every macro of a search by its definition.
///
/// # Errors
/// If a macro is not defined, is an eval macro, or a backquote is not closed.
pub fn expand(search: &str, macros: &Conf) -> Result<String> {
    let mut text = search.to_owned();
    for _ in 0..100 {
        let Some(open) = text.find('`') else { return Ok(text) };
        let close = open + 1 + text[open + 1..].find('`').ok_or("the backquote of a macro is not closed")?;
        let definition = definition(&text[open + 1..close], macros)?;
        text.replace_range(open..=close, &definition);
    }
    Err("macros nest more than 100 deep".into())
}

fn definition(call: &str, macros: &Conf) -> Result<String> {
    let (name, args) = match call.split_once('(') {
        Some((name, args)) => {
            let args = args.strip_suffix(')').ok_or_else(|| format!("macro `{call}` has no closing parenthesis"))?;
            (name, args.split(',').map(|arg| arg.trim().trim_matches('"')).collect())
        }
        None => (call, Vec::new()),
    };
    let stanza = if args.is_empty() { name.to_owned() } else { format!("{name}({})", args.len()) };
    let external = EXTERNAL_MACROS.iter().find(|(known, ..)| *known == stanza).map(|(_, parameters, text)| (*parameters, *text));
    if macros.get(&stanza).is_some_and(|keys| keys.contains_key("iseval")) {
        return Err(format!("the eval macro `{stanza}` is not supported"));
    }
    let own = macros.get(&stanza).map(|keys| {
        let key = |key: &str| keys.get(key).map_or("", String::as_str);
        (key("args"), key("definition"))
    });
    let (parameters, text) =
        own.or(external).ok_or_else(|| format!("macro `{stanza}` is neither in macros.conf nor known from another app"))?;
    let parameters = parameters.split(',').map(str::trim);
    Ok(parameters.zip(&args).fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}$"), value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_expand_with_arguments_and_unknown_ones_are_named() {
        let macros = crate::conf::parse("[t]\ndefinition = 0.5\n[c(1)]\nargs = field\ndefinition = x $field$ `t`\n").unwrap();
        assert_eq!(expand("| a `c(f)` | `drop_dm_object_name(\"DNS\")`", &macros).unwrap(), "| a x f 0.5 | rename \"DNS.*\" as \"*\"");
        assert!(expand("`nope(1)`", &macros).unwrap_err().contains("nope(1)"));
        assert!(expand("`t", &macros).is_err());
    }
}
