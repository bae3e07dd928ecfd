//! The document of an overview of a store.

use super::labels;
use super::parts::{counts, facts, notes, runs};
use crate::document::{Align, Document};
use crate::info::Info;

pub(crate) fn info(info: &Info, rows: usize) -> Document {
    let mut page = Document::new(&info.store.path, rows);
    facts(&mut page, info);
    runs(&mut page, &info.sessions);
    counts(&mut page, "Events by parser", &info.parsers, "parser");
    counts(&mut page, "Events by data type", &info.data_types, "data type");
    if !info.tags.labels.is_empty() {
        labels::label_counts(&mut page, &info.tags.labels);
    }
    if !info.reports.is_empty() {
        page.heading("Analysis reports");
        let columns = [(Align::Time, "time"), (Align::Left, "plugin"), (Align::Left, "filter")];
        page.table(&columns, &info.reports, "report", |report| {
            vec![
                report.time.to_string(),
                report.plugin.clone(),
                report.event_filter.clone().unwrap_or_default(),
            ]
        });
    }
    notes(&mut page, &info.notes);
    page
}
