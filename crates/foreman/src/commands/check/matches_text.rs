//! Shows as text what rules and filters match in a store: first the rules that match, then those
//! that came close.

use std::cmp::Reverse;
use std::fmt::Write as _;

use filter::{Covered, CoveredLabel, CoveredRule, Example, Nearest, Tally, Why};
use report::Time;

use super::first_matches::FirstMatch;
use crate::words::number;

/// The number of characters of a rule that are shown beside its numbers.
const RULE_WIDTH: usize = 90;

/// The number of characters of a value that are shown.
const VALUE_WIDTH: usize = 50;

/// The maximum number of rules that are shown although they match no event.
const MAXIMUM_CLOSE: usize = 20;

/// What the rules of a file, or the filter, match.
pub(super) struct Matched {
    /// The name of the file in messages.
    pub(super) source: String,
    pub(super) covered: Covered,
    /// The first events that the filter matches.
    pub(super) first: Vec<FirstMatch>,
}

/// Returns what the rules of a file, or the filter, match. It begins with an empty line. `all`
/// shows each rule that matches no event. `seen` is the number of events in the store.
pub(super) fn file_text(matched: &Matched, seen: u64, all: bool) -> String {
    let Matched { source, covered: Covered { labels, notes, .. }, .. } = matched;
    let mut text = match labels.as_slice() {
        [filter @ CoveredLabel { label: None, .. }] => filter_text(matched, filter),
        labels => rules_text(source, labels, seen, all),
    };
    for note in notes {
        let _ = write!(text, "\nnote: {} ({} times)", note.message, number(note.count));
    }
    text
}

fn filter_text(matched: &Matched, filter: &CoveredLabel) -> String {
    let CoveredLabel { tally, rules, .. } = filter;
    let es = if tally.events == 1 { "es" } else { "" };
    let mut text = format!("\n\n{}: {} match{es}{}", matched.source, events(tally.events), when(*tally));
    for rule in rules {
        if let Some(why) = &rule.why {
            let _ = write!(text, "\n  {}{}", why_text(why), nearest_text(rule.nearest));
        }
    }
    for event in &matched.first {
        let _ = write!(text, "\n  {}", event.line());
    }
    let more = tally.events.saturating_sub(matched.first.len() as u64);
    if more > 0 {
        let _ = write!(text, "\n  and {} more", number(more));
    }
    text
}

fn rules_text(source: &str, labels: &[CoveredLabel], seen: u64, all: bool) -> String {
    let matching_rules = labels.iter().flat_map(|label| &label.rules).filter(|rule| rule.tally.events > 0);
    let mut matching: Vec<_> = labels.iter().filter(|label| label.tally.events > 0).collect();
    let mut text = format!(
        "\n\n{source}: {} of {} rules match, {} of {} labels",
        matching_rules.count(),
        labels.iter().map(|label| label.rules.len()).sum::<usize>(),
        matching.len(),
        labels.len(),
    );
    matching.sort_by_key(|label| Reverse((label.severity, label.tally.events)));
    for CoveredLabel { label, severity, tally, rules } in matching {
        if let Some(label) = label {
            let severity = severity.map(|severity| format!(" ({severity})")).unwrap_or_default();
            let _ = write!(text, "\n\n{label}{severity}: {}{}", events(tally.events), when(*tally));
        }
        let mut rules: Vec<_> = rules.iter().filter(|rule| rule.tally.events > 0).collect();
        rules.sort_by_key(|rule| Reverse(rule.tally.events));
        for rule in rules {
            let CoveredRule { line, expression, tally, .. } = rule;
            let (count, text_of_rule) = (number(tally.events), cut(expression, RULE_WIDTH));
            let _ = write!(text, "\n  line {line:<6}{count:>9}  {text_of_rule}{}", cost_text(rule, seen));
        }
    }
    text + &unmatched_text(labels, seen, all)
}

/// Returns the rules that match no event. Those that came close are shown, and the others counted.
fn unmatched_text(labels: &[CoveredLabel], seen: u64, all: bool) -> String {
    // A data type that is similar to one of the store is likely misspelt.
    let is_elsewhere = |why: &Why| matches!(why, Why::NoDataType { nearest: None, .. });
    let (elsewhere, mut here): (Vec<_>, Vec<_>) =
        labels.iter().flat_map(unmatched).partition(|(_, _, why)| is_elsewhere(why));
    here.sort_by_key(|(_, rule, why)| {
        let is_misspelt = matches!(
            why,
            Why::NoDataType { nearest: Some(_), .. } | Why::NoAttribute { nearest: Some(_), .. }
        );
        Reverse((is_misspelt, rule.nearest.map_or(0, |nearest| nearest.met)))
    });
    let shown = if all { usize::MAX } else { MAXIMUM_CLOSE };
    let mut text = String::new();
    if !here.is_empty() {
        text.push_str("\n\nThese rules match no event, the closest first:");
    }
    for (label, rule, why) in here.iter().take(shown) {
        let CoveredRule { line, expression, nearest, .. } = rule;
        let _ = write!(text, "\n  line {line:<6} {label}: {}", cut(expression, RULE_WIDTH));
        let _ =
            write!(text, "\n{:14}{}{}{}", "", why_text(why), nearest_text(*nearest), cost_text(rule, seen));
    }
    let more = here.len().saturating_sub(shown);
    if more > 0 {
        let _ = write!(text, "\n  and {} more; --all shows each", number(more as u64));
    }
    match elsewhere.len() {
        0 => {}
        count if !all => {
            let are = rules(count, "are", "is");
            let _ = write!(text, "\n\n{are} for data types that are not in this store; --all shows each");
        }
        count => {
            let _ =
                write!(text, "\n\n{} for data types that are not in this store:", rules(count, "are", "is"));
            for (label, rule, why) in elsewhere {
                let _ = write!(text, "\n  line {:<6} {label}: {}", rule.line, why_text(why));
            }
        }
    }
    text
}

/// Returns the rules of a label that match no event, with their label and the reason.
fn unmatched(label: &CoveredLabel) -> impl Iterator<Item = (&str, &CoveredRule, &Why)> {
    let name = label.label.as_ref().map_or("", |label| label.as_str());
    label.rules.iter().filter_map(move |rule| Some((name, rule, rule.why.as_ref()?)))
}

/// Returns a number of rules with their verb.
fn rules(count: usize, plural: &str, singular: &str) -> String {
    match count {
        1 => format!("1 rule {singular}"),
        count => format!("{} rules {plural}", number(count as u64)),
    }
}

/// Says that a rule is slow, because it must be tried on every event.
fn cost_text(rule: &CoveredRule, seen: u64) -> String {
    if rule.cost.is_searched_for || rule.cost.tried == 0 {
        return String::new();
    }
    let (tried, seen) = (number(rule.cost.tried), events(seen));
    format!("\n{:14}slow: it was tried on {tried} of {seen}, because it requires no text", "")
}

fn nearest_text(nearest: Option<Nearest>) -> String {
    nearest.map_or(String::new(), |Nearest { event, .. }| format!(" (the first is event {})", event.rowid()))
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
        Why::NotFollowed => {
            "no event matches; there are too many rules, or the events are too large, to say where each fails"
                .into()
        }
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
