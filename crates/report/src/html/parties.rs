//! The tables of hosts, users and addresses, and of the tactics of ATT&CK.

use std::collections::BTreeMap;

use crate::evidence::{Evidence, PartyFacts, names_in_words, roles_in_words};
use crate::findings::{Report, TechniqueCount, more_labels_in_words};
use crate::html::alike_hosts::alike_hosts;
use crate::html::findings::label_anchor;
use crate::html::parts::{Cell, Kind, MAXIMUM_NAME, count, section, table, text, time_to_second};
use crate::html::writer::Html;
use crate::meaning::technique_in_words;
use crate::words::{counted, cut};
use crate::{Rest, Table};

/// The heading of the section.
pub(super) const PARTIES: &str = "Hosts, users and addresses";

const HOST: &str = "host";

/// Returns whether the section has something to show.
pub(super) fn has_parties(evidence: &Evidence) -> bool {
    !evidence.hosts.is_empty() || !evidence.users.is_empty() || !evidence.addresses.is_empty()
}

/// Writes the tables of the hosts, users and addresses of labelled events.
pub(super) fn parties(html: &mut Html, report: &Report, evidence: &Evidence, rows: usize) {
    if !has_parties(evidence) {
        return;
    }
    section(html, "parties", PARTIES, |html| {
        for (caption, heading, facts) in [
            ("Hosts of events with labels", HOST, &evidence.hosts),
            (
                "Users and accounts of events with labels, each event for all accounts that it names",
                "user",
                &evidence.users,
            ),
            ("Addresses of other computers in events with labels", "address", &evidence.addresses),
        ] {
            if !facts.is_empty() {
                party_table(html, report, (caption, heading), facts, rows);
            }
            if heading == HOST
                && let Some(words) = alike_hosts(facts.rows.iter().map(|host| host.name.as_str()))
            {
                html.text_element("p", &[("class", &"caption")], &words);
            }
        }
        if evidence.left_out > 0 {
            let words = format!(
                "{} with labels were not looked at, because there are too many.",
                counted(evidence.left_out, "event")
            );
            html.text_element("p", &[("class", &"caption")], &words);
        }
    });
}

fn party_table(
    html: &mut Html,
    report: &Report,
    (caption, heading): (&str, &'static str),
    facts: &Table<PartyFacts>,
    rows: usize,
) {
    let are_accounts = facts.rows.iter().any(|facts| !facts.roles.is_empty());
    let facts = &with_shown(facts, rows);
    let rows = rows.max(facts.rows.len());
    let mut columns = vec![
        (Kind::Name, heading),
        (Kind::Number, "events"),
        (Kind::Number, "labels"),
        (Kind::Text, "most serious label"),
        (Kind::Moment, "first"),
        (Kind::Moment, "last"),
    ];
    if are_accounts {
        columns.push((Kind::Text, "role in these events"));
        columns.push((Kind::Text, "also written"));
    }
    table(html, caption, &columns, facts, (rows, heading), |facts| {
        let mut cells = vec![
            text(facts.name.as_str()),
            count(facts.events),
            count(facts.labels),
            label_link(report, facts.most_serious),
            time_to_second(facts.first),
            time_to_second(facts.last),
        ];
        if are_accounts {
            cells.push(text(roles_in_words(&facts.roles)));
            cells.push(text(names_in_words(facts)));
        }
        cells
    });
}

/// Returns the first rows, and those of accounts that a finding shows.
fn with_shown(facts: &Table<PartyFacts>, rows: usize) -> Table<PartyFacts> {
    let kept = facts.rows.iter().enumerate().filter(|(at, facts)| *at < rows || facts.is_shown);
    let kept: Vec<_> = kept.map(|(_, facts)| facts.clone()).collect();
    let left = facts.rows.len().saturating_sub(kept.len()) as u64;
    Table { rows: kept, more: Rest { rows: facts.more.rows + left, ..facts.more } }
}

fn label_link(report: &Report, position: Option<usize>) -> Cell<'_> {
    Box::new(move |html: &mut Html| {
        if let Some(position) = position {
            link_to(html, position, &report.labels.rows[position].label);
        }
    })
}

/// Writes a link to a label of the page.
fn link_to(html: &mut Html, position: usize, label: &str) {
    let link = format!("#{}", label_anchor(position));
    html.text_element("a", &[("href", &link)], &cut(label, MAXIMUM_NAME));
}

/// Writes the table of techniques, in groups by tactic.
pub(super) fn tactics(html: &mut Html, report: &Report, evidence: &Evidence, rows: usize) {
    if report.tactics.is_empty() {
        return;
    }
    section(html, "attack", "ATT&CK", |html| {
        let words = "A technique is a hint of the label and no proof: events with the label can belong to it, and perhaps no event \
             here does.";
        html.text_element("p", &[], words);
        let columns = [
            (Kind::Name, "technique that fits"),
            (Kind::Text, "tactic"),
            (Kind::Number, "events with these labels"),
            (Kind::Text, "labels"),
        ];
        let shown = report.labels.rows[..evidence.labels.len()].iter();
        let shown = positions(shown.map(|facts| facts.label.as_str()));
        let techniques = report
            .tactics
            .iter()
            .flat_map(|tactic| tactic.techniques.iter().map(move |technique| (tactic.name, technique)));
        let techniques = Table { rows: techniques.collect(), more: Rest::default() };
        let caption = "Techniques that fit the labels, by tactic. An event counts for all techniques of its labels, even if its own rule names only one";
        table(html, caption, &columns, &techniques, (rows, "technique"), |(tactic, technique)| {
            vec![
                text(technique_in_words(&technique.id, &technique.name)),
                text(*tactic),
                count(technique.events),
                labels(&shown, technique),
            ]
        });
    });
}

/// Returns the positions of labels that the page shows.
fn positions<'l>(labels: impl Iterator<Item = &'l str>) -> BTreeMap<&'l str, usize> {
    labels.enumerate().map(|(position, label)| (label, position)).collect()
}

/// Writes the labels of a technique, with links to those that the page shows.
fn labels<'c>(shown: &'c BTreeMap<&str, usize>, technique: &'c TechniqueCount) -> Cell<'c> {
    Box::new(move |html: &mut Html| {
        for (at, label) in technique.labels.iter().enumerate() {
            html.text(if at > 0 { ", " } else { "" });
            match shown.get(label.as_str()) {
                Some(position) => link_to(html, *position, label),
                None => html.text(&cut(label, MAXIMUM_NAME)),
            }
        }
        html.text(&more_labels_in_words(technique.labels.len(), technique.more_labels));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn technique(labels: &[String], more_labels: u64) -> TechniqueCount {
        let (id, name) = ("T1003".to_owned(), String::new());
        TechniqueCount { id, name, events: 1, severity: None, labels: labels.to_vec(), more_labels }
    }

    fn written(shown: &BTreeMap<&str, usize>, technique: &TechniqueCount) -> String {
        let mut html = Html::default();
        labels(shown, technique)(&mut html);
        html.finish()
    }

    #[test]
    fn labels_of_a_technique_have_links_if_the_page_shows_them() {
        let shown = positions(["b", "a"].into_iter());
        let names = ["a", "c", "b"].map(str::to_owned);
        let link =
            |position: usize, label: &str| format!("<a href=\"#{}\">{label}</a>", label_anchor(position));
        let (a, b) = (link(1, "a"), link(0, "b"));
        assert_eq!(written(&shown, &technique(&names, 0)), format!("{a}, c, {b}"));
        assert_eq!(written(&shown, &technique(&names, 2)), format!("{a}, c, {b}, … and 2 more labels"));
        assert_eq!(written(&shown, &technique(&[], 1)), "1 label that is not named here");
    }
}
