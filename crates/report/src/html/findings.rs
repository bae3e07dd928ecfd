//! The findings of a report's page: the labels by severity, each with its meaning, its hosts and
//! users, and its first events.

use std::collections::BTreeSet;

use messages::Role;

use crate::completion::Completion;
use crate::evidence::{Evidence, LabelEvidence, ShownEvent, TimeOf};
use crate::findings::{LabelFacts, Report, SeverityFacts};
use crate::html::chart;
use crate::html::clock::ClockChanges;
use crate::html::event::{Beside, event};
use crate::html::event_rules::EventRules;
use crate::html::how_to_read::how_to_read;
use crate::html::linked::Linked;
use crate::html::log_order::LogOrder;
use crate::html::parts::{
    Kind, MAXIMUM_NAME, NAMED, anchor, count, fact, left_out, moment, names, section, severity,
    severity_class, severity_word, table, text, time_to_second,
};
use crate::html::scale::Scale;
use crate::html::who::Computer;
use crate::html::writer::Html;
use crate::outline::without_time;
use crate::words::{counted, cut, number};
use crate::{Rest, Table, Time};

/// The maximum number of characters of the message of an event that is shown elsewhere.
const SHORT_MESSAGE: usize = 160;

/// What the findings are made from.
#[derive(Clone, Copy)]
pub(super) struct Findings<'f> {
    pub(super) report: &'f Report,
    pub(super) evidence: &'f Evidence,
    pub(super) scale: Option<&'f Scale<'f>>,
    /// The rules of events.
    pub(super) rules: &'f EventRules<'f>,
    /// What is known of the computer of events that name no host.
    pub(super) computer: &'f Computer,
    /// What is known of the years and zones that Plaso completed.
    pub(super) completion: &'f Completion,
    /// The links between events.
    pub(super) linked: &'f Linked,
    /// The changes of clocks.
    pub(super) clocks: &'f ClockChanges<'f>,
    /// The records whose numbers and times disagree.
    pub(super) log_order: &'f LogOrder,
}

/// Returns the name of a label in links. Its text may be anything, so its position is used.
pub(super) fn label_anchor(position: usize) -> String {
    format!("label-{}", position + 1)
}

impl Findings<'_> {
    pub(super) fn write(&self, html: &mut Html) {
        if self.report.labels.is_empty() {
            return;
        }
        section(html, "labels", "Findings", |html| {
            self.overview(html);
            let mut findings = Html::default();
            for facts in &self.report.severities {
                self.severity(&mut findings, facts);
            }
            how_to_read(html, self.evidence, &findings);
            html.append(&findings);
        });
    }

    /// Writes the table of all labels.
    fn overview(&self, html: &mut Html) {
        let labels = &self.report.labels;
        let has_records = labels.rows.iter().any(|facts| facts.fewer_records().is_some());
        let mut columns = vec![
            (Kind::Name, "label"),
            (Kind::Text, "severity"),
            (Kind::Number, "events"),
            (Kind::Moment, "first"),
            (Kind::Moment, "last"),
            (Kind::Drawing, "over time"),
        ];
        if has_records {
            columns.insert(3, (Kind::Number, "records"));
        }
        let rows = Table { rows: labels.rows.iter().enumerate().collect(), more: labels.more };
        table(
            html,
            "Labels and their events",
            &columns,
            &rows,
            (self.evidence.labels.len(), "label"),
            |(position, facts)| {
                let mut cells = vec![
                    self.name(*position),
                    Box::new(|html: &mut Html| severity(html, facts.meaning.severity)),
                    count(facts.events),
                    time_to_second(facts.first),
                    time_to_second(facts.last),
                    Box::new(|html: &mut Html| self.spark(html, facts)),
                ];
                if has_records {
                    cells.insert(3, text(facts.records.map(number).unwrap_or_default()));
                }
                cells
            },
        );
        if self.scale.is_some() {
            let words = "The first and the last of all times of the events, cut to the second. The small charts use the time axis of the \
                 timeline. Each has its own scale of heights.";
            html.text_element("p", &[("class", &"caption")], words);
        }
    }

    /// Writes the name of a label with a link to its finding.
    fn name<'c>(&'c self, position: usize) -> Box<dyn FnOnce(&mut Html) + 'c> {
        Box::new(move |html| self.link(html, position))
    }

    fn link(&self, html: &mut Html, position: usize) {
        let label = cut(&self.report.labels.rows[position].label, MAXIMUM_NAME);
        let link = format!("#{}", label_anchor(position));
        html.text_element("a", &[("href", &link)], &label);
    }

    fn spark(&self, html: &mut Html, facts: &LabelFacts) {
        if let (Some(bins), Some(scale)) = (&facts.histogram, self.scale) {
            let title = format!("{} over time", cut(&facts.label, MAXIMUM_NAME));
            chart::spark(html, scale, bins, &title);
        }
    }

    fn severity(&self, html: &mut Html, of: &SeverityFacts) {
        let labels = self.report.labels.rows.iter().zip(&self.evidence.labels).enumerate();
        let labels: Vec<_> = labels.filter(|(_, (facts, _))| facts.meaning.severity == of.severity).collect();
        if labels.is_empty() {
            return;
        }
        html.newline();
        html.element("h3", &[("class", &"group")], |html| {
            severity(html, of.severity);
            html.text_element("span", &[("class", &"muted")], &counted(of.labels, "label"));
        });
        for (position, (facts, evidence)) in labels {
            html.newline();
            let class = format!("finding {}", severity_class(of.severity));
            let id = label_anchor(position);
            html.element("article", &[("class", &class), ("id", &id)], |html| {
                self.finding(html, position, facts, evidence);
            });
        }
    }

    fn finding(&self, html: &mut Html, position: usize, facts: &LabelFacts, evidence: &LabelEvidence) {
        html.text_element("h4", &[], &facts.label);
        if facts.meaning.description.is_empty() {
            let words =
                "Neither the built-in rules nor the tagging files that were given describe this label.";
            html.text_element("p", &[("class", &"meaning muted")], words);
        }
        for line in facts.meaning.lines_of(&self.sets(facts, evidence)) {
            html.prose_element("p", &[("class", &"meaning")], &line);
        }
        html.element("dl", &[("class", &"facts")], |html| {
            fact(html, "Severity", severity_word(facts.meaning.severity));
            let mut events = facts.events_in_words();
            if facts.without_time > 0 {
                events += &format!("; {}", without_time(facts.without_time));
            }
            fact(html, "Events", &events);
            self.bound(html, "First", facts.first, evidence.first.as_ref());
            self.bound(html, "Last", facts.last, evidence.last.as_ref());
            names(html, "Hosts", &evidence.hosts, facts.events);
            names(html, role_heading(evidence), &evidence.users, facts.events);
            if !evidence.addresses.is_empty() {
                names(html, "Addresses", &evidence.addresses, 0);
            }
            techniques(html, facts);
            let rule = self.report.sigma_rules.rows.iter().find(|rule| rule.label == facts.label);
            rule.iter()
                .for_each(|rule| fact(html, "Sigma rule", &format!("{} ({})", rule.credit(), rule.file)));
            if !facts.meaning.references.is_empty() {
                fact(html, "References", &facts.meaning.references.join(", "));
            }
            self.shared(html, evidence);
        });
        self.spark(html, facts);
        self.events(html, position, facts, evidence);
    }

    /// Writes the first or the last time of a label: what the time is, and which event has it.
    fn bound(&self, html: &mut Html, heading: &str, time: Option<Time>, of: Option<&TimeOf>) {
        html.element("div", &[], |html| {
            html.text_element("dt", &[], heading);
            html.element("dd", &[], |html| {
                html.text(&time.map_or("no usable time".into(), moment));
                let Some(TimeOf { event, word, not_recorded }) = of.filter(|_| time.is_some()) else {
                    return;
                };
                html.text(&format!(" {word}"));
                let words = format!("event {event}");
                let shown = self.evidence.events.iter().find(|shown| shown.event.has(*event));
                let missing = shown.map_or_else(|| not_recorded.clone(), |shown| shown.event.not_recorded());
                if !missing.is_empty() {
                    html.text(&format!(" ({})", missing.join(", ")));
                }
                html.text(", ");
                match shown.is_some() {
                    true => html.text_element("a", &[("href", &format!("#{}", anchor(*event)))], &words),
                    false => html.text(&words),
                }
            });
        });
    }

    /// Returns the names of the sets of rules that give the label to its events, if the page shows
    /// all of them.
    fn sets(&self, facts: &LabelFacts, evidence: &LabelEvidence) -> BTreeSet<String> {
        let all = facts.fewer_records().unwrap_or(facts.events);
        if self.evidence.records_of(evidence) < all {
            return BTreeSet::new();
        }
        let events = evidence.events.iter().map(|event| &self.evidence.events[*event].event);
        let rules = events.flat_map(|event| &event.matched_rules).filter(|rule| rule.label == facts.label);
        rules.map(|rule| rule.set().to_owned()).collect()
    }

    /// Returns what stands beside an event.
    fn beside(&self, ShownEvent { event, label }: &ShownEvent) -> Beside {
        let guessed = self.evidence.guessed.iter().find(|logon| event.has(logon.event));
        Beside {
            failures: guessed.map(|logon| logon.failures),
            rules: self.rules.of(event, &self.report.labels.rows[*label].label),
            techniques: self.rules.techniques(event),
            computer: self.computer.clone(),
            completion: self.completion.clone(),
            see_also: self.linked.from(event.event),
            clock_changes: self.clocks.near(event),
            log_order: self.log_order.of_event(event.event),
        }
    }

    /// Writes links to the labels with which a label shares events.
    fn shared(&self, html: &mut Html, evidence: &LabelEvidence) {
        if evidence.shared.is_empty() {
            return;
        }
        html.element("div", &[], |html| {
            html.text_element("dt", &[], "Its events also have");
            html.element("dd", &[], |html| {
                for (at, (label, events)) in evidence.shared.iter().take(NAMED).enumerate() {
                    html.text(if at > 0 { ", " } else { "" });
                    self.link(html, *label);
                    html.text(&format!(" ({})", number(*events)));
                }
                let more = evidence.shared.len().saturating_sub(NAMED);
                if more > 0 {
                    html.text(&format!(" and {}", counted(more as u64, "more label")));
                }
            });
        });
    }

    /// Writes the first events of a label. An event that is shown with another label is only named.
    fn events(&self, html: &mut Html, position: usize, facts: &LabelFacts, evidence: &LabelEvidence) {
        if evidence.events.is_empty() {
            return;
        }
        let all = facts.fewer_records().unwrap_or(facts.events);
        let shown = self.evidence.records_of(evidence);
        let thing = facts.thing();
        let has_copies = shown > evidence.events.len() as u64;
        let copies = if has_copies { ". A record that was found several times is shown once" } else { "" };
        let words = match shown < all {
            true => format!(
                "{} of {}, in order of time: the first, the first of each further user, host and address, and the earliest of the rest{copies}",
                number(shown),
                counted(all, thing)
            ),
            false => counted(all, thing) + copies,
        };
        html.element("details", &[], |html| {
            html.text_element("summary", &[], &words);
            html.element("ol", &[("class", &"events")], |html| {
                for shown in evidence.events.iter().map(|event| &self.evidence.events[*event]) {
                    html.element("li", &[], |html| match shown.label == position {
                        true => event(html, &shown.event, &self.beside(shown), false),
                        false => {
                            html.element("p", &[("class", &"elsewhere")], |html| {
                                let row = &shown.event;
                                row.time.iter().for_each(|time| {
                                    html.text_element("time", &[("datetime", time)], &moment(*time));
                                });
                                if !row.not_recorded().is_empty() {
                                    html.text_element("span", &[], "*");
                                }
                                // Another time of the record may be the one that the label counts.
                                let last = row.other_times.iter().filter_map(|other| other.time).max();
                                if let Some(last) =
                                    last.filter(|last| row.time.is_none_or(|time| time < *last))
                                {
                                    html.text("to ");
                                    html.text_element("time", &[("datetime", &last)], &moment(last));
                                }
                                html.text_element("span", &[], &cut(&row.message, SHORT_MESSAGE));
                                let link = format!("#{}", anchor(row.event));
                                html.text_element("a", &[("href", &link)], &format!("event {}", row.event));
                                html.element("span", &[("class", &"muted")], |html| {
                                    html.text("shown with ");
                                    self.link(html, shown.label);
                                });
                            });
                        }
                    });
                    html.newline();
                }
            });
            left_out(html, Rest { rows: all.saturating_sub(shown), number: 0 }, thing);
        });
    }
}

/// Returns the heading of the accounts of a label's events.
fn role_heading(evidence: &LabelEvidence) -> &'static str {
    match evidence.role {
        Some(role) => role.heading(),
        None if !evidence.users.is_empty() => "Users and accounts",
        None => Role::User.heading(),
    }
}

fn techniques(html: &mut Html, facts: &LabelFacts) {
    let techniques: Vec<_> = facts.meaning.techniques.iter().map(ToString::to_string).collect();
    if !techniques.is_empty() {
        fact(html, "ATT&CK of the label", &techniques.join(", "));
    }
}
