//! Counts what rules and filters match in a store, and returns it as text and as JSON.

use std::fmt::Write as _;
use std::time::Instant;

use events::{AttributeNames, Shown as _};
use filter::{
    Coverage, Covered, CoveredLabel, CoveredRule, LabelSeverity, Nearest, SeenEvents, Suggestions, Tally, Why,
};
use report::Time;
use serde_json::{Value, json};
use storage::SameStore;

use super::counting::{self, Counting};
use super::first_matches::{self, FirstMatch};
use super::matches_text::{Matched, file_text};
use super::other_names::OtherNames;
use super::rules::{Checked, FILTER, Members};
use crate::exit::Failure;
use crate::words::{duration, number};

/// Counts what matches in the store. `all` shows each rule that matches no event.
pub(super) fn count(store: &SameStore, checked: &Checked, all: bool) -> Result<(String, Members), Failure> {
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
    let opened = store.open()?;
    let mut matched = Vec::new();
    let suggestions = Suggestions::default();
    for (source, coverage) in sources.into_iter().zip(coverages) {
        // A store has no events with the names of these rules, but they are right.
        let are_right = checked.built_in.contains(&source) || checked.sigma.contains(&source);
        let covered = coverage.finish(&seen, (!are_right).then_some(&suggestions));
        let first = first_matches::read(&opened, &covered.first)?;
        matched.push(Matched { source, covered, first });
    }
    let mut text = format!(
        "{}: {} events examined in {}",
        store.path().shown(),
        number(seen.events()),
        duration(started.elapsed())
    );
    if seen.unreadable() > 0 {
        let _ = write!(text, ", {} of which cannot be read", number(seen.unreadable()));
    }
    let of_store = opened.counted_events()?.map_or_else(|| opened.number_of_events(), Ok)?;
    if of_store != seen.events() {
        let of_store = number(of_store);
        let _ = write!(
            text,
            "; Plaso counted {of_store}, so some were removed or added, or the table of events is damaged"
        );
    }
    text.push_str(&other_names.text());
    matched.iter().for_each(|matched| text.push_str(&file_text(matched, seen.events(), all)));
    let mut members = members(&matched, &seen);
    members.push(("events_of_store", json!(of_store)));
    members.extend(other_names.members());
    Ok((text, members))
}

fn members(matched: &[Matched], seen: &SeenEvents) -> Members {
    let file = |Matched { source, covered: Covered { labels, notes, .. }, first }: &Matched| {
        let notes = notes.iter().map(|note| json!({"message": note.message, "times": note.count}));
        json!({
            "name": source,
            "labels": labels.iter().map(label_json).collect::<Vec<_>>(),
            "first_events": first.iter().map(FirstMatch::json).collect::<Vec<_>>(),
            "notes": notes.collect::<Vec<_>>(),
        })
    };
    vec![
        ("events", json!(seen.events())),
        ("unreadable", json!(seen.unreadable())),
        ("matches", json!(matched.iter().map(file).collect::<Vec<_>>())),
    ]
}

fn label_json(label: &CoveredLabel) -> Value {
    let CoveredLabel { label, severity, tally, rules } = label;
    let rule = |rule: &CoveredRule| {
        let CoveredRule { line, expression, tally, cost, why, nearest } = rule;
        let mut json = tally_json(*tally);
        json["line"] = json!(line);
        json["expression"] = json!(**expression);
        json["tried"] = json!(cost.tried);
        json["searched_for"] = json!(cost.is_searched_for);
        json["why"] = why.as_ref().map_or(Value::Null, why_json);
        json["nearest"] = nearest.as_ref().map_or(
            Value::Null,
            |Nearest { event, met }| json!({"event": event.rowid(), "conditions_met": met}),
        );
        json
    };
    let mut json = tally_json(*tally);
    json["label"] = json!(label.as_ref().map(|label| label.as_str()));
    json["severity"] = json!(severity.map(LabelSeverity::as_str));
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
