//! What is in a Plaso storage file and what analyses have found in it, for people and for programs.
//!
//! [`Info`] and [`Report`] are models: plain data that is read from a store once, in bounded memory
//! however large it is. They are what the JSON consists of, and all that the other forms know.
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

mod collect;
mod document;
mod findings;
mod html;
mod info;
mod json;
mod label_rules;
mod labelled;
mod labelled_event;
mod labels;
mod markdown;
mod outline;
mod table;
mod text;
mod text_table;
mod time;
mod timeline;
mod warnings;
mod words;

pub use collect::Progress;
pub use findings::{Extension, LabelFacts, PluginReport, Report, Search, SessionFacts, Timeline};
pub use info::{EventFacts, Info, ReportLine, RunFacts, SourceFacts, StoreFacts, TagFacts, WarningCount};
pub use json::{FORMAT_VERSION, harmless_json, json};
pub use labelled::{LabelError, LabelReport};
pub use labelled_event::{Attribute, LabelledEvent};
pub use table::{Count, Rest, Table};
pub use time::Time;
pub use timeline::Bins;
pub use warnings::WarningGroup;
pub use words::{bytes, number};

impl Info {
    /// The overview as text, of tables with at most as many `rows`, in lines of at most `width`
    /// characters.
    #[must_use]
    pub fn text(&self, rows: usize, width: usize) -> String {
        text::text(&outline::info(self, rows), width)
    }
}

impl Report {
    /// The report as text, of tables with at most as many `rows`, in lines of at most `width`
    /// characters.
    #[must_use]
    pub fn text(&self, rows: usize, width: usize) -> String {
        text::text(&outline::report(self, rows), width)
    }

    /// The report as a page, of tables with at most as many `rows`.
    #[must_use]
    pub fn html(&self, rows: usize) -> String {
        html::report(self, rows)
    }

    /// The report as Markdown, of tables with at most as many `rows`.
    #[must_use]
    pub fn markdown(&self, rows: usize) -> String {
        markdown::markdown(&outline::report(self, rows))
    }
}

impl LabelReport {
    /// The events as text, at most as many as `rows`, in lines of at most `width` characters.
    #[must_use]
    pub fn text(&self, rows: usize, width: usize) -> String {
        text::text(&outline::label(self, rows), width)
    }

    /// The events as a page, at most as many as `rows`.
    #[must_use]
    pub fn html(&self, rows: usize) -> String {
        html::label(self, rows)
    }

    /// The events as Markdown, at most as many as `rows`.
    #[must_use]
    pub fn markdown(&self, rows: usize) -> String {
        markdown::markdown(&outline::label(self, rows))
    }
}
