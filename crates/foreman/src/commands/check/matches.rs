//! Shows what rules and filters match in a store, as text and as JSON.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use events::AttributeNames;
use filter::{Coverage, Covered, CoveredLabel, CoveredRule, Example, SeenEvents, Tally, Why};
use report::Time;
use serde_json::{Value, json};

use super::counting::{self, Counting};
use super::other_names::OtherNames;
use super::rules::{Checked, FILTER, Members};
use crate::exit::Failure;
use crate::words::{duration, number};

/// The number of characters of a rule that are shown beside its numbers.
const RULE_WIDTH: usize = 90;

/// The number of characters of a value that are shown.
const VALUE_WIDTH: usize = 50;

/// Counts what matches in the store.
pub(super) fn count(store: &Path, checked: &Checked) -> Result<(String, Members), Failure> {
    let started = Instant::now();
    let mut names = AttributeNames::default();
    let mut sources = Vec::new();
    let mut coverages = Vec::new();
    for file in &checked.files {
        coverages.push(Coverage::of_rules(file, &mut names).map_err(Failure::usage)?);
        sources.push(file.name().to_owned());
    }
    if let Some(filter) = &checked.filter {
        coverages.push(Coverage::of_filter(filter, &mut names).map_err(Failure::usage)?);
        sources.push(FILTER.to_owned());
    }
    names.accept_other_names();
    let Counting { coverages, seen } = counting::count(store, coverages, names.clone())?;
    let other_names = OtherNames::find(checked, &names, &seen);
    let covered = coverages.into_iter().map(|coverage| coverage.finish(&seen));
    let covered: Vec<_> = sources.into_iter().zip(covered).collect();
    let mut text = format!(
        "{}: {} events examined in {}",
        store.display(),
        number(seen.events()),
        duration(started.elapsed())
    );
    if seen.unreadable() > 0 {
        let _ = write!(text, ", {} of which cannot be read", number(seen.unreadable()));
    }
    text.push_str(&other_names.text());
    for (source, covered) in &covered {
        text.push_str(&file_text(source, covered, seen.events(), checked.is_brief(source)));
    }
    let mut members = members(&covered, &seen);
    members.extend(other_names.members());
    Ok((text, members))
}

/// Describes what the rules of a source match. If `brief`, leaves out labels for data types that
/// the store does not have.
fn file_text(source: &str, covered: &Covered, seen: u64, brief: bool) -> String {
    let Covered { labels, notes } = covered;
    let rules: Vec<_> = labels.iter().flat_map(|label| &label.rules).collect();
    let matching =
        |tallies: &mut dyn Iterator<Item = Tally>| tallies.filter(|tally| tally.events > 0).count();
    let mut text = match labels.first() {
        Some(CoveredLabel { label: None, tally, .. }) => {
            format!(
                "\n\n{source}: {} match{}{}",
                events(tally.events),
                if tally.events == 1 { "es" } else { "" },
                when(*tally)
            )
        }
        _ => format!(
            "\n\n{source}: {} of {} rules match, {} of {} labels",
            matching(&mut rules.iter().map(|rule| rule.tally)),
            rules.len(),
            matching(&mut labels.iter().map(|label| label.tally)),
            labels.len(),
        ),
    };
    let concerns_store = |label: &&CoveredLabel| {
        !brief || label.rules.iter().any(|rule| !matches!(rule.why, Some(Why::NoDataType { .. })))
    };
    let without = labels.iter().filter(|label| !concerns_store(label)).count();
    if without > 0 {
        let _ = write!(text, "; {without} labels are for log sources that are not in this store");
    }
    for CoveredLabel { label, tally, rules } in labels.iter().filter(concerns_store) {
        if let Some(label) = label {
            let _ = write!(text, "\n\n{label}: {}{}", events(tally.events), when(*tally));
        }
        for rule in rules {
            rule_text(rule, label.is_some(), seen, &mut text);
        }
    }
    for note in notes {
        let _ = write!(text, "\nnote: {} ({} times)", note.message, number(note.count));
    }
    text
}

/// Writes a rule with its number of events, the reason if no event matches, and its cost if that is
/// high. `seen` is the number of events in the store.
fn rule_text(rule: &CoveredRule, with_rule: bool, seen: u64, text: &mut String) {
    const INDENTATION: usize = 24;
    let CoveredRule { line, expression, tally, cost, why } = rule;
    if !with_rule {
        if let Some(why) = why {
            let _ = write!(text, "\n  {}", why_text(why));
        }
        return;
    }
    let _ = write!(text, "\n  line {line:<6}{:>9}  ", number(tally.events));
    match why {
        // The missing data type already explains this rule.
        Some(why @ Why::NoDataType { .. }) => text.push_str(&why_text(why)),
        Some(why) => {
            let _ = write!(text, "{}\n{:INDENTATION$}{}", cut(expression, RULE_WIDTH), "", why_text(why));
        }
        None => text.push_str(&cut(expression, RULE_WIDTH)),
    }
    if !cost.is_searched_for && cost.tried > 0 {
        let _ = write!(
            text,
            "\n{:INDENTATION$}slow: it was tried on {} of {}, because it requires no text",
            "",
            number(cost.tried),
            events(seen)
        );
    }
}

fn events(count: u64) -> String {
    if count == 1 { "1 event".into() } else { format!("{} events", number(count)) }
}

fn when(tally: Tally) -> String {
    match tally.times {
        Some((first, last)) if first == last => format!(", {}", Time(first)),
        Some((first, last)) => format!(", {} to {}", Time(first), Time(last)),
        None => String::new(),
    }
}

fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn why_text(why: &Why) -> String {
    let meant = |nearest: &Option<String>| {
        nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
    };
    match why {
        Why::NoDataType { data_types, nearest } => match data_types.as_slice() {
            [] => "it requires several data types at once".into(),
            [only] => format!("no event has the data type `{only}`{}", meant(nearest)),
            several => {
                format!("no event has one of the data types `{}`{}", several.join("`, `"), meant(nearest))
            }
        },
        Why::NoAttribute { condition, attribute, events: count, nearest } => {
            let none = if *count == 1 { "it has no" } else { "none has" };
            format!("{} `{condition}`, but {none} `{attribute}`{}", come(*count), meant(nearest))
        }
        Why::NeverTrue { condition, events: count, absent, examples } => {
            let mut text = format!("{} `{condition}`", come(*count));
            if !examples.is_empty() {
                let _ = write!(text, "; there {}", examples_text(examples));
            }
            if *absent > 0 {
                let _ = write!(text, "; {} of them do not have it", number(*absent));
            }
            text
        }
        Why::NoEvents => "there are no events".into(),
        Why::NotFollowed => "no event matches; there are too many rules to say where each fails".into(),
    }
}

fn come(count: u64) -> String {
    if count == 1 { "1 event reaches".into() } else { format!("{} events reach", number(count)) }
}

/// Returns examples as a text, such as "`reporter` is 'cron', 'sshd', `body` is 'x'".
fn examples_text(examples: &[Example]) -> String {
    let mut text = String::new();
    let mut last = None;
    for Example { attribute, value } in examples {
        let value = cut(value, VALUE_WIDTH);
        if last == Some(attribute) {
            let _ = write!(text, ", {value}");
        } else {
            let and = if text.is_empty() { "" } else { ", " };
            let _ = write!(text, "{and}`{attribute}` is {value}");
        }
        last = Some(attribute);
    }
    text
}

fn members(covered: &[(String, Covered)], seen: &SeenEvents) -> Members {
    let file = |(source, Covered { labels, notes }): &(String, Covered)| {
        let notes = notes.iter().map(|note| json!({"message": note.message, "times": note.count}));
        json!({
            "name": source,
            "labels": labels.iter().map(label_json).collect::<Vec<_>>(),
            "notes": notes.collect::<Vec<_>>(),
        })
    };
    vec![
        ("events", json!(seen.events())),
        ("unreadable", json!(seen.unreadable())),
        ("matches", json!(covered.iter().map(file).collect::<Vec<_>>())),
    ]
}

fn label_json(label: &CoveredLabel) -> Value {
    let CoveredLabel { label, tally, rules } = label;
    let rule = |rule: &CoveredRule| {
        let CoveredRule { line, expression, tally, cost, why } = rule;
        let mut json = tally_json(*tally);
        json["line"] = json!(line);
        json["expression"] = json!(expression);
        json["tried"] = json!(cost.tried);
        json["searched_for"] = json!(cost.is_searched_for);
        json["why"] = why.as_ref().map_or(Value::Null, why_json);
        json
    };
    let mut json = tally_json(*tally);
    json["label"] = json!(label.as_ref().map(|label| label.as_str()));
    json["rules"] = json!(rules.iter().map(rule).collect::<Vec<_>>());
    json
}

fn tally_json(tally: Tally) -> Value {
    let Tally { events, times } = tally;
    json!({
        "events": events,
        "first": times.map(|(first, _)| Time(first)),
        "last": times.map(|(_, last)| Time(last)),
    })
}

fn why_json(why: &Why) -> Value {
    match why {
        Why::NoDataType { data_types, nearest } => {
            json!({"reason": "no_data_type", "data_types": data_types, "suggestion": nearest})
        }
        Why::NoAttribute { condition, attribute, events, nearest } => json!({
            "reason": "no_attribute",
            "condition": condition,
            "attribute": attribute,
            "events": events,
            "suggestion": nearest,
        }),
        Why::NeverTrue { condition, events, absent, examples } => {
            let examples = examples.iter().map(|e| json!({"attribute": e.attribute, "value": e.value}));
            json!({
                "reason": "never_true",
                "condition": condition,
                "events": events,
                "absent": absent,
                "examples": examples.collect::<Vec<_>>(),
            })
        }
        Why::NoEvents => json!({"reason": "no_events"}),
        Why::NotFollowed => json!({"reason": "not_followed"}),
    }
}
