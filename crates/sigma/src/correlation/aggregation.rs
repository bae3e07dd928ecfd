//! Old aggregations: `selection | count(User) by Host > 5`, with `timeframe` beside the condition.
//!
//! Version 2 of Sigma has correlations in their place. Rules of before are still in use.

use super::condition::{Condition, Operator, Threshold};
use super::kind::Kind;
use super::number::millionths;
use super::read::Unresolved;
use super::timespan::timespan;
use crate::problem::{Place, Problem};
use crate::yaml::{Node, Value};

/// The operators of aggregations, the longest first.
const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::Gte),
    ("<=", Operator::Lte),
    ("==", Operator::Eq),
    ("!=", Operator::Neq),
    (">", Operator::Gt),
    ("<", Operator::Lt),
    ("=", Operator::Eq),
];

/// What stands behind `|` in a condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Aggregation {
    /// The field whose values are counted, or `None` for records.
    field: Option<String>,
    group_by: Vec<String>,
    threshold: Threshold,
    timespan: i64,
}

impl Aggregation {
    /// Returns the correlation that the rule with this aggregation means.
    pub(crate) fn correlation(self, place: Place) -> Unresolved {
        Unresolved {
            kind: if self.field.is_some() { Kind::ValueCount } else { Kind::EventCount },
            rules: Vec::new(),
            group_by: self.group_by,
            timespan: self.timespan,
            condition: Condition::Number(vec![self.threshold]),
            fields: self.field.into_iter().collect(),
            aliases: Vec::new(),
            generate: false,
            place,
        }
    }
}

/// Divides a condition with an aggregation into the condition alone and the aggregation. Returns
/// `None` if there is no aggregation.
pub(crate) fn split(detection: &Node, condition: &Node) -> Result<Option<(Node, Aggregation)>, Problem> {
    let with_aggregation =
        condition.list().iter().find_map(|node| Some((node, node.text()?.split_once('|')?)));
    let Some((node, (before, after))) = with_aggregation else { return Ok(None) };
    let refused = |reason: String| Err(Problem::at(node.place, reason));
    if condition.list().len() > 1 {
        return refused("a list of conditions may have no aggregation".into());
    }
    let (field, group_by, threshold) = match read(after) {
        Ok(read) => read,
        Err(reason) => return refused(reason),
    };
    let Some(timeframe) = detection.get("timeframe") else {
        return refused("the aggregation needs a `timeframe`".into());
    };
    let timespan = timespan(timeframe.text().unwrap_or_default());
    let timespan = timespan.map_err(|reason| Problem::wrong(timeframe.place, reason))?;
    let alone = Node { place: node.place, value: Value::Text(before.to_owned()) };
    Ok(Some((alone, Aggregation { field, group_by, threshold, timespan })))
}

type Parts = (Option<String>, Vec<String>, Threshold);

fn read(text: &str) -> Result<Parts, String> {
    const FORM: &str = "expected an aggregation such as `count() by Field > 5`";
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (function, rest) = text.split_at(end);
    if !function.eq_ignore_ascii_case("count") {
        return Err(format!("the aggregation `{function}` is not supported; only `count` is"));
    }
    let inside = rest.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (field, rest) = inside.ok_or(FORM)?;
    let at = rest.find(['<', '>', '=', '!']).ok_or(FORM)?;
    let (groups, comparison) = rest.split_at(at);
    let (operator, number) = OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((*operator, comparison.strip_prefix(sign)?)))
        .ok_or(FORM)?;
    let number = millionths(number).ok_or(FORM)?;
    let group_by = match groups.trim().split_once(char::is_whitespace) {
        None if groups.trim().is_empty() => Vec::new(),
        Some((by, fields)) if by.eq_ignore_ascii_case("by") => {
            fields.split(',').map(|field| field.trim().to_owned()).collect()
        }
        _ => return Err(FORM.into()),
    };
    let is_name = |name: &String| !name.is_empty() && !name.contains(char::is_whitespace);
    let field = Some(field.trim().to_owned()).filter(|field| !field.is_empty());
    if !group_by.iter().chain(&field).all(is_name) {
        return Err(FORM.into());
    }
    Ok((field, group_by, Threshold { operator, number }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregations_are_read() {
        let number = |number: i128| number * crate::correlation::MILLIONTHS;
        for (text, field, groups, operator, threshold) in [
            (" count() > 5", None, &[][..], Operator::Gt, 5),
            ("count( ) by host >= 50", None, &["host"], Operator::Gte, 50),
            ("COUNT(User) BY A, B<3", Some("User"), &["A", "B"], Operator::Lt, 3),
            ("count(dst_ip) by src_ip == 10 ", Some("dst_ip"), &["src_ip"], Operator::Eq, 10),
        ] {
            let (found, group_by, found_threshold) = read(text).unwrap();
            assert_eq!(found.as_deref(), field, "{text}");
            assert_eq!(group_by, groups, "{text}");
            assert_eq!(found_threshold, Threshold { operator, number: number(threshold) }, "{text}");
        }
        for text in ["near process", "sum(size) by host > 5", "min(a) > 1"] {
            assert!(read(text).unwrap_err().contains("is not supported"), "{text}");
        }
        for text in
            ["count", "count() 5", "count() > x", "count() by > 5", "count() per a > 5", "count() by a b > 5"]
        {
            assert!(read(text).unwrap_err().starts_with("expected an aggregation"), "{text}");
        }
    }
}
