//! The closing summary of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use events::Counter;
use storage::merge::Merged;

use crate::view::{bytes, duration, number};

/// Labels that end in a number (`session_17`) are summed up when there are more of a kind than this.
const MAXIMUM_OF_A_KIND: usize = 10;
/// Things set aside that are shown one by one.
const MAXIMUM_SET_ASIDE: usize = 20;

/// What the summary says beyond what was merged.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) store: &'a str,
    pub(crate) merged: &'a Merged,
    pub(crate) dry_run: bool,
    pub(crate) elapsed: Duration,
    pub(crate) workers: usize,
    pub(crate) replaced: &'a [String],
    pub(crate) foreman_memory: u64,
    pub(crate) worker_memory: u64,
}

/// The summary as text.
pub(crate) fn summary(run: &Run<'_>) -> String {
    let Run { store, merged, dry_run, elapsed, workers, replaced, foreman_memory, worker_memory } = run;
    let Merged {
        events,
        filtered,
        tagged,
        labels,
        labels_added,
        unreadable_tags,
        reports,
        warnings,
        set_aside,
        notes,
    } = merged;
    let mut lines = vec![format!("{store}: {} events analysed in {}", number(*events), duration(*elapsed))];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<16} {value}"));
    line("filtered", number(*filtered));
    line("tagged", format!("{} events, {} new labels", number(*tagged), number(*labels_added)));
    for (label, events) in grouped(labels) {
        line("", format!("{label:<40} {:>12}", number(events)));
    }
    let plugins: Vec<_> = reports.iter().map(|report| report.plugin_name.as_str()).collect();
    line("reports", plugins.join(", "));
    line("warnings", number(*warnings));
    line("workers", format!("{workers}, {} replaced", replaced.len()));
    line("peak memory", format!("foreman {}, worker {}", bytes(*foreman_memory), bytes(*worker_memory)));
    for reason in *replaced {
        line("replaced", reason.clone());
    }
    for aside in set_aside.iter().take(MAXIMUM_SET_ASIDE) {
        line("set aside", aside.to_string());
    }
    if set_aside.len() > MAXIMUM_SET_ASIDE {
        line(
            "set aside",
            format!("and {} more; see the analysis warnings", set_aside.len() - MAXIMUM_SET_ASIDE),
        );
    }
    if *unreadable_tags > 0 {
        line(
            "left alone",
            format!("{} stored event tags whose labels are not a list of texts", number(*unreadable_tags)),
        );
    }
    for note in notes {
        line("note", format!("{} ({} times)", note.message, number(note.count)));
    }
    if *dry_run {
        lines.push("Nothing was written: this was a dry run.".into());
    }
    lines.join("\n")
}

/// The labels with their numbers of events, numbered ones summed up by kind.
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

/// What comes before the number at the end of a label.
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
}
