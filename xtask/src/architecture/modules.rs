//! Finds the modules of a crate and the arrows between them.

use std::collections::BTreeMap;
use std::path::Path;

use super::graph::Graph;
use super::tokens::tokens;

/// Module 0 is the crate's root.
pub(super) struct Modules(Vec<Module>);

#[derive(Default)]
struct Module {
    /// The path of the file below `src`.
    file: String,
    parent: usize,
    children: BTreeMap<String, usize>,
    /// The names that the module re-exports, with the path of each.
    exported: BTreeMap<String, Vec<String>>,
    /// The names that it imports for itself, with the path of each.
    imported: BTreeMap<String, Vec<String>>,
    /// The rest of the code, as tokens.
    code: Vec<String>,
}

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(usize),
    /// An item that this module defines.
    ItemOf(usize),
}

impl Modules {
    /// Reads the modules of the library in the folder `src`.
    pub(super) fn load(src: &Path) -> Self {
        let mut modules = Self(Vec::new());
        modules.add(src, "lib.rs".to_owned(), 0);
        modules
    }

    fn add(&mut self, src: &Path, file: String, parent: usize) -> usize {
        let source = std::fs::read_to_string(src.join(&file)).unwrap();
        let mut module = Module { file, parent, ..Module::default() };
        let names = module.read(&tokens(&source));
        let folder = module.folder();
        let number = self.0.len();
        self.0.push(module);
        for name in names {
            let candidates = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
            let file = candidates.into_iter().find(|file| src.join(file).exists());
            let child = self.add(src, file.unwrap_or_else(|| panic!("no file for {folder}{name}")), number);
            self.0[number].children.insert(name, child);
        }
        number
    }

    /// Returns the arrows between files.
    pub(super) fn arrows(&self) -> Graph {
        let mut arrows = Graph::default();
        for (number, module) in self.0.iter().enumerate() {
            arrows.add_node(&module.file);
            // A name that is only re-exported is not used.
            let used = module.exported.iter().filter(|(name, _)| module.code.contains(name));
            let used = used.chain(&module.imported).map(|(_, path)| path.clone());
            for path in used.chain(paths(&module.code)) {
                if let Some(Target::ItemOf(target)) = self.find(number, &path)
                    && target != number
                {
                    arrows.add(&module.file, &self.0[target].file);
                }
            }
        }
        arrows
    }

    /// Returns what a path in this module leads to, or `None` if it leads out of the crate.
    fn find(&self, from: usize, path: &[String]) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let module = &self.0[from];
        let mut current = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => module.parent,
            name => match (module.children.get(name), module.imported.get(name)) {
                (Some(&child), _) => child,
                // For example `use crate::words;` and later `words::number`.
                (None, Some(import)) if import[0] != *name => match self.find(from, import)? {
                    Target::Module(module) => module,
                    item => return Some(item),
                },
                _ => return None,
            },
        };
        for (position, name) in rest.iter().enumerate() {
            let module = &self.0[current];
            if name == "super" {
                current = module.parent;
            } else if let Some(&child) = module.children.get(name) {
                current = child;
            } else if let Some(exported) = module.exported.get(name).filter(|path| path[0] != *name) {
                let whole: Vec<_> = exported.iter().chain(&rest[position + 1..]).cloned().collect();
                // An item of another crate counts as defined here.
                return Some(self.find(current, &whole).unwrap_or(Target::ItemOf(current)));
            } else {
                return Some(Target::ItemOf(current));
            }
        }
        Some(Target::Module(current))
    }
}

impl Module {
    /// Reads the module's code. Returns the names of its children.
    fn read(&mut self, tokens: &[String]) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "mod" if tokens.get(at + 2).is_some_and(|token| token == ";") => {
                    names.push(tokens[at + 1].clone());
                    at += 3;
                }
                // This is not `impl Trait + use<'a>`.
                "use" if tokens.get(at + 1).is_some_and(|token| token != "<") => {
                    let before = &tokens[..at];
                    let is_exported = before.ends_with(&["pub".to_owned()])
                        || before.ends_with(&[")".to_owned()])
                            && before.iter().rev().nth(3).is_some_and(|t| t == "pub");
                    let end = at + tokens[at..].iter().position(|token| token == ";").unwrap();
                    let names = if is_exported { &mut self.exported } else { &mut self.imported };
                    import(&tokens[at + 1..end], &[], names);
                    at = end + 1;
                }
                token => {
                    self.code.push(token.to_owned());
                    at += 1;
                }
            }
        }
        names
    }

    /// Returns the folder of the module's children.
    fn folder(&self) -> String {
        let folder = self.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        match self.file.rsplit('/').next() {
            Some("lib.rs" | "mod.rs") if folder.is_empty() => String::new(),
            Some("lib.rs" | "mod.rs") => format!("{folder}/"),
            _ => format!("{}/", self.file.trim_end_matches(".rs")),
        }
    }
}

/// Adds the names of a `use` line, with the path of each.
fn import(tree: &[String], prefix: &[String], names: &mut BTreeMap<String, Vec<String>>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while at < tree.len() {
        match tree[at].as_str() {
            "{" => {
                let inner = &tree[at + 1..tree.len() - 1];
                for branch in branches(inner) {
                    import(branch, &path, names);
                }
                return;
            }
            "as" => {
                names.insert(tree[at + 1].clone(), path);
                return;
            }
            "self" if !path.is_empty() => {}
            "::" => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    if let Some(last) = path.last() {
        names.insert(last.clone(), path);
    }
}

/// Returns the parts between the commas of `{a, b::{c, d}}`.
fn branches(tokens: &[String]) -> Vec<&[String]> {
    let mut depth = 0;
    let commas = tokens.split(|token| {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && token == ","
    });
    commas.filter(|branch| !branch.is_empty()).collect()
}

/// Returns all paths of at least two names.
fn paths(code: &[String]) -> impl Iterator<Item = Vec<String>> {
    let is_name = |token: &String| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut paths = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let mut path = Vec::new();
        while at < code.len() && is_name(&code[at]) {
            path.push(code[at].clone());
            at += 1;
            if code.get(at).is_some_and(|token| token == "::") && code.get(at + 1).is_some_and(is_name) {
                at += 1;
            } else {
                break;
            }
        }
        if path.len() > 1 {
            paths.push(path);
        } else if path.is_empty() {
            at += 1;
        }
    }
    paths.into_iter()
}

#[test]
fn arrows_lead_to_the_file_that_defines() {
    let folder = std::env::temp_dir().join(format!("xtask-modules-{}", std::process::id()));
    for (file, source) in [
        ("lib.rs", "mod a; mod b; mod c; pub use a::{A, x}; fn f() -> A { b::g() }"),
        ("a/mod.rs", "mod x; mod y; pub(crate) use x::X; pub struct A;"),
        ("a/x.rs", "use super::y::{self, Y as Other}; pub struct X;"),
        ("a/y.rs", "pub struct Y; fn f(x: crate::A) { let _ = super::X; }"),
        ("b.rs", "use crate::a; use crate::a::X; fn g() { a::x::h(); Vec::<u8>::new(); }"),
        ("c.rs", "use crate::x::X; use std::fmt::Display as B; #[cfg(test)] mod tests { use crate::b::g; }"),
    ] {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, source).unwrap();
    }
    let lines = Modules::load(&folder).arrows().lines();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        lines,
        [
            "a/mod.rs → nothing",
            "a/x.rs → a/y.rs",
            "a/y.rs → a/mod.rs, a/x.rs",
            "b.rs → a/x.rs",
            "c.rs → a/x.rs",
            "lib.rs → a/mod.rs, b.rs",
        ]
    );
}
