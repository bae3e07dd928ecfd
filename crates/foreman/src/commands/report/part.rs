//! The part of a report that is about one storage file.

use std::path::Path;

use analysis::load_tagging_file;
use events::{TimeRange, Timestamp};
use filter::Rules;
use report::{
    Cover, Describe, Evidence, Formats, LabelError, LabelReport, Meanings, Report, Selection, Time, json,
};
use storage::Store;

use super::arguments::{CaseArguments, Format, ReportArguments};
use crate::clock;
use crate::exit::Failure;
use crate::paths::store_path;
use crate::tagging_files::{Places, find_tagging_files};

/// The maximum number of rows of a table that are shown.
const ROWS: usize = 20;
/// The maximum number of rows of a table that are shown in a web page, which can be scrolled.
const PAGE_ROWS: usize = 50;
/// The maximum number of events of a label that are shown in a web page of all labels.
const PAGE_EVENTS: usize = 10;
/// The maximum number of events of a label that are shown.
const EVENTS: usize = 1_000;

/// How the storage files are read.
pub(super) struct Reading<'a> {
    pub(super) arguments: &'a ReportArguments,
    /// How events become messages.
    pub(super) formats: &'a Formats,
    /// The interval to report on, if it is not all of time.
    pub(super) interval: Option<TimeRange>,
    /// The maximum number of characters of a line of text.
    pub(super) width: usize,
    /// How text shows what a rule matched.
    pub(super) mark: &'a dyn Fn(&str) -> String,
}

/// The part of a report that is about one storage file.
pub(super) struct Part {
    pub(super) text: String,
    /// The labels that the user asks for and that neither the store nor the rules know.
    pub(super) unknown: Vec<report::UnknownLabel>,
}

impl Reading<'_> {
    /// Reads a store, and writes its part of the report.
    pub(super) fn read(&self, store: &Path, progress: report::Progress<'_>) -> Result<Part, Failure> {
        let places = Places { data: None, store: Some(store) };
        let files = find_tagging_files(&self.arguments.tagging_file, places)?;
        let rules: Result<Vec<_>, _> = files.iter().map(|path| load_tagging_file(path)).collect();
        let rules = rules.map_err(Failure::usage)?;
        let mut store = Store::open(&store_path(store)?)?;
        if let Some(times) = self.interval {
            store.only_between(times);
        }
        match &self.arguments.label {
            Some(label) => self.label(&store, label, &rules, progress),
            None => Ok(Part { text: self.whole(&store, &rules, progress)?, unknown: Vec::new() }),
        }
    }

    fn label(
        &self,
        store: &Store,
        label: &str,
        rules: &[Rules],
        progress: report::Progress<'_>,
    ) -> Result<Part, Failure> {
        let ReportArguments { rows, format, full, .. } = self.arguments;
        let kept = if *format == Format::Json { rows.unwrap_or(usize::MAX) } else { rows.unwrap_or(EVENTS) };
        let describe = Describe { maximum: kept, formats: self.formats, whole: *full };
        let report = LabelReport::read(store, label, rules, describe, progress);
        let report = report.map_err(|error| match error {
            LabelError::Rules(_) => Failure::usage(error),
            LabelError::Store(_) => error.into(),
        })?;
        let rows = rows.unwrap_or(EVENTS);
        let text = match format {
            Format::Text => report.text(rows, self.width, self.mark),
            Format::Markdown => report.markdown(rows),
            Format::Json => json(&report)?,
            Format::Html => report.html(rows),
        };
        Ok(Part { text, unknown: report.unknown })
    }

    /// Writes everything that was found in a store.
    fn whole(
        &self,
        store: &Store,
        rules: &[Rules],
        progress: report::Progress<'_>,
    ) -> Result<String, Failure> {
        let ReportArguments { rows, format, all, no_data_types, case, .. } = self.arguments;
        let meanings = Meanings::new(rules);
        let version = store.data_version()?;
        let cover = case.cover(store, progress)?;
        let mut report = Report::read(store, *all, !no_data_types, meanings, progress)?;
        let shown = rows.unwrap_or(if *format == Format::Html { PAGE_ROWS } else { ROWS });
        Ok(match format {
            Format::Text => report.text(shown, self.width),
            Format::Markdown => report.markdown(shown),
            Format::Json => json(&report)?,
            Format::Html => {
                let selection = Selection {
                    labels: shown,
                    events: rows.unwrap_or(PAGE_EVENTS),
                    tagging_files: rules,
                    formats: self.formats,
                };
                let evidence = Evidence::read(store, &report, selection, progress)?;
                report.info.note_change(store, version)?;
                report.html(&evidence, &cover, shown)
            }
        })
    }
}

impl CaseArguments {
    /// Returns what the page says of the case and of itself.
    fn cover(&self, store: &Store, progress: report::Progress<'_>) -> anyhow::Result<Cover> {
        let sha256 = match self.hash {
            true => Some(store.sha256(|bytes| progress("bytes for the SHA-256", bytes))?),
            false => None,
        };
        Ok(Cover {
            title: self.title.clone(),
            case: self.case.clone(),
            analyst: self.analyst.clone(),
            made: Time(Timestamp(clock::now().as_second().saturating_mul(1_000_000))),
            sha256,
        })
    }
}
