//! Reads the arrows in `docs/architecture.md`.
//!
//! They are indented lines such as `worker → events, storage` below the headings `## Crates` and
//! `### Rooms of NAME`.

use std::collections::BTreeMap;

use super::graph::Graph;

pub(super) struct Document {
    /// The arrows between crates.
    pub(super) crates: Graph,
    /// The arrows between the rooms of a crate, by the crate's name.
    pub(super) rooms: BTreeMap<String, Graph>,
}

impl Document {
    pub(super) fn parse(text: &str) -> Self {
        let mut document = Self { crates: Graph::default(), rooms: BTreeMap::new() };
        let mut heading = "";
        for line in text.lines() {
            if line.starts_with('#') {
                heading = line;
            }
            let Some((from, to)) = line.strip_prefix("    ").and_then(|line| line.split_once('→')) else {
                continue;
            };
            let graph = match heading.strip_prefix("### Rooms of ") {
                Some(name) => document.rooms.entry(name.trim_matches('`').to_owned()).or_default(),
                None if heading == "## Crates" => &mut document.crates,
                None => continue,
            };
            graph.add_node(from.trim());
            for to in to.split(',').map(str::trim).filter(|to| !to.is_empty() && *to != "nothing") {
                graph.add(from.trim(), to);
            }
        }
        document
    }
}

#[test]
fn arrows_are_found_below_their_headings() {
    let text = "\
## Crates

    worker  → events, storage
    events  → nothing

A sentence with → an arrow.

### Rooms of `foreman`

    run     → ground

## Another

    a  → b
";
    let document = Document::parse(text);
    assert_eq!(
        document.crates.lines(),
        ["events → nothing", "storage → nothing", "worker → events, storage"]
    );
    assert_eq!(document.rooms["foreman"].lines(), ["ground → nothing", "run → ground"]);
    assert_eq!(document.rooms.len(), 1);
}
