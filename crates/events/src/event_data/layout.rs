//! The names that event data has, guessed from the event data before it.
//!
//! Event data that follow one another mostly have the same names in the same order. To compare what
//! is written between two values with what was written there before is faster than to read a name
//! and to look for its number.

use crate::AttributeId;

/// How many members are guessed, and how long what is written before a value may be. Others are
/// read.
const MOST_MEMBERS: usize = 128;
const LONGEST: usize = 128;

/// What was written before the value of each member of the event data before.
#[derive(Debug, Default)]
pub(super) struct Layout {
    members: Vec<Known>,
}

/// A member that was read.
#[derive(Debug, Default)]
struct Known {
    /// The comma, the name, the colon and the blanks.
    written: Vec<u8>,
    name: Name,
}

/// What the name of a member is to the reader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// The number of the name, if it is registered.
    pub(super) number: Option<AttributeId>,
    /// Whether the name belongs to the container, not to the event.
    pub(super) is_of_container: bool,
}

impl Layout {
    /// Returns the name of the member with this number, and the length of what is written before
    /// its value, if `rest` begins as the member did in the event data before.
    pub(super) fn guess(&self, member: usize, rest: &[u8]) -> Option<(Name, usize)> {
        let known = self.members.get(member)?;
        let value = rest.strip_prefix(&known.written[..])?;
        // More blanks than before would be taken for the value.
        value.first().is_some_and(|byte| *byte > b' ').then_some((known.name, known.written.len()))
    }

    /// Remembers what is written before the value of a member that was read. It always means the
    /// same, so what is remembered of other event data never becomes wrong.
    pub(super) fn learn(&mut self, member: usize, written: &[u8], name: Name) {
        if member >= MOST_MEMBERS || member > self.members.len() || written.len() > LONGEST {
            return;
        }
        if member == self.members.len() {
            self.members.push(Known::default());
        }
        let known = &mut self.members[member];
        known.written.clear();
        known.written.extend_from_slice(written);
        known.name = name;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{AttributeNames, AttributeReader};

    /// A member as it is written, with its comma, well or badly.
    fn member() -> impl Strategy<Value = String> {
        let key = "\"(a|b|data_type|__c|d\\\\u0061|e\\\\\\\\)\"";
        let value = "(1|\"x, \\\\\"y\"|\\[1, \\{\"a\": 2\\}\\]|\\{\\}|)";
        ("( |  |\n|)", key, "( |)", "( |  |)", value)
            .prop_map(|(before, key, colon, after, value)| format!(",{before}{key}{colon}:{after}{value}"))
    }

    /// All that can be asked of event data.
    fn asked(reader: &mut AttributeReader, json: &str, names: &AttributeNames) -> String {
        let data = match reader.open(json.as_bytes()) {
            Ok(data) => data,
            Err(error) => return error.to_string(),
        };
        let values = ["b", "a", "nothing", "data_type"].map(|name| {
            let number = names.number_of(name.as_bytes()).expect("it is registered");
            data.raw(number).map(String::from_utf8_lossy)
        });
        let walked: Vec<_> = data.members().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        format!("{values:?} {walked:?} {:?} {:?}", data.data_type(), data.error())
    }

    proptest! {
        // A wrong guess is rare: it needs two members that are nearly the same.
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_was_read_before_changes_nothing(
            sequence in prop::collection::vec(prop::collection::vec(member(), 0..5), 1..6)
        ) {
            let mut names = AttributeNames::default();
            for name in ["a", "b", "nothing"] {
                names.register(name);
            }
            let names = Arc::new(names);
            let mut reader = AttributeReader::new(Arc::clone(&names));
            for members in sequence {
                let json = format!("{{\"data_type\": \"t\"{}}}", members.concat());
                let alone = asked(&mut AttributeReader::new(Arc::clone(&names)), &json, &names);
                prop_assert_eq!(asked(&mut reader, &json, &names), alone, "{}", json);
            }
        }
    }

    #[test]
    fn a_member_is_guessed_if_it_is_written_as_before() {
        let mut layout = Layout::default();
        let name = Name { number: Some(AttributeId::DATA_TYPE), is_of_container: false };
        layout.learn(1, br#", "a": "#, name);
        assert_eq!(layout.guess(1, br#", "a": 2"#), None, "a member before it is not known");
        layout.learn(0, br#""b": "#, Name::default());
        layout.learn(1, br#", "a": "#, name);
        assert_eq!(layout.guess(1, br#", "a": 2"#), Some((name, 7)));
        assert_eq!(layout.guess(0, br#""b": 2"#), Some((Name::default(), 5)));
        for (member, rest) in [
            (0, &br#", "a": 1"#[..]),
            (2, br#", "a": 1"#),
            (1, br#", "b": 1"#),
            (1, br#", "a":  1"#),
            (1, br#", "a": "#),
            (1, b", "),
        ] {
            assert_eq!(layout.guess(member, rest), None, "{member}");
        }
        let long = format!(", \"{}\": ", "a".repeat(LONGEST));
        layout.learn(2, long.as_bytes(), name);
        assert_eq!(layout.guess(2, format!("{long}1").as_bytes()), None);
    }
}
