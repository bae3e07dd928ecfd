//! The labels that a reduce step gave to keys, as the merge looks them up for millions of events.

use std::collections::HashMap;

use events::{Counter, Key, KeyLabel, Timestamp};
use rusqlite::types::ValueRef;

use crate::StorageError;
use crate::label_set::LabelNumber;
use crate::label_table::{LabelTable, count};
use crate::task_store::{TaskStore, label};

/// Labels of keys are held in memory if they take no more than about this, in bytes; otherwise each
/// is looked up in the task store.
const MOST_MEMORY: f64 = (64 << 20) as f64;
/// What a key takes beside its text, in bytes.
const KEY_OVERHEAD: f64 = 64.0;

/// The labels of one plugin's keys.
pub(crate) struct KeyLabels {
    store: TaskStore,
    labels: Labels,
    /// Events that got each label.
    counts: Vec<u64>,
}

enum Labels {
    /// Ranges of times, in their order, and the position of the one that was found last: events
    /// that follow each other are often of one range.
    Times(Vec<(i64, i64, LabelNumber)>, usize),
    /// Single texts. They come from the store, which may choose those that a quick hash cannot tell
    /// apart.
    Texts(HashMap<Box<str>, LabelNumber>),
    /// Those of the task store, and the range that was found last.
    Stored(Option<(KeyLabel, LabelNumber)>),
}

impl KeyLabels {
    /// The labels that the task store of a reduce step has.
    pub(crate) fn new(store: TaskStore, table: &mut LabelTable) -> Result<Self, StorageError> {
        let mut size = 0.0;
        let sql = format!("SELECT total(length(first_key) + {KEY_OVERHEAD}) FROM key_label");
        store.each("key_label", &sql, [], |row| {
            size = row.get(0)?;
            Ok(())
        })?;
        let labels = if size <= MOST_MEMORY { load(&store, table)? } else { Labels::Stored(None) };
        Ok(Self { store, labels, counts: Vec::new() })
    }

    /// The label of a key, which counts as given to an event.
    pub(crate) fn label_of(
        &mut self,
        key: ValueRef<'_>,
        table: &mut LabelTable,
    ) -> Result<Option<LabelNumber>, StorageError> {
        let found = match (&mut self.labels, key) {
            (Labels::Times(ranges, last), ValueRef::Integer(time)) => range_of(ranges, last, time),
            (Labels::Texts(texts), ValueRef::Text(text)) => {
                std::str::from_utf8(text).ok().and_then(|text| texts.get(text)).copied()
            }
            (Labels::Stored(last), key) => stored_label(&self.store, last, &to_key(key), table)?,
            // Keys of one plugin are of one kind.
            _ => None,
        };
        if let Some(label) = found {
            count(&mut self.counts, label);
        }
        Ok(found)
    }

    /// Adds the events that got each label to a plugin's counts.
    pub(crate) fn add_counts(&self, table: &LabelTable, counter: &mut Counter) {
        for (label, &count) in table.iter().zip(&self.counts) {
            if count > 0 {
                *counter.entry(label.to_owned()).or_default() += count;
            }
        }
    }

    /// The task store, for what else is in it.
    pub(crate) fn into_store(self) -> TaskStore {
        self.store
    }
}

fn load(store: &TaskStore, table: &mut LabelTable) -> Result<Labels, StorageError> {
    let (mut times, mut texts) = (Vec::new(), HashMap::new());
    let mut others = false;
    let sql = "SELECT first_key, last_key, label FROM key_label ORDER BY first_key";
    store.each("key_label", sql, [], |row| {
        let number = table.number(&label(row.get_ref(2)?.as_str()?)?);
        match (row.get_ref(0)?, row.get_ref(1)?) {
            (ValueRef::Integer(first), ValueRef::Integer(last)) => times.push((first, last, number)),
            (first @ ValueRef::Text(_), last) if first == last => {
                texts.insert(first.as_str()?.into(), number);
            }
            _ => others = true,
        }
        Ok(())
    })?;
    Ok(match (others, times.is_empty(), texts.is_empty()) {
        (false, _, true) => Labels::Times(times, 0),
        (false, true, false) => Labels::Texts(texts),
        _ => Labels::Stored(None),
    })
}

fn range_of(ranges: &[(i64, i64, LabelNumber)], last_found: &mut usize, time: i64) -> Option<LabelNumber> {
    let holds = |&(first, last, _): &(i64, i64, LabelNumber)| first <= time && time <= last;
    if !ranges.get(*last_found).is_some_and(holds) {
        *last_found = ranges.partition_point(|&(first, ..)| first <= time).checked_sub(1)?;
    }
    ranges.get(*last_found).filter(|range| holds(range)).map(|&(.., label)| label)
}

fn stored_label(
    store: &TaskStore,
    last: &mut Option<(KeyLabel, LabelNumber)>,
    key: &Key,
    table: &mut LabelTable,
) -> Result<Option<LabelNumber>, StorageError> {
    if last.as_ref().is_none_or(|(range, _)| *key < range.first || range.last < *key) {
        *last = store.label_of(key)?.map(|range| {
            let number = table.number(&range.label);
            (range, number)
        });
    }
    Ok(last.as_ref().map(|(_, number)| *number))
}

fn to_key(value: ValueRef<'_>) -> Key {
    match value {
        ValueRef::Integer(time) => Key::Time(Timestamp(time)),
        other => Key::Text(other.as_bytes().map(String::from_utf8_lossy).unwrap_or_default().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task_store::{Origin, TaskHeader, TaskStep, TaskStoreWriter};
    use events::Label;

    /// The labels of these ranges, as they are held and as they are looked up in the task store.
    fn both(ranges: &[(Key, Key, &str)]) -> [(KeyLabels, LabelTable); 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.sqlite");
        let header = TaskHeader {
            origin: Origin::default(),
            task: 0,
            plugins: vec!["p".into()],
            step: TaskStep::Reduce("p".into()),
        };
        let writer = TaskStoreWriter::create(&path, &header).unwrap();
        for (first, last, label) in ranges {
            let label = Label::new(label).unwrap();
            writer.add_label(&KeyLabel { first: first.clone(), last: last.clone(), label }).unwrap();
        }
        writer.finish().unwrap();
        [false, true].map(|stored| {
            let mut table = LabelTable::default();
            let mut labels =
                KeyLabels::new(TaskStore::open(&path, &Origin::default()).unwrap(), &mut table).unwrap();
            assert!(!matches!(labels.labels, Labels::Stored(_)));
            if stored {
                labels.labels = Labels::Stored(None);
            }
            (labels, table)
        })
    }

    fn assert_found(ranges: &[(Key, Key, &str)], wanted: &[(ValueRef<'_>, Option<&str>)]) {
        for (mut labels, mut table) in both(ranges) {
            // Forth and back, so that what was found last is of no help.
            for (key, label) in wanted.iter().chain(wanted.iter().rev()) {
                let found = labels.label_of(*key, &mut table).unwrap();
                assert_eq!(found.map(|number| table.text(number)), *label, "{key:?}");
            }
            let mut counter = Counter::new();
            labels.add_counts(&table, &mut counter);
            let expected = 2 * wanted.iter().filter(|(_, label)| label.is_some()).count() as u64;
            assert_eq!(counter.values().sum::<u64>(), expected);
        }
    }

    #[test]
    fn times() {
        let time = |first, last, label| (Key::Time(Timestamp(first)), Key::Time(Timestamp(last)), label);
        let ranges = [time(-5, 5, "a"), time(6, 6, "b"), time(10, i64::MAX, "a")];
        let wanted =
            [(-6, None), (-5, Some("a")), (5, Some("a")), (6, Some("b")), (7, None), (i64::MAX, Some("a"))];
        assert_found(&ranges, &wanted.map(|(time, label)| (ValueRef::Integer(time), label)));
        assert_found(&[], &[(ValueRef::Integer(0), None)]);
    }

    #[test]
    fn texts() {
        let text = |text: &str, label| (Key::Text(text.into()), Key::Text(text.into()), label);
        let wanted = [("", None), ("aa", Some("x")), ("ab", None), ("é", Some("y"))];
        let wanted = wanted.map(|(key, label)| (ValueRef::Text(key.as_bytes()), label));
        assert_found(&[text("aa", "x"), text("é", "y")], &wanted);
    }
}
