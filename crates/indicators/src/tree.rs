//! Conditions of STIX and OpenIOC: indicators joined by AND and OR.

use crate::matching;
use crate::model::{DetailsId, Full, IndicatorId, Indicators, Kind, NewIndicator, Node};
use crate::values::{Recognised, as_kind};

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
    /// The part that AND joins with the others, and that cannot be decided.
    pub(crate) part: Option<String>,
    /// Where it stands, if that is not where the whole condition does.
    pub(crate) line: Option<u32>,
    /// It is wrong. Otherwise it is in order, but asks for what events do not have.
    pub(crate) is_wrong: bool,
}

impl Tree {
    pub(crate) fn undecidable(written: &str, reason: impl Into<String>) -> Self {
        Self::Undecidable(Undecidable {
            written: written.into(),
            reason: reason.into(),
            part: None,
            line: None,
            is_wrong: false,
        })
    }

    pub(crate) fn wrong(written: &str, reason: impl Into<String>) -> Self {
        Self::Undecidable(Undecidable {
            written: written.into(),
            reason: reason.into(),
            part: None,
            line: None,
            is_wrong: true,
        })
    }
}

impl Undecidable {
    /// Adds the line on which it stands.
    pub(crate) fn at(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
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
        Tree::Item(Item { recognised, written, line }) => {
            add_checked(&recognised, &written, Origin { line, ..origin }, to)
        }
        Tree::Undecidable(undecidable) => {
            name(&undecidable, origin.line, to);
            Ok(())
        }
        // A condition without anything in it.
        Tree::Always { written } if written.is_empty() => Ok(()),
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

/// See [`Indicators::has_all_wildcards`].
const TOO_MANY_WILDCARDS: &str =
    "there are 262,144 values with wildcards before it, so this one is not used; divide the lists";

/// Adds an indicator that was recognised. One wildcard too many, or a too large one, is a problem.
pub(crate) fn add_recognised(
    recognised: &Recognised<'_>,
    written: &str,
    origin: Origin,
    to: &mut Indicators,
) -> Result<(), Full> {
    if let Err(reason) = check_wildcard(recognised, to) {
        to.add_problem(origin.line, written, reason.into());
        return Ok(());
    }
    add_checked(recognised, written, origin, to)
}

fn check_wildcard(recognised: &Recognised<'_>, to: &mut Indicators) -> Result<(), &'static str> {
    let Recognised { kind, comparison, .. } = *recognised;
    matching::check_wildcard(kind, comparison, recognised.as_text(), to.memory_of_wildcards())
}

/// Adds an indicator whose wildcards were checked.
fn add_checked(
    recognised: &Recognised<'_>,
    written: &str,
    origin: Origin,
    to: &mut Indicators,
) -> Result<(), Full> {
    if recognised.comparison.is_wildcard() && to.has_all_wildcards() {
        to.add_problem(origin.line, written, TOO_MANY_WILDCARDS.into());
        return Ok(());
    }
    to.add(new_indicator(recognised, written, origin)).map(|_| ())
}

fn new_indicator<'a>(recognised: &'a Recognised<'_>, written: &'a str, origin: Origin) -> NewIndicator<'a> {
    NewIndicator {
        kind: recognised.kind,
        comparison: recognised.comparison,
        value: recognised.value(),
        written: recognised.differs_from(written).then_some(written),
        except: None,
        in_group: false,
        line: origin.line,
        details: origin.details,
    }
}

/// Adds a value of a kind that its list says. A value of another kind is a problem.
pub(crate) fn add_value(kind: Kind, value: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    match as_kind(kind, value) {
        Ok(recognised) => add_recognised(&recognised, value, origin, to),
        Err(error) => {
            to.add_problem(origin.line, value, error.0);
            Ok(())
        }
    }
}

fn add_to_group(item: &Item, origin: Origin, to: &mut Indicators) -> Result<IndicatorId, Full> {
    let Item { recognised, written, line } = item;
    let new = new_indicator(recognised, written, Origin { line: *line, ..origin });
    to.add(NewIndicator { in_group: true, ..new })
}

fn node(tree: &Tree, origin: Origin, to: &mut Indicators) -> Result<Node, Full> {
    let mut nodes =
        |trees: &[Tree]| -> Result<Vec<_>, _> { trees.iter().map(|tree| node(tree, origin, to)).collect() };
    Ok(match tree {
        Tree::Item(item) => Node::Indicator(add_to_group(item, origin, to)?),
        Tree::All(trees) => Node::All(nodes(trees)?),
        Tree::Any(trees) => Node::Any(nodes(trees)?),
        // `simplified` leaves none of these.
        Tree::Always { .. } | Tree::Undecidable(_) => Node::All(Vec::new()),
    })
}

/// Returns the condition without what cannot be decided or takes too much memory, and without AND
/// and OR of one condition.
fn simplified(tree: Tree, origin: Origin, to: &mut Indicators) -> Tree {
    let whole = if let Tree::All(_) = tree { written(&tree) } else { String::new() };
    match tree {
        Tree::All(parts) => all_of(parts, whole, origin, to),
        Tree::Any(alternatives) => any_of(alternatives, origin, to),
        Tree::Item(item) => match check_wildcard(&item.recognised, to) {
            Ok(()) => Tree::Item(item),
            Err(reason) => Tree::wrong(&item.written, reason),
        },
        tree => tree,
    }
}

fn all_of(parts: Vec<Tree>, whole: String, origin: Origin, to: &mut Indicators) -> Tree {
    let mut kept = Vec::new();
    for part in parts {
        match simplified(part, origin, to) {
            Tree::All(parts) => kept.extend(parts),
            Tree::Always { .. } => {}
            Tree::Undecidable(undecidable) => {
                let part = Some(undecidable.part.unwrap_or(undecidable.written));
                return Tree::Undecidable(Undecidable { written: whole, part, ..undecidable });
            }
            part => kept.push(part),
        }
    }
    match kept.len() {
        0 => Tree::Always { written: whole },
        1 => kept.remove(0),
        _ => Tree::All(kept),
    }
}

fn any_of(alternatives: Vec<Tree>, origin: Origin, to: &mut Indicators) -> Tree {
    let mut kept = Vec::new();
    let mut undecidable = Vec::new();
    for alternative in alternatives {
        match simplified(alternative, origin, to) {
            Tree::Any(alternatives) => kept.extend(alternatives),
            Tree::Always { written } => return Tree::Always { written },
            Tree::Undecidable(one) => undecidable.push(one),
            alternative => kept.push(alternative),
        }
    }
    // If nothing else is left, the last one stands for all.
    let last = if kept.is_empty() { undecidable.pop() } else { None };
    undecidable.iter().for_each(|one| name(one, origin.line, to));
    match (last, kept.len()) {
        (Some(last), _) => Tree::Undecidable(last),
        (None, 0) => Tree::Always { written: String::new() },
        (None, 1) => kept.remove(0),
        (None, _) => Tree::Any(kept),
    }
}

/// Gives an account of a condition that cannot be decided.
fn name(undecidable: &Undecidable, line: u32, to: &mut Indicators) {
    let Undecidable { written, reason, part, line: own_line, is_wrong } = undecidable;
    let line = own_line.unwrap_or(line);
    let detailed = match part {
        Some(part) => format!("AND needs `{part}`, and {reason}"),
        None => reason.clone(),
    };
    if *is_wrong {
        to.add_problem(line, written, detailed);
    } else {
        to.leave_out_in_detail(line, written, reason, &detailed);
    }
}

/// Returns a condition in words.
pub(crate) fn written(tree: &Tree) -> String {
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
