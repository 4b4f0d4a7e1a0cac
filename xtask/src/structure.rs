//! The structure of the code: which file uses which, and the list of files with their purposes.
//!
//! A file uses another one if a path in it (`crate::…`, `super::…`, the name of a crate of the workspace, or an imported name)
//! leads to a module of that file. A `mod` declaration and a re-export of a child are not uses: every folder has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Item, UseTree};

use crate::{Result, root};

/// The crates of the workspace: the name in paths, and the file of the root module. `xtask` has two.
const CRATES: [(&str, &str); 5] = [
    ("dnstxtscore", "src/lib.rs"),
    ("dnstxtscore_main", "src/main.rs"),
    ("test_splunk", "tests/splunk/src/lib.rs"),
    ("xtask", "xtask/src/lib.rs"),
    ("xtask_main", "xtask/src/main.rs"),
];

/// Files and the files that each of them uses, as paths in the checkout.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

/// The uses between the Rust files of `src`, `tests/splunk` and `xtask`, and the Python files of `models/train`.
///
/// # Errors
/// If a file cannot be read or parsed.
pub fn uses() -> Result<Uses> {
    let mut modules = Modules::default();
    for (name, file) in CRATES {
        modules.add(vec![name.to_owned()], &root().join(file))?;
    }
    let mut uses = modules.uses();
    uses.extend(python_uses(&root().join("models/train"))?);
    Ok(uses)
}

/// A cycle: files that each use the next one, the first of them again at the end. `None` if there is none.
pub fn find_cycle(uses: &Uses) -> Option<Vec<String>> {
    fn walk<'u>(file: &'u String, uses: &'u Uses, path: &mut Vec<&'u String>, done: &mut BTreeSet<&'u String>) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|other| *other == file) {
            return Some(path[start..].iter().copied().chain([file]).cloned().collect());
        }
        if done.contains(file) {
            return None;
        }
        path.push(file);
        let found = uses.get(file).into_iter().flatten().find_map(|next| walk(next, uses, path, done));
        path.pop();
        done.insert(file);
        found
    }
    let (mut path, mut done) = (Vec::new(), BTreeSet::new());
    uses.keys().find_map(|file| walk(file, uses, &mut path, &mut done))
}

/// Modules by their path, each with its file and its parsed contents.
#[derive(Default)]
struct Modules {
    by_path: BTreeMap<Vec<String>, (PathBuf, Vec<Item>)>,
}

impl Modules {
    /// Adds a module and, recursively, the modules that it declares in files of their own.
    fn add(&mut self, path: Vec<String>, file: &Path) -> Result<()> {
        let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let items = syn::parse_file(&text).map_err(|e| format!("{}: {e}", file.display()))?.items;
        let is_folder = file.file_name().is_some_and(|name| name == "mod.rs" || name == "lib.rs" || name == "main.rs");
        let folder = if is_folder { file.with_file_name("") } else { file.with_extension("") };
        for item in &items {
            if let Item::Mod(module) = item
                && module.content.is_none()
            {
                let name = module.ident.to_string();
                let candidates = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
                let child =
                    candidates.iter().find(|path| path.exists()).ok_or_else(|| format!("{}: no file for mod {name}", file.display()))?;
                self.add(path.iter().cloned().chain([name]).collect(), child)?;
            }
        }
        self.by_path.insert(path, (file.to_owned(), items));
        Ok(())
    }

    fn uses(&self) -> Uses {
        self.by_path
            .iter()
            .map(|(path, (file, items))| {
                let mut found = Paths { module: path.clone(), modules: self, imported: BTreeMap::new(), used: BTreeSet::new() };
                // Imports first, because a path in the code may begin with an imported name.
                items.iter().filter(|item| matches!(item, Item::Use(_))).for_each(|item| found.visit_item(item));
                items.iter().filter(|item| !matches!(item, Item::Use(_))).for_each(|item| found.visit_item(item));
                let used = found.used.iter().filter(|other| *other != file).map(|other| relative(other)).collect();
                (relative(file), used)
            })
            .collect()
    }

    /// The file of the longest prefix of an absolute path that is a module.
    fn file_of(&self, path: &[String]) -> Option<&PathBuf> {
        (1..=path.len()).rev().find_map(|length| self.by_path.get(&path[..length])).map(|(file, _)| file)
    }
}

fn relative(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

/// Collects the files that the paths of one module lead to.
struct Paths<'m> {
    /// The current module: that of the file, or a module inside it such as `tests`.
    module: Vec<String>,
    modules: &'m Modules,
    /// Imported names and their absolute paths.
    imported: BTreeMap<String, Vec<String>>,
    used: BTreeSet<PathBuf>,
}

impl Paths<'_> {
    /// The absolute path of a path in this module; `None` if it leads out of the workspace or is a plain local name.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let with = |start: &[String]| start.iter().chain(rest).cloned().collect();
        let child: Vec<String> = self.module.iter().chain([first]).cloned().collect();
        match first.as_str() {
            "crate" => Some(with(&self.module[..1])),
            "self" => Some(with(&self.module)),
            "super" => {
                let levels = path.iter().take_while(|name| *name == "super").count();
                let parent = self.module.get(..self.module.len().checked_sub(levels)?)?;
                Some(parent.iter().chain(&path[levels..]).cloned().collect())
            }
            _ if self.imported.contains_key(first) => Some(with(&self.imported[first])),
            _ if self.modules.by_path.contains_key(&child) => Some(with(&child)),
            name if CRATES.iter().any(|(known, _)| *known == name) => Some(path.to_vec()),
            _ => None,
        }
    }

    fn add(&mut self, path: &[String]) {
        if let Some(file) = self.absolute(path).and_then(|path| self.modules.file_of(&path).cloned()) {
            self.used.insert(file);
        }
    }

    fn add_use(&mut self, tree: &UseTree, prefix: &[String], is_reexport: bool) {
        let join = |name: &syn::Ident| prefix.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        let (path, name) = match tree {
            UseTree::Path(path) => return self.add_use(&path.tree, &join(&path.ident), is_reexport),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.add_use(tree, prefix, is_reexport)),
            UseTree::Name(name) if name.ident == "self" => (prefix.to_vec(), prefix.last().cloned().unwrap_or_default()),
            UseTree::Name(name) => (join(&name.ident), name.ident.to_string()),
            UseTree::Rename(rename) => (join(&rename.ident), rename.rename.to_string()),
            UseTree::Glob(_) => (prefix.to_vec(), String::new()),
        };
        let Some(absolute) = self.absolute(&path) else { return };
        // `pub use child::Name` in a folder's mod.rs only names what the folder offers.
        let is_child = absolute.len() > self.module.len() && absolute.starts_with(&self.module);
        if !(is_reexport && is_child) {
            self.add(&path);
        }
        self.imported.insert(name, absolute);
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let Some((_, items)) = &module.content else { return };
        let outside = self.imported.clone();
        self.module.push(module.ident.to_string());
        items.iter().for_each(|item| self.visit_item(item));
        self.module.pop();
        self.imported = outside;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_use(&item.tree, &[], matches!(item.vis, syn::Visibility::Public(_)));
    }

    /// `pub(super)` names who may see an item, and uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names);
        syn::visit::visit_path(self, path);
    }

    /// Arguments of macros are parsed where they are expressions, as in `format!` and `assert!`.
    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        if let Ok(args) = found.parse_body_with(syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated) {
            args.iter().for_each(|arg| self.visit_expr(arg));
        }
        syn::visit::visit_macro(self, found);
    }
}

/// The uses between Python files of a folder: `import name` and `from name import …`.
fn python_uses(folder: &Path) -> Result<Uses> {
    let mut files = Vec::new();
    for folder in [folder.to_owned(), folder.join("texts")] {
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        files.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "py")));
    }
    let mut uses = Uses::new();
    for file in &files {
        let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let here = file.with_file_name("");
        let candidates = |module: &str| {
            let path = module.trim_start_matches('.').replace('.', "/");
            let starts = if module.starts_with('.') { vec![here.clone()] } else { vec![folder.to_owned(), here.clone()] };
            starts
                .into_iter()
                .flat_map(move |start| [start.join(format!("{path}.py")), start.join(&path).join("__init__.py")])
                .collect::<Vec<_>>()
        };
        let mut used = BTreeSet::new();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let modules: Vec<String> = match (words.next(), words.next()) {
                (Some("import"), Some(_)) => line.trim_start()["import".len()..]
                    .split(',')
                    .filter_map(|part| part.split_whitespace().next())
                    .map(str::to_owned)
                    .collect(),
                (Some("from"), Some(module)) => {
                    let names = line.split_once(" import ").map_or("", |(_, names)| names).trim_matches(['(', ')']);
                    let joint = if module.ends_with('.') { "" } else { "." };
                    let submodules =
                        names.split(',').filter_map(|name| name.split_whitespace().next()).map(|name| format!("{module}{joint}{name}"));
                    std::iter::once(module.to_owned()).chain(submodules).collect()
                }
                _ => Vec::new(),
            };
            used.extend(
                modules
                    .iter()
                    .flat_map(|module| candidates(module))
                    .filter(|path| path.is_file() && path != file)
                    .map(|path| relative(&path)),
            );
        }
        uses.insert(relative(file), used);
    }
    Ok(uses)
}

/// Every source file with its purpose, as rows of a Markdown table.
///
/// # Errors
/// If a file cannot be read, or if its first line says no purpose.
pub fn file_table() -> Result<String> {
    let mut table = "| File | Purpose |\n| --- | --- |\n".to_owned();
    for file in source_files()? {
        let text = fs::read_to_string(root().join(&file)).map_err(|e| format!("{file}: {e}"))?;
        let purpose = purpose(&text).ok_or_else(|| format!("{file} does not begin with a sentence that says its purpose"))?;
        table.push_str(&format!("| `{file}` | {} |\n", purpose.replace('|', "\\|")));
    }
    Ok(table)
}

/// The first sentence of a file's documentation: of `//!` lines, of a docstring, or of a template's comment.
fn purpose(text: &str) -> Option<String> {
    let text = text.strip_prefix("#!/usr/bin/env python3\n").unwrap_or(text);
    let documentation = if let Some(docstring) = text.strip_prefix("\"\"\"") {
        docstring.split("\"\"\"").next()?.to_owned()
    } else if let Some(comment) = text.strip_prefix("{# ") {
        comment.split(" -#}").next()?.to_owned()
    } else {
        let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| format!("{}\n", line.trim())).collect()
    };
    let paragraph = documentation.split("\n\n").next()?.trim().replace('\n', " ");
    let end = paragraph.match_indices(". ").map(|(at, _)| at).find(|at| paragraph[at + 2..].starts_with(char::is_uppercase));
    let sentence = end.map_or(paragraph.as_str(), |at| &paragraph[..at]);
    let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
    (!sentence.is_empty()).then(|| sentence.to_owned())
}

/// The Rust, Python and template files of `src`, `tests/splunk`, `xtask` and `models/train`.
///
/// # Errors
/// If a folder cannot be read.
fn source_files() -> Result<BTreeSet<String>> {
    fn walk(folder: &Path, files: &mut BTreeSet<String>) -> Result<()> {
        for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?.flatten() {
            let path = entry.path();
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if path.is_dir() && !is_hidden {
                walk(&path, files)?;
            } else if path.extension().is_some_and(|e| ["rs", "py", "html"].iter().any(|known| e == *known)) {
                files.insert(relative(&path));
            }
        }
        Ok(())
    }
    let mut files = BTreeSet::new();
    for folder in ["src", "tests/splunk", "xtask", "models/train"] {
        walk(&root().join(folder), &mut files)?;
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses_of(edges: &[(&str, &str)]) -> Uses {
        let mut uses = Uses::new();
        for (from, to) in edges {
            uses.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            uses.entry((*to).to_owned()).or_default();
        }
        uses
    }

    #[test]
    fn a_cycle_is_found() {
        assert_eq!(find_cycle(&uses_of(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
        let cycle = find_cycle(&uses_of(&[("a", "b"), ("b", "c"), ("c", "b")])).unwrap();
        assert_eq!(cycle, ["b", "c", "b"]);
    }

    /// The paths of this very file, in each way in which it writes them.
    #[test]
    fn paths_are_resolved() {
        let uses = uses().unwrap();
        let of = |file: &str| uses[file].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(of("xtask/src/structure.rs"), ["xtask/src/lib.rs"]);
        assert!(of("src/splunk/conversation.rs").contains(&"src/splunk/log.rs"), "an imported module");
        assert!(of("src/model/mod.rs").contains(&"src/model/runtime.rs"), "a child named in code");
        assert!(of("src/main.rs").contains(&"src/splunk/conversation.rs"), "another crate of the workspace");
        assert!(of("src/evidence/record_types/mail.rs").contains(&"src/evidence/record_types/record_type.rs"), "super");
        assert!(of("models/train/run.py").len() > 2, "Python");
    }

    #[test]
    fn no_file_is_in_a_cycle() {
        let cycle = find_cycle(&uses().unwrap());
        assert!(cycle.is_none(), "{}", cycle.unwrap().join(" → "));
    }

    /// Which folder may use which: from the outside in.
    #[test]
    fn dependencies_point_one_way() {
        let allowed = |folder: &str| -> &[&str] {
            match folder {
                "main" => &["cli", "splunk", "channel", "model", "shared"],
                "cli" => &["splunk", "triage", "channel", "model", "evidence", "shared"],
                "splunk" | "triage" => &["channel", "model", "evidence", "shared"],
                "channel" => &["model", "evidence", "shared"],
                "model" => &["evidence", "shared"],
                "evidence" => &["shared"],
                _ => &[],
            }
        };
        let folder = |file: &str| match file.strip_prefix("src/")?.split_once('/') {
            Some((folder, _)) => Some(folder.to_owned()),
            None => Some(if file == "src/main.rs" { "main" } else { "shared" }.to_owned()),
        };
        for (file, used) in uses().unwrap() {
            let Some(from) = folder(&file) else { continue };
            for other in used {
                let to = folder(&other).unwrap_or_else(|| panic!("{file} uses {other}"));
                assert!(from == to || allowed(&from).contains(&&*to), "{file} uses {other}");
            }
        }
    }

    #[test]
    fn one_file_names_ort_and_only_main_uses_standard_input_and_output() {
        for file in source_files().unwrap().iter().filter(|file| file.starts_with("src/")) {
            let text = fs::read_to_string(root().join(file)).unwrap();
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let names_ort = code.match_indices("ort::").any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            assert_eq!(names_ort, file == "src/model/onnx.rs", "{file}");
            let touches_stdio = ["io::stdin", "io::stdout", "io::stderr", "env::var", "env::args"].iter().any(|name| code.contains(name));
            assert_eq!(touches_stdio, file == "src/main.rs", "{file}");
        }
    }

    #[test]
    fn a_purpose_is_the_first_sentence() {
        let is = |text: &str, expected: Option<&str>| assert_eq!(purpose(text).as_deref(), expected, "{text}");
        is("//! Reads a file: one,\n//! e.g. this. Then it ends.\n\nuse x;\n", Some("Reads a file: one, e.g. this"));
        is("#!/usr/bin/env python3\n\"\"\"Reads.\n\nMore.\"\"\"\n", Some("Reads"));
        is("{# The page. -#}\n<html>", Some("The page"));
        is("use x;\n", None);
    }
}
