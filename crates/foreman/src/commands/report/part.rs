//! The part of a report that is about one storage file.

use std::path::Path;

use analysis::load_tagging_file;
use events::{TimeRange, Timestamp};
use filter::Rules;
use report::{
    Cover, Describe, Evidence, Formats, LabelError, LabelReport, Meanings, Report, Selection, Time, json,
};
use storage::{SameStore, Store};

use super::arguments::{CaseArguments, Format, ReportArguments};
use crate::clock;
use crate::commands::unchanged::Before;
use crate::exit::Failure;
use crate::paths::store_path;
use crate::tagging_files::{Places, find_tagging_files};

/// The maximum number of rows of a table that are shown.
const ROWS: usize = 20;
/// The maximum number of rows of a table that are shown in a web page, which can be scrolled.
const PAGE_ROWS: usize = 50;
/// The maximum number of labels in a web page.
const PAGE_LABELS: usize = 100;
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

/// The web page of one storage file, before it is written.
pub(super) struct Page {
    pub(super) report: Report,
    pub(super) evidence: Evidence,
    pub(super) cover: Cover,
    rows: usize,
}

impl Page {
    pub(super) fn html(&self) -> String {
        self.report.html(&self.evidence, &self.cover, self.rows)
    }
}

impl Reading<'_> {
    /// Reads a store, and writes its part of the report.
    pub(super) fn read(&self, store: &Path, progress: report::Progress<'_>) -> Result<Part, Failure> {
        let before = Before::of(store_path(store)?)?;
        let (store, rules) = self.open(before.store())?;
        match &self.arguments.label {
            Some(label) => self.label((before, &store), label, &rules, progress),
            None => Ok(Part { text: self.whole((before, &store), &rules, progress)?, unknown: Vec::new() }),
        }
    }

    /// Reads a store for its page.
    pub(super) fn page(&self, store: &Path, progress: report::Progress<'_>) -> Result<Page, Failure> {
        let before = Before::of(store_path(store)?)?;
        let (store, rules) = self.open(before.store())?;
        self.page_of((before, &store), &rules, progress)
    }

    fn open(&self, store: &SameStore) -> Result<(Store, Vec<Rules>), Failure> {
        let places = Places { data: None, store: Some(store.path()) };
        let files = find_tagging_files(&self.arguments.tagging_file, places)?;
        let rules: Result<Vec<_>, _> = files.iter().map(|path| load_tagging_file(path)).collect();
        let rules = rules.map_err(Failure::usage)?;
        let mut store = store.open()?;
        if let Some(times) = self.interval {
            store.only_between(times);
        }
        Ok((store, rules))
    }

    fn label(
        &self,
        (before, store): (Before, &Store),
        label: &str,
        rules: &[Rules],
        progress: report::Progress<'_>,
    ) -> Result<Part, Failure> {
        let ReportArguments { rows, format, full, .. } = self.arguments;
        let kept = if *format == Format::Json { rows.unwrap_or(usize::MAX) } else { rows.unwrap_or(EVENTS) };
        let is_page = *format == Format::Html;
        let describe = Describe { maximum: kept, formats: self.formats, whole: *full, is_page };
        let report = LabelReport::read(store, label, rules, describe, progress);
        let mut report = report.map_err(|error| match error {
            LabelError::Rules(_) => Failure::usage(error),
            LabelError::Store(_) => error.into(),
        })?;
        report.notes.extend(before.check()?);
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
        (before, store): (Before, &Store),
        rules: &[Rules],
        progress: report::Progress<'_>,
    ) -> Result<String, Failure> {
        let ReportArguments { rows, format, all, no_data_types, .. } = self.arguments;
        if *format == Format::Html {
            return Ok(self.page_of((before, store), rules, progress)?.html());
        }
        let mut report = Report::read(store, *all, !no_data_types, Meanings::new(rules), progress)?;
        report.info.notes.extend(before.check()?);
        let shown = rows.unwrap_or(ROWS);
        Ok(match format {
            Format::Text | Format::Html => report.text(shown, self.width),
            Format::Markdown => report.markdown(shown),
            Format::Json => json(&report)?,
        })
    }

    fn page_of(
        &self,
        (before, store): (Before, &Store),
        rules: &[Rules],
        progress: report::Progress<'_>,
    ) -> Result<Page, Failure> {
        let ReportArguments { rows, all, no_data_types, case, .. } = self.arguments;
        let version = store.data_version()?;
        let cover = case.cover(store, progress)?;
        let mut report = Report::read(store, *all, !no_data_types, Meanings::new(rules), progress)?;
        let shown = self.page_rows();
        let selection = Selection {
            labels: rows.unwrap_or(PAGE_LABELS),
            events: rows.unwrap_or(PAGE_EVENTS),
            tagging_files: rules,
            formats: self.formats,
        };
        let evidence = Evidence::read(store, &report, selection, progress)?;
        report.info.note_change(store, version)?;
        report.info.notes.extend(before.check()?);
        Ok(Page { report, evidence, cover, rows: shown })
    }

    /// Returns the maximum number of rows of a table in a page.
    pub(super) fn page_rows(&self) -> usize {
        self.arguments.rows.unwrap_or(PAGE_ROWS)
    }
}

impl CaseArguments {
    /// Returns what a page says of the case.
    pub(super) fn cover_of_case(&self) -> Cover {
        Cover {
            title: self.title.clone(),
            case: self.case.clone(),
            analyst: self.analyst.clone(),
            made: Time(Timestamp(clock::now().as_second().saturating_mul(1_000_000))),
            sha256: None,
        }
    }

    /// Returns what the page says of the case and of itself.
    fn cover(&self, store: &Store, progress: report::Progress<'_>) -> anyhow::Result<Cover> {
        let sha256 = match self.hash {
            true => Some(store.sha256(|bytes| progress("bytes for the SHA-256", bytes))?),
            false => None,
        };
        Ok(Cover { sha256, ..self.cover_of_case() })
    }
}
