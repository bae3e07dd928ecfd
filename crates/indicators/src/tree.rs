//! Conditions of STIX and OpenIOC: indicators joined by AND and OR.

use crate::model::{DetailsId, Full, IndicatorId, Indicators, NewIndicator, Node};
use crate::values::Recognised;

/// A condition as a reader has understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tree {
    /// An event has this value.
    Item(Item),
    /// It says only of what type another value is, so every event that has that value meets it.
    Always { written: String },
    /// It cannot be decided.
    Undecidable(Undecidable),
    /// All of these hold.
    All(Vec<Tree>),
    /// One of these holds.
    Any(Vec<Tree>),
}

/// A value that a condition asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) recognised: Recognised<'static>,
    pub(crate) written: String,
    pub(crate) line: u32,
}

/// A condition that cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undecidable {
    pub(crate) written: String,
    pub(crate) reason: String,
    /// It is wrong. Otherwise it is in order, but asks for what events do not have.
    pub(crate) is_wrong: bool,
}

impl Tree {
    pub(crate) fn undecidable(written: &str, reason: impl Into<String>) -> Self {
        Self::Undecidable(Undecidable { written: written.into(), reason: reason.into(), is_wrong: false })
    }

    pub(crate) fn wrong(written: &str, reason: impl Into<String>) -> Self {
        Self::Undecidable(Undecidable { written: written.into(), reason: reason.into(), is_wrong: true })
    }
}

/// Where a condition is, and what its list says about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) line: u32,
    pub(crate) details: DetailsId,
}

/// Adds the indicators and groups of a condition. Alternatives that cannot be decided are left out
/// by name. If AND joins one with others, all of them are.
pub(crate) fn add(tree: Tree, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    match simplified(tree, origin, to) {
        Tree::Any(alternatives) => alternatives.into_iter().try_for_each(|tree| add_one(tree, origin, to)),
        tree => add_one(tree, origin, to),
    }
}

fn add_one(tree: Tree, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    match tree {
        Tree::Item(item) => add_item(&item, false, origin, to).map(|_| ()),
        Tree::Undecidable(undecidable) => {
            name(&undecidable, origin.line, to);
            Ok(())
        }
        Tree::Always { written } => {
            to.leave_out(origin.line, &written, "it says only of what type a value is");
            Ok(())
        }
        tree @ (Tree::All(_) | Tree::Any(_)) => {
            let written = written(&tree);
            let line = first_line(&tree).unwrap_or(origin.line);
            let root = node(&tree, origin, to)?;
            to.add_group(line, &written, origin.details, root)
        }
    }
}

/// Adds an indicator that was recognised.
pub(crate) fn add_recognised(
    recognised: &Recognised<'_>,
    written: &str,
    origin: Origin,
    to: &mut Indicators,
) -> Result<IndicatorId, Full> {
    to.add(NewIndicator {
        kind: recognised.kind,
        comparison: recognised.comparison,
        value: recognised.value(),
        written: recognised.differs_from(written).then_some(written),
        except: None,
        in_group: false,
        line: origin.line,
        details: origin.details,
    })
}

fn add_item(item: &Item, in_group: bool, origin: Origin, to: &mut Indicators) -> Result<IndicatorId, Full> {
    let Item { recognised, written, line } = item;
    to.add(NewIndicator {
        kind: recognised.kind,
        comparison: recognised.comparison,
        value: recognised.value(),
        written: recognised.differs_from(written).then_some(written),
        except: None,
        in_group,
        line: *line,
        details: origin.details,
    })
}

fn node(tree: &Tree, origin: Origin, to: &mut Indicators) -> Result<Node, Full> {
    let mut nodes = |trees: &[Tree]| trees.iter().map(|tree| node(tree, origin, to)).collect();
    Ok(match tree {
        Tree::Item(item) => Node::Indicator(add_item(item, true, origin, to)?),
        Tree::All(trees) => Node::All(nodes(trees)?),
        Tree::Any(trees) => Node::Any(nodes(trees)?),
        // `simplified` leaves none of these.
        Tree::Always { .. } | Tree::Undecidable(_) => Node::All(Vec::new()),
    })
}

/// Returns the condition without what cannot be decided, and without AND and OR of one condition.
fn simplified(tree: Tree, origin: Origin, to: &mut Indicators) -> Tree {
    match tree {
        Tree::All(trees) => {
            let whole = written(&Tree::All(trees.clone()));
            let mut kept = Vec::new();
            let mut always = None;
            for tree in trees {
                match simplified(tree, origin, to) {
                    Tree::All(trees) => kept.extend(trees),
                    Tree::Always { written } => always = Some(written),
                    Tree::Undecidable(Undecidable { written, reason, is_wrong }) => {
                        let reason = if written == whole {
                            reason
                        } else {
                            format!("AND needs `{written}` too, and {reason}")
                        };
                        return Tree::Undecidable(Undecidable { written: whole, reason, is_wrong });
                    }
                    tree => kept.push(tree),
                }
            }
            match (kept.len(), always) {
                (0, always) => Tree::Always { written: always.unwrap_or_default() },
                (1, _) => kept.remove(0),
                _ => Tree::All(kept),
            }
        }
        Tree::Any(trees) => {
            let mut kept = Vec::new();
            let mut last = None;
            for tree in trees {
                match simplified(tree, origin, to) {
                    Tree::Any(trees) => kept.extend(trees),
                    Tree::Always { written } => return Tree::Always { written },
                    // The last one stands for all if nothing else is left.
                    Tree::Undecidable(undecidable) => {
                        last.replace(undecidable).inspect(|before| name(before, origin.line, to));
                    }
                    tree => kept.push(tree),
                }
            }
            match (kept.len(), last) {
                (0, Some(last)) => Tree::Undecidable(last),
                (0, None) => Tree::Always { written: String::new() },
                (number, last) => {
                    last.inspect(|last| name(last, origin.line, to));
                    if number == 1 { kept.remove(0) } else { Tree::Any(kept) }
                }
            }
        }
        tree => tree,
    }
}

/// Gives an account of a condition that cannot be decided.
fn name(undecidable: &Undecidable, line: u32, to: &mut Indicators) {
    let Undecidable { written, reason, is_wrong } = undecidable;
    if *is_wrong { to.add_problem(line, written, reason.clone()) } else { to.leave_out(line, written, reason) }
}

/// Returns a condition in words.
fn written(tree: &Tree) -> String {
    let joined = |trees: &[Tree], word: &str| {
        let parts: Vec<_> = trees
            .iter()
            .map(|tree| match tree {
                Tree::All(_) | Tree::Any(_) => format!("({})", written(tree)),
                tree => written(tree),
            })
            .collect();
        parts.join(word)
    };
    match tree {
        Tree::Item(item) => format!("{} {}", item.recognised.kind, item.written),
        Tree::Always { written } => written.clone(),
        Tree::Undecidable(undecidable) => undecidable.written.clone(),
        Tree::All(trees) => joined(trees, " AND "),
        Tree::Any(trees) => joined(trees, " OR "),
    }
}

fn first_line(tree: &Tree) -> Option<u32> {
    match tree {
        Tree::Item(item) => Some(item.line),
        Tree::All(trees) | Tree::Any(trees) => trees.iter().find_map(first_line),
        Tree::Always { .. } | Tree::Undecidable(_) => None,
    }
}
