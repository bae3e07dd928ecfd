//! A correlation, as its file has it.

use std::collections::BTreeSet;

use super::condition::{Comparison, Condition, Presence, Threshold, texts};
use super::kind::Kind;
use super::number::MILLIONTHS;
use super::timespan::timespan;
use crate::budget::Budget;
use crate::condition::condition;
use crate::detection::{Detection, Test};
use crate::problem::{Place, Problem};
use crate::yaml::{Node, Value};

/// The most rules that a correlation may refer to.
const MOST_RULES: usize = 256;

/// The most fields that a correlation may group by or count.
const MOST_FIELDS: usize = 32;

/// A correlation whose references are not resolved.
#[derive(Debug, Clone)]
pub(crate) struct Unresolved {
    pub(crate) kind: Kind,
    /// Identifiers or names of rules. An aggregation has none: it is about its own rule.
    pub(crate) rules: Vec<Reference>,
    pub(crate) group_by: Vec<String>,
    pub(crate) timespan: i64,
    pub(crate) condition: Condition,
    /// The fields whose values are counted or computed with.
    pub(crate) fields: Vec<String>,
    pub(crate) aliases: Vec<Alias>,
    /// Whether the rules that it refers to give labels of their own.
    pub(crate) generate: bool,
    pub(crate) place: Place,
}

/// The identifier or the name of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// A name for different fields of different rules.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    pub(super) name: String,
    /// Rules, as positions in the list of the correlation, and their fields.
    pub(super) fields: Vec<(usize, String)>,
}

impl Unresolved {
    /// Returns the field of a rule of the list that a name means.
    pub(super) fn field_of<'f>(&'f self, rule: usize, name: &'f str) -> &'f str {
        let alias = self.aliases.iter().find(|alias| alias.name == name);
        let field = alias.and_then(|alias| alias.fields.iter().find(|(known, _)| *known == rule));
        field.map_or(name, |(_, field)| field)
    }
}

/// The words that may stand in `correlation`.
const WORDS: [&str; 7] = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];

/// Reads a document with a correlation.
pub(crate) fn read(document: &Node, correlation: &Node) -> Result<Unresolved, Problem> {
    for (name, _) in correlation.members() {
        if !WORDS.contains(&name.text.as_str()) {
            let reason = format!("a correlation has no `{}`; it may have {}", name.text, WORDS.join(", "));
            return Err(Problem::wrong(name.place, reason));
        }
    }
    let missing = |name| Problem::wrong(correlation.place, format!("the correlation has no `{name}`"));
    let member = |name| correlation.get(name).ok_or_else(|| missing(name));
    let kind = member("type")?;
    let span = member("timespan")?;
    let micros =
        timespan(span.text().unwrap_or_default()).map_err(|reason| Problem::wrong(span.place, reason))?;
    let rules = references(correlation)?;
    let group_by = correlation.get("group-by").map(texts).transpose()?.unwrap_or_default();
    let (kind, condition, fields) = meaning(kind, correlation, &rules)?;
    if group_by.len() + fields.len() > MOST_FIELDS {
        let reason = format!("a correlation may have at most {MOST_FIELDS} fields");
        return Err(Problem::at(correlation.place, reason));
    }
    Ok(Unresolved {
        kind,
        group_by,
        timespan: micros,
        condition,
        fields,
        aliases: aliases(correlation, &rules)?,
        generate: generate(document)? || generate(correlation)?,
        rules,
        place: document.place,
    })
}

/// Reads the list of rules.
fn references(correlation: &Node) -> Result<Vec<Reference>, Problem> {
    let refused = |place, reason: String| Err(Problem::wrong(place, reason));
    let Some(list) = correlation.get("rules") else {
        return refused(correlation.place, "the correlation has no `rules`".into());
    };
    let mut rules = Vec::new();
    let mut known = BTreeSet::new();
    for rule in list.list() {
        let text = rule.text().unwrap_or_default().trim();
        if text.is_empty() {
            return refused(rule.place, "expected the id or the name of a rule".into());
        }
        if !known.insert(text) {
            return refused(rule.place, format!("the list has `{text}` twice"));
        }
        rules.push(Reference { text: text.to_owned(), place: rule.place });
    }
    match rules.len() {
        0 => refused(list.place, "the list of rules is empty".into()),
        1..=MOST_RULES => Ok(rules),
        _ => {
            let reason = format!("a correlation may refer to at most {MOST_RULES} rules");
            Err(Problem::at(list.place, reason))
        }
    }
}

/// Reads the type and the condition, and the fields in the condition.
fn meaning(
    node: &Node,
    correlation: &Node,
    rules: &[Reference],
) -> Result<(Kind, Condition, Vec<String>), Problem> {
    let mut kind = match node.text().unwrap_or_default() {
        "event_count" => Kind::EventCount,
        "value_count" => Kind::ValueCount,
        "value_sum" => Kind::ValueSum,
        "value_avg" => Kind::ValueAvg,
        "value_median" => Kind::ValueMedian,
        "value_percentile" => Kind::ValuePercentile(0),
        "temporal" => Kind::Temporal,
        "temporal_ordered" => Kind::TemporalOrdered,
        other => {
            let reason = format!("the type of correlation `{other}` is not supported");
            return Err(Problem::at(node.place, reason));
        }
    };
    let Some(value) = correlation.get("condition") else {
        if kind.is_temporal() {
            return Ok((kind, Condition::Rules(Presence::of_all(rules.len())), Vec::new()));
        }
        return Err(Problem::wrong(correlation.place, "the correlation has no `condition`".into()));
    };
    if !matches!(value.value, Value::Map(_)) {
        let presence = presence(value, kind, rules)?;
        return Ok((kind, Condition::Rules(presence), Vec::new()));
    }
    let Comparison { thresholds, fields, percentile } = Comparison::read(value)?;
    let refused = |reason: &str| Err(Problem::wrong(value.place, reason.into()));
    match (kind, percentile) {
        (Kind::ValuePercentile(_), Some(percentile)) => kind = Kind::ValuePercentile(percentile),
        (Kind::ValuePercentile(_), None) => return refused("the condition needs a `percentile`"),
        (_, Some(_)) => return refused("only `value_percentile` has a `percentile`"),
        (_, None) => {}
    }
    match (kind.needs_field(), fields.len()) {
        (true, 0) => return refused("the condition needs a `field`"),
        (true, 2..) if kind != Kind::ValueCount => {
            return refused("only `value_count` may have several fields");
        }
        (false, 1..) => return refused("the condition of this type has no `field`"),
        _ => {}
    }
    if kind == Kind::TemporalOrdered && !asks_for_all(&thresholds, rules.len()) {
        return refused("`temporal_ordered` needs all its rules; this condition asks for another number");
    }
    Ok((kind, Condition::Number(thresholds), fields))
}

/// Returns whether a number of rules is enough, and no lower one.
fn asks_for_all(thresholds: &[Threshold], rules: usize) -> bool {
    let all = i128::try_from(rules).unwrap_or_default() * MILLIONTHS;
    let is_enough = |number| thresholds.iter().all(|threshold| threshold.holds(number, 1));
    is_enough(all) && !is_enough(all - MILLIONTHS)
}

/// Reads a condition over rules, such as `rule_a and not rule_b`.
fn presence(value: &Node, kind: Kind, rules: &[Reference]) -> Result<Presence, Problem> {
    if !kind.is_temporal() {
        let reason = "only `temporal` and `temporal_ordered` have a condition over rules";
        return Err(Problem::wrong(value.place, reason.into()));
    }
    let test = |position: usize| {
        let field = Some(position.to_string());
        Detection::Test(Test {
            field,
            check: filter::condition::Check::Exists,
            place: value.place,
            is_vague: false,
        })
    };
    let names = rules.iter().enumerate().map(|(position, rule)| (rule.text.clone(), test(position)));
    let detection = condition(value, &names.collect(), &Budget::of_rule())
        .map_err(|problem| Problem { reason: problem.reason.replace("selection", "rule"), ..problem })?;
    let presence = Presence::of_detection(&detection);
    let mut named = BTreeSet::new();
    presence.rules(&mut named);
    if let Some(unused) = (0..rules.len()).find(|position| !named.contains(position)) {
        let reason = format!("the condition does not name the rule `{}` of the list", rules[unused].text);
        return Err(Problem::wrong(value.place, reason));
    }
    if kind == Kind::TemporalOrdered && !presence.is_conjunction() {
        let reason = "the condition of `temporal_ordered` may join rules with `and` only";
        return Err(Problem::wrong(value.place, reason.into()));
    }
    Ok(presence)
}

fn aliases(correlation: &Node, rules: &[Reference]) -> Result<Vec<Alias>, Problem> {
    let mut aliases = Vec::new();
    let Some(members) = correlation.get("aliases") else { return Ok(aliases) };
    if !matches!(members.value, Value::Map(_) | Value::Null) {
        let reason = "`aliases` needs a name for the fields of rules, such as `name: {rule: field}`";
        return Err(Problem::wrong(members.place, reason.into()));
    }
    for (name, of_rules) in members.members() {
        let mut fields = Vec::new();
        for (rule, field) in of_rules.members() {
            let Some(position) = rules.iter().position(|known| known.text == rule.text) else {
                let reason = format!("the alias names the rule `{}`, which is not in `rules`", rule.text);
                return Err(Problem::wrong(rule.place, reason));
            };
            match field.text() {
                Some(field) if !field.trim().is_empty() => fields.push((position, field.trim().to_owned())),
                _ => return Err(Problem::wrong(field.place, "expected the name of a field".into())),
            }
        }
        if fields.is_empty() {
            let reason = "an alias needs the field of at least one rule";
            return Err(Problem::wrong(of_rules.place, reason.into()));
        }
        aliases.push(Alias { name: name.text.clone(), fields });
    }
    Ok(aliases)
}

fn generate(node: &Node) -> Result<bool, Problem> {
    match node.get("generate").map(|value| (&value.value, value.place)) {
        None => Ok(false),
        Some((Value::Boolean(generate), _)) => Ok(*generate),
        Some((_, place)) => Err(Problem::wrong(place, "`generate` must be true or false".into())),
    }
}
