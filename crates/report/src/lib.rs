//! Reports on a Plaso storage file and on the results of analyses, for people and for programs.
//!
//! [`Info`], [`Report`] and [`LabelReport`] are models: plain data that is read from a store once.
//! The memory is bounded, even if the store is large. The JSON contains the whole model. Text,
//! Markdown and HTML are made from the model alone.
//!
//! ```
//! use report::Info;
//! use storage::Store;
//!
//! # let copy = testing::Store::of("sample");
//! # let path = copy.path();
//! let store = Store::open(path)?;
//! let info = Info::read(&store, true, &mut |_what, _rows_read| {})?;
//! let (rows, width) = (10, 80);
//! assert!(info.text(rows, width).contains("3,000  apache:access_log:entry"));
//! assert!(report::json(&info)?.contains("\"apache:access_log:entry\""));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod act;
mod case;
mod collect;
mod completion;
mod document;
mod evidence;
mod findings;
mod formats;
mod found_indicators;
mod html;
mod info;
mod json;
mod label_choice;
mod label_rules;
mod label_tally;
mod labelled;
mod labelled_event;
mod labels;
mod markdown;
mod meaning;
mod meanings;
mod outline;
mod record_values;
mod said_elsewhere;
mod session_runs;
mod stored_value;
mod table;
mod text;
mod text_table;
mod time;
mod time_word;
mod time_zone;
mod timeline;
mod warning_words;
mod warnings;
mod words;

pub use case::Case;
pub use collect::{Progress, data_types};
pub use evidence::{Evidence, GuessedLogon, LabelEvidence, PartyFacts, Selection, ShownEvent, TimeOf};
pub use findings::{
    Extension, LabelFacts, PluginReport, Report, Search, SessionFacts, SeverityFacts, SigmaFiring, SigmaRule,
    TacticFacts, TechniqueCount, Timeline,
};
pub use formats::{FormatsError, formats};
pub use found_indicators::{FoundIndicator, HostIndicators};
pub use html::Cover;
pub use info::{
    EventFacts, Info, LabelCount, ReportLine, RunFacts, SourceFacts, StoreFacts, TagFacts, WarningCount,
};
pub use json::{FORMAT_VERSION, harmless_json, json};
pub use label_choice::{UnknownLabel, unknown_labels};
pub use label_rules::MatchedRule;
pub use labelled::{Describe, LabelError, LabelReport};
pub use labelled_event::{Attribute, LabelledEvent, OtherTime, Owner, compared_value};
pub use labels::{is_session, labels_in_words, sessions_in_words};
pub use meaning::{Meaning, Severity, TechniqueFacts};
pub use meanings::Meanings;
pub use messages::{Formats, Parties};
pub use session_runs::warning_of_earlier_sessions;
pub use stored_value::StoredValue;
pub use table::{Count, Rest, Table};
pub use time::Time;
pub use time_zone::{ShownZone, TimeZone};
pub use timeline::Bins;
pub use warnings::{CollectionWarnings, WarningGroup};
pub use words::{bytes, cut, number};

impl Info {
    /// Returns the overview as text. A table has at most `rows` rows. A line has at most `width`
    /// characters, if possible.
    #[must_use]
    pub fn text(&self, rows: usize, width: usize) -> String {
        text::text(&outline::info(self, rows), width, &str::to_owned)
    }
}

impl Report {
    /// Returns the report as text. A table has at most `rows` rows. A line has at most `width`
    /// characters, if possible.
    #[must_use]
    pub fn text(&self, rows: usize, width: usize) -> String {
        text::text(&outline::report(self, rows), width, &str::to_owned)
    }

    /// Returns the report as an HTML page with its labelled events. A table has at most `rows`
    /// rows.
    #[must_use]
    pub fn html(&self, evidence: &Evidence, cover: &Cover, rows: usize) -> String {
        html::report(self, evidence, cover, rows)
    }

    /// Returns the report as Markdown. A table has at most `rows` rows.
    #[must_use]
    pub fn markdown(&self, rows: usize) -> String {
        markdown::markdown(&outline::report(self, rows))
    }
}

impl Case {
    /// Returns the case as an HTML page. `name` is its title, if the cover has none. A table has at
    /// most `rows` rows, except for that of the storage files.
    #[must_use]
    pub fn html(&self, cover: &Cover, name: &str, rows: usize) -> String {
        html::case(self, cover, name, rows)
    }
}

impl LabelReport {
    /// Returns the events as text, at most `rows` of them. A line has at most `width` characters,
    /// if possible. `mark` shows the parts of values that rules matched, for example in a colour.
    #[must_use]
    pub fn text(&self, rows: usize, width: usize, mark: &dyn Fn(&str) -> String) -> String {
        text::text(&outline::label(self, rows), width, mark)
    }

    /// Returns the events as an HTML page, at most `rows` of them.
    #[must_use]
    pub fn html(&self, rows: usize) -> String {
        html::label(self, rows)
    }

    /// Returns the events as Markdown, at most `rows` of them.
    #[must_use]
    pub fn markdown(&self, rows: usize) -> String {
        markdown::markdown(&outline::label(self, rows))
    }
}
