//! Which format an event has.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use events::EventLogTexts;

use crate::built_in::BuiltIn;
use crate::codes::explain_codes;
use crate::plaso::PlasoFormats;
use crate::show::MAXIMUM_MESSAGE;
use crate::{Attributes, FormatterError};

/// The records of Windows that are about privileges of accounts.
const OF_PRIVILEGES: [&str; 8] = ["4672", "4673", "4674", "4703", "4704", "4705", "4717", "4718"];

/// Says how events of each data type become a message.
#[derive(Debug, Clone)]
pub struct Formats(Kind);

#[derive(Debug, Clone)]
enum Kind {
    BuiltIn(BuiltIn),
    Plaso(Box<PlasoFormats>),
}

impl Formats {
    /// The built-in formats.
    #[must_use]
    pub fn built_in() -> Self {
        Self(Kind::BuiltIn(BuiltIn::new()))
    }

    /// Reads the formatter files of a Plaso installation, `plaso/data/formatters/*.yaml`. With them
    /// the message of an event is the one that psort writes.
    ///
    /// # Errors
    ///
    /// If the folder has no formatter files, or one of them cannot be used.
    pub fn read_plaso(folder: &Path) -> Result<Self, FormatterError> {
        PlasoFormats::read(folder).map(|formats| Self(Kind::Plaso(Box::new(formats))))
    }

    /// Adds the texts of the providers of Windows event logs, which the formats of Plaso use.
    #[must_use]
    pub fn with_event_log_texts(mut self, texts: EventLogTexts) -> Self {
        if let Kind::Plaso(formats) = &mut self.0 {
            formats.set_texts(texts);
        }
        self
    }

    /// Returns the message of an event. It depends on the event data alone, so the events that
    /// share an event data have the same message. It may have several lines, and is cut at 1 MiB.
    #[must_use]
    pub fn message(&self, attributes: &Attributes<'_>) -> String {
        let mut message = guarded(|| match &self.0 {
            Kind::BuiltIn(formats) => {
                let mut message = formats.message(attributes).unwrap_or_else(|| attributes.in_words());
                if attributes.data_type() == "windows:evtx:record" {
                    let is_one =
                        |known: &str| attributes.text("event_identifier").is_some_and(|is| is == *known);
                    explain_codes(&mut message, OF_PRIVILEGES.iter().any(|known| is_one(known)));
                }
                message
            }
            Kind::Plaso(formats) => formats.message(attributes),
        });
        if message.len() > MAXIMUM_MESSAGE {
            message.truncate(message.floor_char_boundary(MAXIMUM_MESSAGE));
            message.push('…');
        }
        message
    }
}

/// The message of an event whose message cannot be made, because foreman has a fault.
const PANICKED: &str = "(foreman has a fault: making the message of this event panicked)";

/// Makes a message. A panic costs this message, not the whole report.
fn guarded(make: impl FnOnce() -> String) -> String {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| PANICKED.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_costs_one_message() {
        assert_eq!(guarded(|| "a".into()), "a");
        assert_eq!(guarded(|| panic!("on purpose")), PANICKED);
    }
}
