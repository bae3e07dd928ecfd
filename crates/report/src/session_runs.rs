//! Tells whether the labels of sessions in a store are of one run of the sessionize plugin.
//!
//! Each run counts its sessions from 0, and Plaso keeps the labels of earlier runs. So after two
//! runs with different pauses or filters, the events of `session_3` are of two sessions, and their
//! first and last time enclose a session that no run has found.

use std::collections::BTreeSet;

use events::{PluginConfig, Setting, Shown as _};
use rustc_hash::FxHashMap;
use storage::{ReportHead, StorageError, Store};

use crate::Time;
use crate::info::RunFacts;
use crate::labels::session_number;
use crate::words::number;

/// The plugin that gives the labels.
const SESSIONIZE: &str = "sessionize";
/// The option for the longest pause within a session, and its default in minutes.
const MAXIMUM_PAUSE: (&str, u64) = ("--maximum-pause", 10);
const OF_SEVERAL_RUNS: &str = "are of several runs of sessionize with different pauses or filters: each run counts its \
                               sessions from 0, so the events of one label are of several sessions";
/// The maximum number of runs that a note names.
const MAXIMUM_NAMED: usize = 5;

/// What was counted of the labels of sessions in a store.
pub(crate) struct StoredSessions {
    /// How many events each session has, by its number.
    pub(crate) events: FxHashMap<u64, u64>,
    /// Whether an event is in two sessions.
    pub(crate) in_two: bool,
    /// Whether all labels of the store were counted.
    pub(crate) complete: bool,
}

impl StoredSessions {
    /// Returns whether the labels are of several runs with different pauses or filters. If they are
    /// of one run, its report, which is the newest, counts what the store has.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn are_of_several_runs(&self, store: &Store) -> Result<bool, StorageError> {
        if self.in_two || self.events.is_empty() {
            return Ok(self.in_two);
        }
        let (mut counted, mut differs) = (BTreeSet::new(), false);
        if self.complete {
            visit_newest_counts(store, |number, events| {
                counted.insert(number);
                differs |= self.events.get(&number) != Some(&events);
            })?;
        }
        // A report of old versions of Plaso has no counts.
        Ok(!counted.is_empty() && (differs || counted.len() != self.events.len()))
    }
}

/// Returns a note if one of these labels, each with the number of all its events in the store, is
/// of sessions of several runs.
///
/// # Errors
///
/// If the store cannot be read.
pub(crate) fn note_of_labels<'l>(
    store: &Store,
    labels: impl Iterator<Item = (&'l str, u64)>,
) -> Result<Option<String>, StorageError> {
    let mut sessions: FxHashMap<u64, u64> =
        labels.filter_map(|(label, events)| Some((session_number(label)?, events))).collect();
    if sessions.is_empty() {
        return Ok(None);
    }
    let mut has_counts = false;
    visit_newest_counts(store, |number, events| {
        has_counts = true;
        if sessions.get(&number) == Some(&events) {
            sessions.remove(&number);
        }
    })?;
    Ok((has_counts && !sessions.is_empty()).then(|| format!("labels of sessions {OF_SEVERAL_RUNS}")))
}

/// Calls `visit` for each session that the newest report of the plugin counts, with its events.
/// Calls it for none if a report cannot be read, because that one may be the newest.
fn visit_newest_counts(store: &Store, mut visit: impl FnMut(u64, u64)) -> Result<(), StorageError> {
    let (heads, unreadable) = store.report_heads()?;
    if let Some(newest) = newest(&heads).filter(|_| unreadable.is_empty()) {
        store.visit_report_counts(newest.row, |label, events| {
            session_number(label).into_iter().for_each(|number| visit(number, events));
        })?;
    }
    Ok(())
}

fn newest(heads: &[ReportHead]) -> Option<&ReportHead> {
    heads.iter().find(|head| head.plugin_name == SESSIONIZE)
}

/// Returns the note about sessions of several runs, which names these runs.
pub(crate) fn note(runs: &[RunFacts]) -> String {
    let runs: Vec<_> = runs.iter().filter(|run| run.command_line.contains(SESSIONIZE)).collect();
    let mut note = format!(
        "the labels session_… {OF_SEVERAL_RUNS}, and the lengths of these sessions are not known; for sessions of one run, \
         analyse a fresh copy of the storage file"
    );
    if !runs.is_empty() {
        let named: Vec<_> = runs.iter().take(MAXIMUM_NAMED).map(|run| in_words(run)).collect();
        note += &format!("; the runs: {}", named.join(", "));
        if runs.len() > named.len() {
            note += &format!(" and {} more", number((runs.len() - named.len()) as u64));
        }
    }
    note
}

fn in_words(run: &RunFacts) -> String {
    format!("{} at {} ({})", run.product, run.start, run.command_line)
}

/// Returns a warning if a run of these plugins adds sessions to those of an earlier run that had,
/// or may have had, another pause or filter. `filter` is the filter as a report names it.
///
/// # Errors
///
/// If the store cannot be read.
pub fn warning_of_earlier_sessions(
    store: &Store,
    plugins: &[PluginConfig],
    filter: Option<&str>,
) -> Result<Option<String>, StorageError> {
    let Some(plugin) = plugins.iter().find(|plugin| plugin.name() == SESSIONIZE) else { return Ok(None) };
    let pause = match plugin.get("maximum_pause") {
        Some(Setting::Number(minutes)) => *minutes,
        _ => MAXIMUM_PAUSE.1,
    };
    let (heads, _) = store.report_heads()?;
    let Some(earlier) = newest(&heads) else { return Ok(None) };
    let same = |text: Option<&str>| text.map(str::trim).unwrap_or_default().to_owned();
    let differs = if same(earlier.event_filter.as_deref()) == same(filter) {
        match earlier_pause(store)? {
            Some(minutes) if minutes == pause => return Ok(None),
            Some(minutes) => format!("had --maximum-pause {minutes}, and this run has {pause}"),
            None => "may have had another --maximum-pause".to_owned(),
        }
    } else {
        match &earlier.event_filter {
            Some(filter) => format!("had another filter ({})", filter.shown()),
            None => "had no filter".to_owned(),
        }
    };
    Ok(Some(format!(
        "the storage file has sessions of a run of sessionize on {}, which {differs}; its labels are kept, so session_0 and \
         so on will be of several sessions; for sessions of one run, analyse a fresh copy of the storage file",
        Time(earlier.time_compiled)
    )))
}

/// Returns the pause of the last run of the plugin, in minutes, if its command line says so.
fn earlier_pause(store: &Store) -> Result<Option<u64>, StorageError> {
    let mut last = None;
    store.visit_sessions(|session| {
        if session.command_line_arguments.contains(SESSIONIZE) {
            last = Some(session.command_line_arguments);
        }
    })?;
    Ok(last.and_then(|line| pause_of(&line)))
}

/// Returns the pause that a command line asks for, in minutes.
fn pause_of(command_line: &str) -> Option<u64> {
    let words: Vec<_> = command_line.split_whitespace().map(|word| word.trim_matches(['\'', '"'])).collect();
    let at =
        words.iter().rposition(|word| word.starts_with("--maximum-p") || word.starts_with("--maximum_p"));
    let Some(at) = at else { return Some(MAXIMUM_PAUSE.1) };
    let value = words[at].split_once('=').map(|(_, value)| value);
    value.or_else(|| words.get(at + 1).copied())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_of_a_command_line() {
        for (line, pause) in [
            ("psort.py --analysis sessionize -o null a.plaso", Some(10)),
            ("foreman analyze --analysis sessionize --maximum-pause 30 a.plaso", Some(30)),
            ("foreman analyze --analysis sessionize '--maximum-pause=7' a.plaso", Some(7)),
            ("psort --analysis sessionize --maximum-p 4 a.plaso", Some(4)),
            ("psort --analysis sessionize --maximum-pause", None),
            ("psort --analysis sessionize --maximum-pause ten a.plaso", None),
        ] {
            assert_eq!(pause_of(line), pause, "{line}");
        }
    }
}
