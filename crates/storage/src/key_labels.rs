//! The labels that a reduce step gave to keys, as the merge looks them up for millions of events.

use std::collections::{BTreeMap, HashMap};

use events::{Counter, Key, Timestamp};
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

/// The position of some labels in the list of all that keys have together.
type SetNumber = u32;

/// The labels of one plugin's keys.
pub(crate) struct KeyLabels {
    store: TaskStore,
    labels: Labels,
    /// The labels that a key has, for each set of labels that some key has.
    sets: Vec<Vec<LabelNumber>>,
    /// Events that got each label.
    counts: Vec<u64>,
}

enum Labels {
    /// Ranges of times, in their order, and the position of the one that was found last: events
    /// that follow each other are often of one range.
    Times(Vec<(i64, i64, SetNumber)>, usize),
    /// Single texts. They come from the store, which may choose those that a quick hash cannot tell
    /// apart.
    Texts(HashMap<Box<str>, SetNumber>),
    /// Those of the task store, and the range that was found last.
    Stored(Option<Range>),
}

/// The first and the last key of a range, and their labels.
type Range = (Key, Key, Vec<LabelNumber>);

impl KeyLabels {
    /// The labels that the task store of a reduce step has.
    pub(crate) fn new(store: TaskStore, table: &mut LabelTable) -> Result<Self, StorageError> {
        let mut size = 0.0;
        let sql = format!("SELECT total(length(first_key) + {KEY_OVERHEAD}) FROM key_label");
        store.each("key_label", &sql, [], |row| {
            size = row.get(0)?;
            Ok(())
        })?;
        let (labels, sets) =
            if size <= MOST_MEMORY { load(&store, table)? } else { (Labels::Stored(None), Vec::new()) };
        Ok(Self { store, labels, sets, counts: Vec::new() })
    }

    /// The labels of a key, which count as given to an event.
    pub(crate) fn labels_of(
        &mut self,
        key: ValueRef<'_>,
        table: &mut LabelTable,
    ) -> Result<&[LabelNumber], StorageError> {
        let set = match (&mut self.labels, key) {
            (Labels::Times(ranges, last), ValueRef::Integer(time)) => range_of(ranges, last, time),
            (Labels::Texts(texts), ValueRef::Text(text)) => {
                std::str::from_utf8(text).ok().and_then(|text| texts.get(text)).copied()
            }
            (Labels::Stored(last), key) => {
                let found = stored_labels(&self.store, last, &to_key(key), table)?;
                found.iter().for_each(|label| count(&mut self.counts, *label));
                return Ok(found);
            }
            // Keys of one plugin are of one kind.
            _ => None,
        };
        let found = set.map_or(&[][..], |set| &self.sets[set as usize]);
        found.iter().for_each(|label| count(&mut self.counts, *label));
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

fn load(store: &TaskStore, table: &mut LabelTable) -> Result<(Labels, Vec<Vec<LabelNumber>>), StorageError> {
    let mut loaded = Loaded::default();
    let sql = "SELECT first_key, last_key, label FROM key_label ORDER BY first_key, label";
    store.each("key_label", sql, [], |row| {
        let number = table.number(&label(row.get_ref(2)?.as_str()?)?);
        loaded.add(to_key(row.get_ref(0)?), to_key(row.get_ref(1)?), number);
        Ok(())
    })?;
    Ok(loaded.finish())
}

/// Ranges of keys as they come from the task store, those of one range one after the other.
#[derive(Default)]
struct Loaded {
    current: Option<Range>,
    times: Vec<(i64, i64, SetNumber)>,
    texts: HashMap<Box<str>, SetNumber>,
    has_others: bool,
    sets: BTreeMap<Vec<LabelNumber>, SetNumber>,
}

impl Loaded {
    fn add(&mut self, first: Key, last: Key, label: LabelNumber) {
        match &mut self.current {
            Some((known, known_last, labels)) if *known == first && *known_last == last => labels.push(label),
            _ => {
                self.end_range();
                self.current = Some((first, last, vec![label]));
            }
        }
    }

    fn end_range(&mut self) {
        let Some((first, last, labels)) = self.current.take() else { return };
        let next = SetNumber::try_from(self.sets.len()).unwrap_or(SetNumber::MAX);
        let set = *self.sets.entry(labels).or_insert(next);
        match (first, last) {
            (Key::Time(first), Key::Time(last)) => self.times.push((first.0, last.0, set)),
            (Key::Text(first), Key::Text(last)) if first == last => drop(self.texts.insert(first, set)),
            _ => self.has_others = true,
        }
    }

    fn finish(mut self) -> (Labels, Vec<Vec<LabelNumber>>) {
        self.end_range();
        let labels = match (self.has_others, self.times.is_empty(), self.texts.is_empty()) {
            (false, _, true) => Labels::Times(self.times, 0),
            (false, true, false) => Labels::Texts(self.texts),
            _ => Labels::Stored(None),
        };
        let mut sets: Vec<_> = self.sets.into_iter().collect();
        sets.sort_unstable_by_key(|(_, number)| *number);
        (labels, sets.into_iter().map(|(labels, _)| labels).collect())
    }
}

fn range_of(ranges: &[(i64, i64, SetNumber)], last_found: &mut usize, time: i64) -> Option<SetNumber> {
    let holds = |&(first, last, _): &(i64, i64, SetNumber)| first <= time && time <= last;
    if !ranges.get(*last_found).is_some_and(holds) {
        *last_found = ranges.partition_point(|&(first, ..)| first <= time).checked_sub(1)?;
    }
    ranges.get(*last_found).filter(|range| holds(range)).map(|&(.., set)| set)
}

fn stored_labels<'l>(
    store: &TaskStore,
    last: &'l mut Option<Range>,
    key: &Key,
    table: &mut LabelTable,
) -> Result<&'l [LabelNumber], StorageError> {
    if last.as_ref().is_none_or(|(first, last, _)| key < first || last < key) {
        let mut found = None;
        for label in store.labels_of(key)? {
            let (_, _, labels) = found.get_or_insert_with(|| (label.first, label.last, Vec::new()));
            labels.push(table.number(&label.label));
        }
        *last = found;
    }
    Ok(last.as_ref().map_or(&[], |(_, _, labels)| labels))
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
    use events::{KeyLabel, Label};

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
                let found = labels.labels_of(*key, &mut table).unwrap();
                let found: Vec<_> = found.iter().map(|number| table.text(*number)).collect();
                assert_eq!(found.join("+"), label.unwrap_or_default(), "{key:?}");
            }
            let mut counter = Counter::new();
            labels.add_counts(&table, &mut counter);
            let given =
                wanted.iter().flat_map(|(_, label)| label.iter().flat_map(|labels| labels.split('+')));
            let expected = 2 * given.count() as u64;
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
        let wanted = [("", None), ("aa", Some("x")), ("ab", None), ("b", Some("x+y+z")), ("é", Some("y"))];
        let wanted = wanted.map(|(key, label)| (ValueRef::Text(key.as_bytes()), label));
        // Several labels of a key, in any order, and one of them twice.
        let given = [("b", "z"), ("aa", "x"), ("b", "x"), ("é", "y"), ("b", "z"), ("b", "y")];
        assert_found(&given.map(|(key, label)| text(key, label)), &wanted);
    }
}
