//! `sessionize`: gives all events of a session one label. There is no long pause within a session.
//!
//! Sessions depend on the order of times, but a task sees only a part of the events. So an event is
//! deferred by its time. Each task passes on only the times that are needed to see the pauses, and
//! the reduce step finds the sessions in the times of all tasks.

use events::{AttributeNames, EventView, Key, KeyLabel, Label, Note, Reduced};
use filter::Reads;

use crate::description::{OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;

const MAXIMUM_PAUSE: OptionDescription = OptionDescription::new(
    "--maximum-pause",
    OptionKind::Number { name: "MINUTES", minimum: 1, maximum: u32::MAX as u64 },
    "The longest pause within a session.",
)
.with_default("10");

pub(crate) const SPEC: Spec = Spec::new(
    PluginDescription {
        name: "sessionize",
        summary: "Gives events that follow each other without a long pause the label of one session.",
        reads: "The time of every event.",
        writes: "A label session_N for every event, N counting from 0 in the order of time.",
        options: &[MAXIMUM_PAUSE],
    },
    prepare,
);

fn prepare(
    settings: &Settings<'_>,
    _names: &mut AttributeNames,
    _context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let minutes = settings.number(&MAXIMUM_PAUSE)?;
    Ok(Box::new(Sessionize::new(u32::try_from(minutes).unwrap_or(u32::MAX))))
}

const MICROSECONDS_PER_MINUTE: i64 = 60_000_000;

pub(crate) struct Sessionize {
    /// The longest pause within a session, in microseconds.
    maximum_pause: i64,
    /// The number of events without a time since the last call of
    /// [`take_notes`](AnalysisPlugin::take_notes).
    without_time: u64,
    needs: Needs,
}

impl Sessionize {
    pub(crate) fn new(maximum_pause_minutes: u32) -> Self {
        Self {
            maximum_pause: i64::from(maximum_pause_minutes) * MICROSECONDS_PER_MINUTE,
            without_time: 0,
            needs: Needs { data_types: DataTypes::Any, reads: Reads::default() },
        }
    }
}

impl AnalysisPlugin for Sessionize {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        match event.event.timestamp {
            Some(time) => found.defer(Key::Time(time)),
            // An event without a time has no place in the order. psort skips it, too.
            None => self.without_time += 1,
        }
        Ok(())
    }

    fn take_notes(&mut self) -> Vec<Note> {
        let message = "events without a time are in no session".to_owned();
        let note = Note { message, count: std::mem::take(&mut self.without_time) };
        if note.count > 0 { vec![note] } else { Vec::new() }
    }

    fn reduces(&self) -> bool {
        true
    }

    /// Keeps the first time, then the last time within the pause after it, and so on from there.
    ///
    /// Where all times followed each other within the pause, the kept times do so, too. The first
    /// and the last time of each session are kept. A dropped time lies between two kept times that
    /// are at most one pause apart. So another task's time that is near the dropped time is also
    /// near a kept one. Therefore the sessions are the same, with about two times per pause instead
    /// of one per event.
    fn thin_keys(&self, keys: &mut Vec<Key>) {
        let mut kept: Vec<Key> = Vec::new();
        let mut last_kept = i64::MIN;
        for (position, key) in keys.iter().enumerate() {
            let (Key::Time(time), next) = (key, keys.get(position + 1)) else { continue };
            let can_be_left_out = match next {
                Some(Key::Time(next)) => {
                    !kept.is_empty() && next.saturating_sub(last_kept) <= self.maximum_pause
                }
                _ => false,
            };
            if !can_be_left_out {
                last_kept = *time;
                kept.push(key.clone());
            }
        }
        *keys = kept;
    }

    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        let mut session: Option<(i64, i64)> = None;
        let mut number = 0_u64;
        while let Some(key) = input.next_key()? {
            let Key::Time(time) = key else { continue };
            session = Some(match session {
                Some((first, last)) if time <= last.saturating_add(self.maximum_pause) => (first, time),
                Some(ended) => {
                    write_session(input, ended, number)?;
                    number += 1;
                    (time, time)
                }
                None => (time, time),
            });
        }
        if let Some(last) = session {
            write_session(input, last, number)?;
        }
        Ok(Reduced::default())
    }
}

fn write_session(
    input: &mut dyn ReduceInput,
    (first, last): (i64, i64),
    number: u64,
) -> Result<(), PluginError> {
    let label = Label::new(&format!("session_{number}")).expect("letters, digits and an underscore");
    input.label(KeyLabel { first: Key::Time(first), last: Key::Time(last), label })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use testing::ReduceMemory;

    fn reduce(plugin: &mut Sessionize, keys: Vec<Key>) -> Vec<(i64, i64, String)> {
        let mut memory = ReduceMemory::of_keys(keys);
        plugin.reduce(&mut memory).unwrap();
        let sessions = memory.labels.into_iter().map(|KeyLabel { first, last, label }| match (first, last) {
            (Key::Time(first), Key::Time(last)) => (first, last, label.as_str().to_owned()),
            _ => panic!("not a time"),
        });
        sessions.collect()
    }

    fn minutes(times: &[i64]) -> Vec<Key> {
        times.iter().map(|minute| Key::Time(minute * MICROSECONDS_PER_MINUTE)).collect()
    }

    #[test]
    fn a_session_ends_after_a_longer_pause() {
        let mut plugin = Sessionize::new(10);
        let sessions = reduce(&mut plugin, minutes(&[0, 10, 20, 31, 50]));
        let labels: Vec<_> = sessions
            .iter()
            .map(|(first, last, label)| {
                (first / MICROSECONDS_PER_MINUTE, last / MICROSECONDS_PER_MINUTE, label.as_str())
            })
            .collect();
        assert_eq!(labels, [(0, 20, "session_0"), (31, 31, "session_1"), (50, 50, "session_2")]);
    }

    #[test]
    fn extreme_times() {
        let keys = vec![Key::Time(i64::MIN), Key::Time(0), Key::Time(i64::MAX)];
        let mut plugin = Sessionize::new(u32::MAX);
        assert_eq!(reduce(&mut plugin, keys.clone()).len(), 3);
        let mut thin = keys.clone();
        plugin.thin_keys(&mut thin);
        assert_eq!(thin, keys);
    }

    proptest! {
        #[test]
        fn thinning_changes_no_session(tasks in prop::collection::vec(prop::collection::vec(-60_i64..600, 0..80), 0..5), pause in 0_u32..20) {
            let mut plugin = Sessionize::new(pause);
            let mut thinned = Vec::new();
            for times in &tasks {
                let mut keys = minutes(times);
                keys.sort();
                keys.dedup();
                plugin.thin_keys(&mut keys);
                thinned.extend(keys);
            }
            let all = tasks.iter().flat_map(|times| minutes(times)).collect();
            prop_assert_eq!(reduce(&mut plugin, thinned), reduce(&mut plugin, all));
        }

        #[test]
        fn thinning_leaves_two_times_a_pause(count in 2_usize..5_000) {
            let mut keys: Vec<Key> = (0..i64::try_from(count).unwrap()).map(|second| Key::Time(second * 1_000_000)).collect();
            Sessionize::new(10).thin_keys(&mut keys);
            prop_assert!(keys.len() <= count / 600 + 2, "{}", keys.len());
        }
    }
}
