//! The findings of a report's page: the labels by severity, each with its meaning, its hosts and
//! users, and its first events.

use std::collections::BTreeSet;

use filter::tagging_file::BUILT_IN;
use messages::Role;

use crate::completion::Completion;
use crate::evidence::{Evidence, LabelEvidence};
use crate::findings::{LabelFacts, Report, SeverityFacts};
use crate::html::chart;
use crate::html::event::{Beside, Computer, anchor, event};
use crate::html::event_rules::EventRules;
use crate::html::parts::{
    Kind, MAXIMUM_NAME, NAMED, count, fact, left_out, moment, names, section, severity, severity_class,
    severity_word, table, text, time_to_second,
};
use crate::html::scale::Scale;
use crate::html::writer::Html;
use crate::labelled_event::LabelledEvent;
use crate::outline::without_time;
use crate::time_zone::chosen;
use crate::words::{counted, cut, number};
use crate::{Rest, Table, Time};

/// The maximum number of characters of the message of an event that is shown elsewhere.
const SHORT_MESSAGE: usize = 160;

/// Says what the rows with the host and the accounts of an event mean.
const ABOUT_PARTIES: &str = "In an event, `host` is the computer on which it happened, and `address` that of another computer. `by` is the account that \
     did what happened; `account` is one that logged on or off, or that the event describes; `account tried` is one with which \
     somebody tried to log on; `reported by` is the account that handed a logon to the system, often the computer's own or that of a service, and need not be who \
     tried; `account used` is one whose credentials were given; `account changed` is one to which something was done; \
     `account not changed` is one that somebody tried to create, change or delete, and failed; `runs as` is one that a program runs as; and \
     `user` is one that the event names without saying that it acted. `account created`, \
     `account deleted`, `member added` and `member removed` name the account to which this was done, and `group` the group of the \
     member. `user number 0 (root)` is an account of Unix of which the record has only the number. `owner` is the account to which a file belongs. `acted as` is the account with whose rights a process \
     acted, and `session` says who had logged on in the session of that process. `other side` is who took part in a connection from \
     another computer. A name that ends in `$` is usually that of the account of a computer, with which the system itself acts; a user's account \
     can have such a name, too.";

/// Says what the times of an event mean.
const ABOUT_TIMES: &str = "The word behind a time says \
     of what it is the time: `logged` is the time that a line of a log has; a record of a Windows event log has the time at which it \
     was `created`, and that at which it was `written` to its file, which can be missing. In messages, UAC is the user account control \
     of Windows.";

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
            html.text_element("p", &[("class", &"caption")], &self.about_rules());
            html.text_element("p", &[("class", &"caption")], ABOUT_PARTIES);
            html.text_element("p", &[("class", &"caption")], &about_times());
            for facts in &self.report.severities {
                self.severity(html, facts);
            }
        });
    }

    /// Says how to read the events.
    fn about_rules(&self) -> String {
        let events = || self.evidence.events.iter().map(|shown| &shown.event);
        let files = || events().flat_map(|event| &event.matched_rules).map(|rule| rule.file.as_str());
        let mut words = String::from(
            "The number of an event is its row in the storage file: `foreman check --event NUMBER STORE` shows all of it. \
             The rule of an event is a line of a tagging file. Of parts between `or`, only the first one that \
             holds is shown. ATT&CK techniques with an event are those of the rule that matched. Most rules have \
             none of their own: then they are all those of the label, which is for several kinds of events, so `perhaps` \
             stands before them.",
        );
        for set in BUILT_IN.into_iter().filter(|set| files().any(|file| file == *set)) {
            words += &format!(" `foreman rules {set}` prints the built-in file `{set}`.");
        }
        if events().any(|event| event.message.contains('?')) {
            words += " A `?` in a message stands for a value that the event does not have.";
        }
        if events().any(|event| event.data_type == "windows:evtx:record") {
            words += ABOUT_RECORDS;
        }
        words
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
            let words = "Times are cut to the second. The small charts use the time axis of the timeline. Each has its own \
                 scale of heights.";
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
            html.text_element("p", &[("class", &"meaning")], &line);
        }
        html.element("dl", &[("class", &"facts")], |html| {
            fact(html, "Severity", severity_word(facts.meaning.severity));
            let mut events = facts.events_in_words();
            if facts.without_time > 0 {
                events += &format!("; {}", without_time(facts.without_time));
            }
            fact(html, "Events", &events);
            let moment = |time: Option<Time>| time.map_or("no usable time".into(), moment);
            fact(html, "First", &moment(facts.first));
            fact(html, "Last", &moment(facts.last));
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

    /// Returns the names of the sets of rules that give the label to its events, if the page shows
    /// all of them.
    fn sets(&self, facts: &LabelFacts, evidence: &LabelEvidence) -> BTreeSet<String> {
        let all = facts.fewer_records().unwrap_or(facts.events);
        if (evidence.events.len() as u64) < all {
            return BTreeSet::new();
        }
        let events = evidence.events.iter().map(|event| &self.evidence.events[*event].event);
        let rules = events.flat_map(|event| &event.matched_rules).filter(|rule| rule.label == facts.label);
        rules.map(|rule| rule.set().to_owned()).collect()
    }

    /// Returns what stands beside an event.
    fn beside(&self, event: &LabelledEvent) -> Beside {
        let guessed = self.evidence.guessed.iter().find(|logon| logon.event == event.event);
        Beside {
            failures: guessed.map(|logon| logon.failures),
            rules: self.rules.of(event),
            techniques: self.rules.techniques(event),
            computer: self.computer.clone(),
            completion: self.completion.clone(),
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
        let shown = evidence.events.len() as u64;
        let thing = facts.thing();
        let words = match shown < all {
            true => format!(
                "{} of {}, in order of time: chosen are the first, then those of other users, hosts and addresses, then the next",
                number(shown),
                counted(all, thing)
            ),
            false => counted(all, thing),
        };
        html.element("details", &[], |html| {
            html.text_element("summary", &[], &words);
            html.element("ol", &[("class", &"events")], |html| {
                for shown in evidence.events.iter().map(|event| &self.evidence.events[*event]) {
                    html.element("li", &[], |html| match shown.label == position {
                        true => event(html, &shown.event, &self.beside(&shown.event), false),
                        false => {
                            html.element("p", &[("class", &"elsewhere")], |html| {
                                let row = &shown.event;
                                row.time.iter().for_each(|time| {
                                    html.text_element("time", &[("datetime", time)], &moment(*time));
                                });
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

/// What must be known of the records of Windows event logs.
const ABOUT_RECORDS: &str = " A record of a Windows event log has two times: `created` is the time of the event, and `written` that at \
     which Windows wrote it to the file. In a log that was exported, `written` is often the time at which the next record was created, \
     or zero: take `created`. `record` is the number of the record in its file, which begins again in a log that was exported; \
     EventRecordID is the number inside the record, which it had in the log of its computer.";

/// Says in which zone times are, and what they mean.
fn about_times() -> String {
    let zone = chosen().unwrap_or_else(|| "UTC".into());
    format!(
        "Times are shown in the zone {zone}; where the zone of a source is not certain, the row `time` of the event says so. {ABOUT_TIMES}"
    )
}

fn techniques(html: &mut Html, facts: &LabelFacts) {
    let techniques: Vec<_> = facts.meaning.techniques.iter().map(ToString::to_string).collect();
    if !techniques.is_empty() {
        fact(html, "ATT&CK of the label", &techniques.join(", "));
    }
}
