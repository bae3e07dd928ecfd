//! Compares the arrows in `docs/architecture.md` with the code.
//!
//! - **Crates**: the document lists which crates each crate in `crates/` depends on. `Cargo.toml`
//!   must say the same.
//! - **Modules**: a module is a file. It has an arrow to each file that defines something that the
//!   module names. `mod` lines are not arrows, and a re-export counts as the file that defines the
//!   item. So a `mod.rs` that only gathers its children has no arrow to them. A `mod.rs` that
//!   defines something for a child must not use that child. Arrows must not form a circle. Code
//!   under `#[cfg(test)]` does not count.
//! - **Rooms**: the document lists which rooms (folders below `src`) of a crate use which. Files
//!   beside `lib.rs` are the room `ground`; `lib.rs` itself is in no room. The arrows of the
//!   modules must be the same.

mod document;
mod graph;
mod modules;
mod tokens;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::run::workspace;
use document::Document;
use graph::Graph;
use modules::Modules;

/// Returns the names and folders of the crates.
fn crates() -> BTreeMap<String, PathBuf> {
    let folders = std::fs::read_dir(workspace().join("crates")).unwrap();
    folders
        .map(|folder| folder.unwrap())
        .filter(|folder| folder.path().join("Cargo.toml").exists())
        .map(|folder| (folder.file_name().into_string().unwrap(), folder.path()))
        .collect()
}

fn document() -> Document {
    Document::parse(&std::fs::read_to_string(workspace().join("docs/architecture.md")).unwrap())
}

#[test]
fn crates_depend_as_the_document_says() {
    let crates = crates();
    let mut arrows = Graph::default();
    for (name, folder) in &crates {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        arrows.add_node(name);
        for dependency in dependencies(&manifest).filter(|dependency| crates.contains_key(*dependency)) {
            arrows.add(name, dependency);
        }
    }
    assert_eq!(arrows.lines(), document().crates.lines(), "left: Cargo.toml; right: docs/architecture.md");
    assert_eq!(arrows.circles(), Vec::<Vec<String>>::new());
}

/// Returns the dependencies of a package, without those that only tests need.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let section = manifest.split("\n[").find_map(|section| section.strip_prefix("dependencies]"));
    let lines = section.unwrap_or_default().lines();
    lines.filter_map(|line| line.split(['.', ' ', '=']).next()).filter(|name| !name.is_empty())
}

#[test]
fn modules_have_no_circles() {
    let mut found = Vec::new();
    for (name, folder) in crates() {
        let arrows = Modules::load(&folder.join("src")).arrows();
        for circle in arrows.circles() {
            found.push(format!("{name}:\n{}", arrows.within(&circle)));
        }
    }
    assert!(found.is_empty(), "modules that use each other in a circle:\n{}", found.join("\n"));
}

#[test]
fn rooms_use_each_other_as_the_document_says() {
    let crates = crates();
    let rooms = document().rooms;
    assert!(rooms.contains_key("foreman"));
    for (name, documented) in rooms {
        let arrows = Modules::load(&crates[&name].join("src")).arrows();
        let mut found = Graph::default();
        for (from, to) in arrows.iter().filter(|(from, _)| *from != "lib.rs") {
            found.add_node(room(from));
            found.add_node(room(to));
            if room(from) != room(to) {
                found.add(room(from), room(to));
            }
        }
        assert_eq!(found.lines(), documented.lines(), "{name}: left: the code; right: docs/architecture.md");
        assert_eq!(found.circles(), Vec::<Vec<String>>::new(), "{name}");
    }
}

/// Returns the room of a file.
fn room(file: &str) -> &str {
    file.split_once('/').map_or("ground", |(room, _)| room)
}
