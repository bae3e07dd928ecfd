//! Shows an event as text, with the rules and the filter as they evaluate it.

use std::fmt::Write as _;

use events::Shown as _;
use filter::{Explanation, MatchedText, Part};
use messages::Parties;
use report::cut;

use super::event::{Explained, Rule, Shown};
use super::other_names::OtherNames;
use super::rules::{Checked, FILTER, Members};

/// The maximum number of failed comparisons of a rule that are shown.
const MAXIMUM_SHOWN: usize = 5;
/// The maximum number of characters of a message that is not shown whole.
const MAXIMUM_MESSAGE: usize = 400;

/// Returns what is said of an event, as text and as JSON.
pub(super) fn said(
    explained: &Explained,
    other_names: &OtherNames,
    number: i64,
    shown: Shown<'_>,
    checked: &Checked,
) -> (String, Members) {
    let mut members = explained.members(number);
    members.extend(other_names.members());
    (text(explained, number, shown, checked) + &other_names.text(), members)
}

/// Returns the event as text.
fn text(explained: &Explained, number: i64, shown: Shown<'_>, checked: &Checked) -> String {
    let mut text = event_text(explained, number, shown.whole);
    for (source, rules) in &explained.files {
        write_rules(source, rules, checked.sigma.contains(source), &mut text);
    }
    if let Some(filter) = &explained.filter {
        let outcome = if filter.matches { "matches" } else { "does not match" };
        let _ = write!(text, "\n\n{FILTER}: {outcome}");
        match &filter.explanation {
            Some(explanation) => write_tree(explanation, 1, &mut text),
            None => text.push_str("; the event is too large to say why"),
        }
    }
    text
}

fn event_text(explained: &Explained, number: i64, whole: bool) -> String {
    let Explained { time, description, labels, .. } = explained;
    let time = time.map_or("no time".to_owned(), |time| time.to_string());
    let mut text = format!("event {number}: {time}, {}", description.shown());
    let Parties { host, user, role, hint, by, by_role, address, file } = &explained.parties;
    let from_path = user.as_ref().zip(*hint).map(|(user, hint)| format!("{user} (from {})", hint.as_str()));
    let message = if whole { explained.message.clone() } else { cut(&explained.message, MAXIMUM_MESSAGE) };
    for (name, value) in [
        ("message", Some(&message)),
        ("host", host.as_ref()),
        (role.as_str(), from_path.as_ref().or(user.as_ref())),
        (by_role.as_str(), by.as_ref()),
        ("address", address.as_ref()),
        ("file", file.as_ref()),
        ("data type", Some(&explained.data_type)),
        ("labels", Some(&labels.join(", "))),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            // A message can have several lines. They are indented, so that none looks like another
            // part of the answer.
            let value: Vec<_> = match name {
                "message" => value.split('\n').map(events::Shown::shown).collect(),
                _ => vec![value.shown()],
            };
            let _ = write!(text, "\n  {name:<9}  {}", value.join("\n             "));
        }
    }
    let names = explained.attributes.keys().map(|name| name.chars().count());
    let width = names.max().unwrap_or_default().min(40);
    for (name, value) in &explained.attributes {
        let _ = write!(text, "\n    {:<width$}  {}", name.shown(), value.literal(whole));
    }
    text
}

/// Writes the rules of a file that are shown, those that match first. `are_many` says that there
/// are many rules for each data type.
fn write_rules(source: &str, rules: &[Rule], are_many: bool, text: &mut String) {
    let matching = rules.iter().filter(|rule| rule.matches).count();
    let _ = write!(text, "\n\n{source}: {matching} of {} rules match", rules.len());
    let (shown, left_out): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| rule.is_shown);
    let (matches, fails): (Vec<_>, Vec<_>) = shown.into_iter().partition(|rule| rule.matches);
    matches.iter().chain(&fails).for_each(|rule| rule.write(source, text));
    let unexplained = matches.iter().chain(&fails).filter(|rule| rule.explanation.is_none()).count();
    if unexplained > 0 {
        let _ = write!(text, "\n  the event is too large to say why for {unexplained} of these rules");
    }
    let near = left_out.iter().filter(|rule| rule.is_about && !are_many).count();
    let why = if are_many { "do not match" } else { "are for other data types" };
    for (rules, why) in [(near, "more do not match"), (left_out.len() - near, why)] {
        if rules > 0 {
            let _ = write!(text, "\n  {rules} rules {why}; --all shows them, too");
        }
    }
}

impl Rule {
    fn write(&self, source: &str, text: &mut String) {
        let Self { label, line, matches, explanation, .. } = self;
        let _ = write!(text, "\n  {} {label}  {source}:{line}", sign(*matches));
        let Some(explanation) = explanation else { return };
        let decisive = explanation.decisive();
        for comparison in decisive.iter().take(MAXIMUM_SHOWN) {
            write_comparison(comparison, 3, text);
        }
        if decisive.len() > MAXIMUM_SHOWN {
            let _ = write!(text, "\n      … and {} more", decisive.len() - MAXIMUM_SHOWN);
        }
    }
}

fn sign(holds: bool) -> char {
    if holds { '✓' } else { '✗' }
}

fn write_comparison(explanation: &Explanation, depth: usize, out: &mut String) {
    if let Part::Comparison { text, attribute, value, matched } = &explanation.part {
        // A short value is shown whole.
        let part = matched.as_ref().filter(|matched| matched.is_cut());
        let seen = match (part, value) {
            (Some(MatchedText { before, text, after }), _) => {
                format!("{attribute} has '{text}' in: {before}{text}{after}").replace('\n', " ")
            }
            (None, Some(value)) => format!("{attribute} is {value}"),
            (None, None) => format!("{attribute} is missing"),
        };
        let sign = sign(explanation.holds);
        let _ = write!(out, "\n{:indentation$}{sign} {}", "", text.shown(), indentation = 2 * depth);
        if seen != **text {
            let _ = write!(out, "  ({})", seen.shown());
        }
    }
}

fn write_tree(explanation: &Explanation, depth: usize, out: &mut String) {
    let (word, parts): (_, &[Explanation]) = match &explanation.part {
        Part::Comparison { .. } => return write_comparison(explanation, depth, out),
        Part::And(parts) => ("all of", parts),
        Part::Or(parts) => ("any of", parts),
        Part::Not(part) => ("not", std::slice::from_ref(&**part)),
    };
    let _ = write!(out, "\n{:indentation$}{} {word}", "", sign(explanation.holds), indentation = 2 * depth);
    parts.iter().for_each(|part| write_tree(part, depth + 1, out));
}
