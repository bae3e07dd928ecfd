//! Matching records as keys that sort by time.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use events::{EventView, Timestamp};

/// The most bytes of a part of a record's identity, or of a value. Windows has far shorter parts.
const LONGEST_PART: usize = 256;

/// What stands in the place of the time if there is none. It sorts before all times.
const NO_TIME: &str = "-";

/// Separates rules from one another, and a rule from its values.
const RULE: char = '\u{1e}';
const VALUE: char = '\u{1f}';

/// A value of a field, or `None` if the record does not have the field.
pub(crate) type FieldValue = Option<Box<str>>;

/// A record that rules match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MatchedRecord {
    pub(crate) time: Option<Timestamp>,
    /// What all copies of the record have in common.
    pub(crate) identity: Box<str>,
    /// Whether this is a copy that Plaso recovered. Its fields may be shifted.
    pub(crate) is_recovered: bool,
    /// The positions of the rules, each with the values of its fields.
    pub(crate) rules: Vec<(usize, Vec<FieldValue>)>,
}

impl MatchedRecord {
    /// Returns the key. Keys sort by time, then by identity. Recovered copies of a record come
    /// after all others.
    pub(crate) fn key(&self) -> String {
        let time = self.time.map_or_else(|| NO_TIME.to_owned(), |time| format!("{:016x}", ascending(time)));
        let mut key = format!("{time}\t{}\t{}\t", self.identity, u8::from(self.is_recovered));
        for (position, (rule, values)) in self.rules.iter().enumerate() {
            if position > 0 {
                key.push(RULE);
            }
            key += &rule.to_string();
            for value in values {
                key.push(VALUE);
                if let Some(value) = value {
                    key.push('+');
                    key += &within_key(value);
                }
            }
        }
        key
    }

    /// Reads a key, or returns `None` if the text is none.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        let mut parts = key.splitn(4, '\t');
        let (time, identity, recovered, rules) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let time = match time {
            NO_TIME => None,
            digits => Some(of_ascending(u64::from_str_radix(digits, 16).ok()?)),
        };
        let rule = |text: &str| {
            let mut parts = text.split(VALUE);
            let rule = parts.next()?.parse().ok()?;
            Some((rule, parts.map(|value| value.strip_prefix('+').map(Into::into)).collect()))
        };
        let rules = rules.split(RULE).map(rule).collect::<Option<_>>()?;
        Some(Self { time, identity: identity.into(), is_recovered: recovered == "1", rules })
    }
}

/// Returns a number that is larger for later times.
fn ascending(Timestamp(time): Timestamp) -> u64 {
    time.cast_unsigned() ^ (1 << 63)
}

fn of_ascending(number: u64) -> Timestamp {
    Timestamp((number ^ (1 << 63)).cast_signed())
}

/// Returns a value without the characters that have a meaning in a key. Of a long value, the
/// beginning and a number that stands for the whole are left.
fn within_key(value: &str) -> String {
    let clean = |text: &str| text.replace(['\t', RULE, VALUE], " ");
    if value.len() <= LONGEST_PART {
        return clean(value);
    }
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{}… {:016x}", clean(beginning(value)), hasher.finish())
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_PART)]
}

/// Returns the time of a record, and a text that all its copies have in common. A record of a
/// Windows event log is two events, and Plaso also stores copies that it recovers: they have the
/// same computer, channel, number and time. Any other event is a record of its own.
pub(crate) fn identity(event: &EventView<'_>, xml: Option<&str>) -> (Option<Timestamp>, Box<str>) {
    let of_event = event.event.timestamp.filter(|time| time.is_usable());
    if let Some(xml) = xml {
        let number = between(xml, "<EventRecordID>", "<");
        if !number.is_empty() {
            let time = between(xml, "<TimeCreated SystemTime=\"", "\"");
            let (computer, channel) = (between(xml, "<Computer>", "<"), between(xml, "<Channel>", "<"));
            let created = filter::parse_date_time(&time).and_then(|time| i64::try_from(time).ok());
            let of_record = match created.map(Timestamp) {
                Some(created) => Some(created).filter(|time| time.is_usable()),
                None => of_event,
            };
            let parts = [computer, channel, number, time].join("\u{1f}");
            return (of_record, parts.into());
        }
    }
    (of_event, format!("event {}", event.event.id).into())
}

/// Returns the text between two others, without tabs, which separate the parts of a key.
fn between(text: &str, start: &str, end: &str) -> String {
    let after = text.split_once(start).map_or("", |(_, after)| after);
    let found = after.split_once(end).map_or("", |(found, _)| found);
    beginning(found).replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use events::AttributeNames;
    use testing::Sample;

    use super::*;

    fn record(time: Option<i64>, identity: &str) -> MatchedRecord {
        let value = |text: &str| Some(text.into());
        let rules = vec![(3, vec![value("a b"), None, value("")]), (17, Vec::new())];
        MatchedRecord { time: time.map(Timestamp), identity: identity.into(), is_recovered: false, rules }
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        for time in [None, Some(i64::MIN), Some(-1), Some(0), Some(i64::MAX)] {
            for is_recovered in [false, true] {
                let record = MatchedRecord { is_recovered, ..record(time, "computer\u{1f}channel") };
                assert_eq!(MatchedRecord::of_key(&record.key()), Some(record));
            }
        }
        for text in ["", "x", "-\ta", "-\ta\t0", "-\ta\t0\tx", "g\ta\t0\t1"] {
            assert_eq!(MatchedRecord::of_key(text), None, "{text}");
        }
    }

    #[test]
    fn keys_sort_by_time() {
        let times = [None, Some(i64::MIN), Some(-2), Some(-1), Some(0), Some(1), Some(i64::MAX)];
        let keys: Vec<_> =
            times.iter().flat_map(|time| ["a", "b"].map(|identity| record(*time, identity).key())).collect();
        assert!(keys.is_sorted(), "{keys:#?}");
    }

    /// A time that says nothing must not put all such records into one window.
    #[test]
    fn the_time_of_a_record_is_the_one_when_it_was_made() {
        let made = |created: &str| {
            let xml = format!(
                "<TimeCreated SystemTime=\"{created}\"/><EventRecordID>7</EventRecordID><Computer>c</Computer>"
            );
            Sample::new("").look(&AttributeNames::default(), |event| identity(event, Some(&xml)).0)
        };
        let of_event = Sample::new("").timestamp;
        for (created, expected) in [
            ("2020-01-01T00:00:00.500000Z", Some(Timestamp(1_577_836_800_500_000))),
            ("1601-01-01T00:00:00.000000Z", None),
            ("1970-01-01T00:00:00.000000Z", None),
            ("no time", Some(of_event)),
            ("", Some(of_event)),
        ] {
            assert_eq!(made(created), expected, "{created}");
        }
    }

    #[test]
    fn values_cannot_break_a_key() {
        assert_eq!(within_key("a\tb\u{1e}c\u{1f}d"), "a b c d");
        let (long, longer) = ("é".repeat(1_000), "é".repeat(1_001));
        assert!(within_key(&long).len() < 300);
        assert_ne!(within_key(&long), within_key(&longer));
    }
}
