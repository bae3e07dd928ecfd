//! `sessionize`: gives all events of a session one label. There is no long pause within a session.
//!
//! Sessions depend on the order of times, but a task sees only a part of the events. So an event is
//! deferred by its time. Each task passes on only the first and the last time of each slot, and the
//! reduce step finds the sessions in the times of all tasks.

use events::{AttributeNames, EventView, Key, KeyLabel, Label, Note, Reduced, Timestamp};
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

    /// A slot is as long as the longest pause within a session. So all times of one slot are in one
    /// session, and each longer pause is between the last time of one slot and the first time of
    /// another.
    fn time_slot(&self) -> Option<i64> {
        Some(self.maximum_pause.max(1))
    }

    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        let mut session: Option<(i64, i64)> = None;
        let mut number = 0_u64;
        while let Some(key) = input.next_key()? {
            let Key::Time(Timestamp(time)) = key else { continue };
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
    input.label(KeyLabel { first: Key::Time(Timestamp(first)), last: Key::Time(Timestamp(last)), label })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time_slots::TimeSlots;
    use proptest::prelude::*;
    use testing::ReduceMemory;

    fn reduce(plugin: &mut Sessionize, keys: Vec<Key>) -> Vec<(i64, i64, String)> {
        let mut memory = ReduceMemory::of_keys(keys);
        plugin.reduce(&mut memory).unwrap();
        let sessions = memory.labels.into_iter().map(|KeyLabel { first, last, label }| match (first, last) {
            (Key::Time(Timestamp(first)), Key::Time(Timestamp(last))) => {
                (first, last, label.as_str().to_owned())
            }
            _ => panic!("not a time"),
        });
        sessions.collect()
    }

    fn minutes(times: &[i64]) -> Vec<Key> {
        times.iter().map(|minute| Key::Time(Timestamp(minute * MICROSECONDS_PER_MINUTE))).collect()
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
        let keys = [i64::MIN, 0, i64::MAX].map(|time| Key::Time(Timestamp(time))).to_vec();
        let mut plugin = Sessionize::new(u32::MAX);
        assert_eq!(reduce(&mut plugin, keys.clone()).len(), 3);
        let left = thinned(&plugin, &keys);
        assert_eq!(reduce(&mut plugin, left).len(), 3);
    }

    /// The times that are left of these in the slots of the plugin.
    fn thinned(plugin: &Sessionize, keys: &[Key]) -> Vec<Key> {
        let mut slots = TimeSlots::new(plugin.time_slot().unwrap());
        for key in keys {
            match key {
                Key::Time(time) => slots.add(*time),
                Key::Text(_) => panic!("not a time"),
            }
        }
        slots.take().into_iter().map(Key::Time).collect()
    }

    /// Times of several tasks: close together, years apart, and at both ends of time.
    fn tasks() -> impl Strategy<Value = Vec<Vec<i64>>> {
        let minutes = (-60_i64..600).prop_map(|minute| minute * MICROSECONDS_PER_MINUTE);
        let close = -60 * MICROSECONDS_PER_MINUTE..600 * MICROSECONDS_PER_MINUTE;
        let scattered = -(1_i64 << 50)..1 << 50;
        let extreme = prop_oneof![i64::MIN..i64::MIN + 1_000, i64::MAX - 1_000..=i64::MAX];
        let time = prop_oneof![4 => minutes, 4 => close, 1 => scattered, 1 => extreme];
        prop::collection::vec(prop::collection::vec(time, 0..80), 0..5)
    }

    proptest! {
        /// Whether the times of all tasks are thinned, only those of each task, or those of each
        /// task and then those of all or of some tasks together: the sessions are the same.
        #[test]
        fn thinning_changes_no_session(tasks in tasks(), pause in 0_u32..20, together in 0_usize..5) {
            let mut plugin = Sessionize::new(pause);
            let tasks: Vec<Vec<Key>> = tasks.iter().map(|times| times.iter().map(|time| Key::Time(Timestamp(*time))).collect()).collect();
            let expected = reduce(&mut plugin, tasks.concat());
            let of_each: Vec<_> = tasks.iter().map(|keys| thinned(&plugin, keys)).collect();
            let (some, rest) = of_each.split_at(together.min(of_each.len()));
            let of_some = [thinned(&plugin, &some.concat()), rest.concat()].concat();
            let of_all = thinned(&plugin, &of_each.concat());
            for keys in [thinned(&plugin, &tasks.concat()), of_each.concat(), of_some, of_all] {
                prop_assert_eq!(&reduce(&mut plugin, keys), &expected);
            }
        }

        #[test]
        fn thinning_leaves_two_times_a_pause(count in 2_usize..5_000) {
            let keys: Vec<Key> = (0..i64::try_from(count).unwrap()).map(|second| Key::Time(Timestamp(second * 1_000_000))).collect();
            let left = thinned(&Sessionize::new(10), &keys).len();
            prop_assert!(left <= 2 * (count / 600 + 1), "{left}");
        }
    }
}
