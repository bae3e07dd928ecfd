//! Arrows between named things, and the circles that they make.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct Graph {
    arrows: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    pub(super) fn add_node(&mut self, name: &str) {
        self.arrows.entry(name.to_owned()).or_default();
    }

    pub(super) fn add(&mut self, from: &str, to: &str) {
        self.add_node(to);
        self.arrows.entry(from.to_owned()).or_default().insert(to.to_owned());
    }

    /// Returns all arrows.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.arrows.iter().flat_map(|(from, to)| to.iter().map(move |to| (from.as_str(), to.as_str())))
    }

    /// Returns a line for each node, such as `worker → events, storage`.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(from, to): (&String, &BTreeSet<String>)| {
            let to: Vec<_> = to.iter().map(String::as_str).collect();
            format!("{from} → {}", if to.is_empty() { "nothing".to_owned() } else { to.join(", ") })
        };
        self.arrows.iter().map(line).collect()
    }

    /// Returns the groups of nodes that can reach each other.
    pub(super) fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            self.arrows.keys().map(|node| (node.as_str(), self.reached_from(node))).collect();
        let mut circles: Vec<Vec<String>> = Vec::new();
        for (&node, reached) in &reach {
            let is_listed = circles.iter().flatten().any(|listed| listed == node);
            if !is_listed && reached.contains(node) {
                let members = reached.iter().filter(|other| reach[*other].contains(node));
                circles.push(members.map(|&member| member.to_owned()).collect());
            }
        }
        circles
    }

    fn reached_from(&self, node: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = self.arrows[node].iter().map(String::as_str).collect();
        while let Some(node) = next.pop() {
            if reached.insert(node) {
                next.extend(self.arrows[node].iter().map(String::as_str));
            }
        }
        reached
    }

    /// Returns the arrows between these nodes, one per line.
    pub(super) fn within(&self, nodes: &[String]) -> String {
        let is_within = |name: &str| nodes.iter().any(|node| node == name);
        let arrows = self.iter().filter(|(from, to)| is_within(from) && is_within(to));
        arrows.map(|(from, to)| format!("  {from} → {to}")).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn circles_are_found() {
    let mut graph = Graph::default();
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("d", "e"), ("x", "y"), ("y", "x")] {
        graph.add(from, to);
    }
    assert_eq!(graph.circles(), [vec!["b", "c", "d"], vec!["x", "y"]]);
    assert_eq!(graph.within(&["x".into(), "y".into()]), "  x → y\n  y → x");
}
