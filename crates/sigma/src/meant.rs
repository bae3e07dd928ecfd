//! Documents that somebody meant as rules, and that are none: they must not be passed over like the
//! other YAML files of a folder.

use filter::nearest;

use crate::problem::Problem;
use crate::yaml::{Node, Value};

/// A document with one of these members is a rule, a correlation or a filter.
const OF_RULES: [&str; 5] = ["detection", "correlation", "filter", "logsource", "action"];
/// A document that has a title and one of these words in other letters was meant as a rule. The
/// other words stand in many documents.
const MEANT: [&str; 3] = ["correlation", "detection", "logsource"];
const TITLE: &str = "title";
/// Shorter names have too many neighbours.
const SHORTEST_SIMILAR: usize = 5;

/// Returns whether a document is a rule, a correlation or a filter, however wrong.
///
/// # Errors
///
/// If it is none, and was meant as one.
pub(crate) fn is_rule(document: &Node) -> Result<bool, Problem> {
    if is_of_rules(document) {
        return Ok(true);
    }
    if let Some(first) = document.list().iter().find(|element| is_of_rules(element)) {
        let reason =
            "a list of rules is no rule; write each rule as a document of its own, with `---` between them";
        return Err(Problem::wrong(first.place, reason.into()));
    }
    let has_title = document.members().iter().any(|(name, _)| name.text.eq_ignore_ascii_case(TITLE));
    if has_title {
        let meant = document
            .members()
            .iter()
            .find_map(|(name, _)| Some((name, nearest(&name.text, SHORTEST_SIMILAR, MEANT)?)));
        if let Some((name, meant)) = meant {
            let reason = format!("`{}` is no part of a rule; did you mean `{meant}`?", name.text);
            return Err(Problem::wrong(name.place, reason));
        }
    }
    Ok(false)
}

fn is_of_rules(node: &Node) -> bool {
    matches!(node.value, Value::Map(_)) && OF_RULES.into_iter().any(|name| node.get(name).is_some())
}
