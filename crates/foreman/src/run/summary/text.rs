//! The summary of a run as text for people.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use events::{Counter, Shown as _};
use filter::first_sentence;

use super::{Results, Summary};
use crate::run::slice;
use crate::shell::{quoted, quoted_path};
use crate::supervise::dispatcher::Replaced;
use crate::words::{bytes, cut, duration, number, wrapped};

/// Labels with a number at the end (`session_17`) are summed up if there are more of a kind than
/// this.
const MAXIMUM_OF_A_KIND: usize = 10;
/// The maximum number of workers that ended in the same way and are shown one by one.
const MAXIMUM_ALIKE: usize = 3;
/// The maximum number of skipped things that are shown one by one.
const MAXIMUM_SET_ASIDE: usize = 20;

/// Returns the summary as text. Lines have at most this width, if the words allow it.
pub(crate) fn summary(summary: &Summary, width: usize) -> String {
    let mut page = Page::new(width);
    let Some(results) = &summary.results else { return String::new() };
    let events = number(results.events);
    page.head(&format!("{}: {events} events analysed in {}", summary.store, duration(summary.elapsed())));
    found(&mut page, results);
    let replaced = &summary.workers.replaced;
    page.line("workers", &format!("{}, {} replaced", summary.workers.limit, replaced.len()));
    let (foreman, worker) = (bytes(summary.memory.foreman), bytes(summary.memory.worker));
    page.line("peak memory", &format!("foreman {foreman}, worker {worker}"));
    let phases: Vec<_> =
        summary.phases.iter().map(|time| format!("{} {:.2} s", time.phase, time.seconds)).collect();
    if !results.profile.is_empty() {
        page.line("phases", &phases.join(", "));
        let stages: Vec<_> =
            results.profile.iter().map(|(stage, time)| format!("{stage} {time:.2} s")).collect();
        page.line("workers' time", &stages.join(", "));
    }
    for reason in collapsed(replaced) {
        page.line("replaced", &reason);
    }
    left(&mut page, results);
    if let Some(run) = &summary.run
        && let Some(filter) = slice::as_filter(run.filter.as_deref(), run.slice)
        && results.events > 0
        && results.filtered == results.events
    {
        let (filter, store) = (quoted(&filter), quoted_path(&summary.store));
        page.line("note", "no event matches the filter; this says why:");
        page.command(&format!("foreman check --filter={filter} {store}"));
    }
    if summary.dry_run {
        page.head("Nothing was written: this was a dry run.");
    }
    page.text()
}

fn found(page: &mut Page, results: &Results) {
    page.line("filtered", &number(results.filtered));
    let mut labels = results.labels.clone();
    labels.retain(|label, _| !report::is_session(label));
    let words = report::labels_in_words(results.labelled, labels.len() as u64, labels.keys().next());
    page.line("labels", &words);
    let mut labels = grouped(&labels);
    let meaning = |label: &String| results.label_meanings.get(label);
    labels.sort_by_key(|(label, events)| {
        (Reverse(meaning(label).and_then(|meaning| meaning.rank)), Reverse(*events), label.clone())
    });
    for (label, events) in labels {
        let remark = meaning(&label).map(|meaning| {
            let severity = meaning.severity.unwrap_or_default();
            format!("  {severity:<8}  {}", first_sentence(&meaning.description))
        });
        page.count(&label, events, remark.as_deref().unwrap_or_default());
    }
    if let Some(sessions) = report::sessions_in_words(results.sessions, results.in_sessions) {
        page.line("sessions", &sessions);
    }
    page.line("new labels", &number(results.new_labels));
    let plugins: Vec<_> = results.reports.iter().map(|report| report.plugin.as_str()).collect();
    page.line("reports", &plugins.join(", "));
    page.line("warnings", &number(results.warnings));
}

fn left(page: &mut Page, results: &Results) {
    let Results { set_aside, unreadable_tags, notes, .. } = results;
    for aside in set_aside.iter().take(MAXIMUM_SET_ASIDE) {
        page.line("skipped", &aside.to_string());
    }
    if set_aside.len() > MAXIMUM_SET_ASIDE {
        let more = set_aside.len() - MAXIMUM_SET_ASIDE;
        page.line("skipped", &format!("and {more} more; see the analysis warnings"));
    }
    if *unreadable_tags > 0 {
        let tags = number(*unreadable_tags);
        page.line("left alone", &format!("{tags} stored event tags whose labels are not a list of texts"));
    }
    for note in notes {
        page.line("note", &format!("{} ({} times)", note.message, number(note.count)));
    }
}

/// Lines of a heading and its value. Headings, values and labels can have names from outside, so
/// line ends in them make no lines.
struct Page {
    width: usize,
    lines: Vec<String>,
}

/// The column in which values begin.
const INDENT: usize = 19;
/// The widths of the columns of labels and of their numbers.
const LABEL: usize = 40;
const COUNT: usize = 12;
/// The width from which a remark on a label is shown: two spaces, and the longest severity.
const LEAST_REMARK: usize = 15;

impl Page {
    fn new(width: usize) -> Self {
        Self { width, lines: Vec::new() }
    }

    fn head(&mut self, text: &str) {
        self.lines.push(wrapped(&text.shown(), 0, self.width));
    }

    fn line(&mut self, name: &str, value: &str) {
        let text = wrapped(&value.shown(), INDENT, self.width);
        self.lines.push(format!("  {name:<16} {}", text.trim_start()).trim_end().to_owned());
    }

    /// Adds a command to copy. It is not wrapped, because a broken line would be another command.
    fn command(&mut self, command: &str) {
        self.lines.push(format!("{:INDENT$}{command}", ""));
    }

    fn count(&mut self, label: &str, count: u64, remark: &str) {
        let (label, count) = (label.shown(), number(count));
        let full = INDENT + LABEL + 1 + COUNT;
        if self.width >= full {
            let room = self.width - full;
            let remark = if room < LEAST_REMARK { String::new() } else { cut(remark.trim_end(), room) };
            self.lines.push(format!("{:INDENT$}{label:<LABEL$} {count:>COUNT$}{remark}", ""));
            return;
        }
        // If the width is too small for columns, the number ends at the end of the line, if
        // necessary in a line of its own.
        let room = self.width.saturating_sub(4);
        let length = label.chars().count();
        if length + 1 + count.len() <= room {
            self.lines.push(format!("    {label}{count:>rest$}", rest = room - length));
        } else {
            self.lines.push(format!("    {label}\n    {count:>room$}"));
        }
    }

    fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// Returns the texts about replaced workers. Workers that ended in the same way share one line.
fn collapsed(replaced: &[Replaced]) -> Vec<String> {
    let mut reasons: Vec<&str> = Vec::new();
    for worker in replaced {
        if !reasons.contains(&worker.reason.as_str()) {
            reasons.push(&worker.reason);
        }
    }
    let mut lines = Vec::new();
    for reason in reasons {
        let alike: Vec<_> = replaced.iter().filter(|worker| worker.reason == reason).collect();
        if alike.len() <= MAXIMUM_ALIKE {
            lines.extend(alike.iter().map(ToString::to_string));
            continue;
        }
        let at = |worker: Option<&&Replaced>| worker.and_then(|worker| worker.task.clone());
        let places = match (at(alike.first()), at(alike.last())) {
            (Some(first), Some(last)) => format!("; the first at {first}, the last at {last}"),
            _ => String::new(),
        };
        lines.push(format!("{} workers: {reason}{places}", alike.len()));
    }
    lines
}

/// Returns the labels with their numbers of events. Labels with a number at the end are summed up
/// by kind.
fn grouped(labels: &Counter) -> Vec<(String, u64)> {
    let mut kinds: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for (label, events) in labels {
        if let Some(kind) = kind(label) {
            let (count, sum) = kinds.entry(kind).or_default();
            *count += 1;
            *sum += events;
        }
    }
    kinds.retain(|_, (count, _)| *count > MAXIMUM_OF_A_KIND);
    let alone = labels.iter().filter(|(label, _)| kind(label).is_none_or(|kind| !kinds.contains_key(kind)));
    let mut all: Vec<_> = alone.map(|(label, events)| (label.clone(), *events)).collect();
    all.extend(
        kinds
            .iter()
            .map(|(kind, (count, sum))| (format!("{kind}… ({} labels)", number(*count as u64)), *sum)),
    );
    all.sort();
    all
}

/// Returns the part of a label before the number at its end.
fn kind(label: &str) -> Option<&str> {
    let kind = label.trim_end_matches(|c: char| c.is_ascii_digit());
    (kind.len() < label.len() && kind.ends_with('_')).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_labels_are_summed_up() {
        let mut labels: Counter = (0..20).map(|n| (format!("session_{n}"), 2)).collect();
        labels.insert("login".into(), 3);
        labels.insert("stage_2".into(), 4);
        let grouped = grouped(&labels);
        assert_eq!(
            grouped,
            [("login".into(), 3), ("session_… (20 labels)".into(), 40), ("stage_2".into(), 4)]
        );
    }

    #[test]
    fn many_workers_that_ended_alike_are_one_line() {
        let replaced = |pid, reason: &str| Replaced {
            pid: Some(pid),
            reason: reason.into(),
            task: Some(format!("events {pid} to {pid}")),
        };
        let few: Vec<_> = (1..=3).map(|pid| replaced(pid, "was killed by SIGKILL")).collect();
        assert_eq!(collapsed(&few).len(), 3);
        assert_eq!(collapsed(&few)[0], "worker 1 was killed by SIGKILL at events 1 to 1");
        let mut many: Vec<_> = (1..=4).map(|pid| replaced(pid, "was killed by SIGKILL")).collect();
        many.insert(1, replaced(9, "ended with exit status 7"));
        assert_eq!(
            collapsed(&many),
            [
                "4 workers: was killed by SIGKILL; the first at events 1 to 1, the last at events 4 to 4",
                "worker 9 ended with exit status 7 at events 9 to 9"
            ]
        );
    }

    #[test]
    fn narrow_terminals() {
        let mut page = Page::new(40);
        page.head("/cases/a.plaso: 4,547 events analysed in 0.13 s");
        page.line("labels", "4,547 events have at least one of 22 labels");
        page.count("a_label", 12, "  high      Why");
        page.count("a_label_that_is_rather_long_for_that", 1_234_567, "");
        let expected = "\
/cases/a.plaso: 4,547 events analysed in
0.13 s
  labels           4,547 events have at
                   least one of 22
                   labels
    a_label                           12
    a_label_that_is_rather_long_for_that
                               1,234,567";
        assert_eq!(page.text(), expected);
    }
}
