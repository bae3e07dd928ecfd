//! Identifiers of the stored containers, as typed numbers.
//!
//! A Plaso store refers to a container by a text, `TABLE.ROWID` (`event_data.17`). In memory, such
//! a text would cost an allocation for each event, and the identifier of an event could be mistaken
//! for that of event data.

use std::fmt;

use serde::Serialize;

/// A reference that does not have the form `TABLE.ROWID` with the expected table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a reference like \"{table}.1\", found {found:?}")]
pub struct BadReference {
    /// The table that the reference should name.
    pub table: &'static str,
    /// The text of the reference, cut to 64 characters.
    pub found: String,
}

macro_rules! identifier {
    ($name:ident, $table:literal, $what:literal) => {
        #[doc = concat!("The row of ", $what, " in the table `", $table, "`; Plaso's first is 1.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The table of these identifiers.
            pub const TABLE: &'static str = $table;

            /// Returns the identifier of the row `rowid`.
            #[must_use]
            pub const fn new(rowid: i64) -> Self {
                Self(rowid)
            }

            /// Returns the row's number.
            #[must_use]
            pub const fn rowid(self) -> i64 {
                self.0
            }

            /// Reads a stored reference such as
            #[doc = concat!("`", $table, ".17`.")]
            ///
            /// # Errors
            ///
            /// If the text does not name this table, or has no row number as SQLite writes it.
            /// Plaso begins with 1, but SQLite's numbers may be negative.
            pub fn parse(reference: &str) -> Result<Self, BadReference> {
                reference
                    .strip_prefix(concat!($table, "."))
                    .filter(|number| {
                        let digits = number.strip_prefix('-').unwrap_or(number);
                        digits.bytes().all(|b| b.is_ascii_digit())
                    })
                    .and_then(|number| number.parse().ok())
                    .map(Self)
                    .ok_or_else(|| BadReference {
                        table: $table,
                        found: reference.chars().take(64).collect(),
                    })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($table, ".{}"), self.0)
            }
        }
    };
}

identifier!(EventId, "event", "an event");
identifier!(EventDataId, "event_data", "event data");
identifier!(EventDataStreamId, "event_data_stream", "an event data stream");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_round_trip() {
        let id = EventDataId::parse("event_data.17").unwrap();
        assert_eq!((id.rowid(), id.to_string().as_str()), (17, "event_data.17"));
        for rowid in [i64::MIN, -5, 0, 1, i64::MAX] {
            assert_eq!(EventId::parse(&EventId::new(rowid).to_string()), Ok(EventId::new(rowid)));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "event",
            "event.",
            "event.-",
            "event.--1",
            "event.+1",
            "event.1 ",
            "event_data.1",
            "event.99999999999999999999",
        ] {
            assert!(EventId::parse(text).is_err(), "{text:?}");
        }
    }
}
