//! The models as text for a terminal.

use crate::info::{Count, Info, RunFacts};
use crate::labels::grouped;
use crate::text_table::{Align, TextTable};
use crate::words::{bytes, counted, line, number, span};
use crate::{Rest, Table, Time};

/// How much is shown, and how wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// How many characters a line has at most; nothing for as many as it needs.
    pub width: Option<usize>,
    /// How many rows a table has at most.
    pub rows: usize,
}

/// Text as it is made up.
pub(crate) struct Page {
    pub(crate) lines: Vec<String>,
    pub(crate) options: TextOptions,
}

impl Page {
    pub(crate) fn new(title: &str, options: TextOptions) -> Self {
        Self { lines: vec![line(title)], options }
    }

    pub(crate) fn fact(&mut self, name: &str, value: &str) {
        self.lines.push(format!("  {name:<16} {}", line(value)));
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.lines.extend([String::new(), line(text)]);
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        self.lines.push(format!("  {}", line(text)));
    }

    /// A table with a heading for each column, or none if all headings are empty.
    pub(crate) fn table(
        &mut self,
        columns: &[(Align, &str)],
        rows: impl IntoIterator<Item = Vec<String>>,
        more: Rest,
        thing: &str,
    ) {
        let aligns: Vec<_> = columns.iter().map(|(align, _)| *align).collect();
        let mut table = TextTable::new(&aligns);
        if columns.iter().any(|(_, heading)| !heading.is_empty()) {
            table.row(columns.iter().map(|(_, heading)| (*heading).to_owned()));
        }
        let mut left_out = more;
        for (position, row) in rows.into_iter().enumerate() {
            if position < self.options.rows {
                table.row(row.iter().map(|cell| line(cell)));
            } else {
                left_out.rows += 1;
            }
        }
        self.lines.extend(table.lines(self.options.width));
        if left_out.rows > 0 {
            self.paragraph(&format!("and {}", counted(left_out.rows, &format!("more {thing}"))));
        }
    }

    /// Numbers with their names, largest first.
    pub(crate) fn counts(&mut self, heading: &str, table: &Table<Count>, thing: &str) {
        if table.is_empty() {
            return;
        }
        self.heading(heading);
        let rows = grouped(&table.rows).into_iter().map(|count| vec![number(count.number), count.name]);
        self.table(&[(Align::Right, ""), (Align::Left, "")], rows, table.more, thing);
    }

    pub(crate) fn notes(&mut self, notes: &[String]) {
        if notes.is_empty() {
            return;
        }
        self.heading("Notes");
        for note in notes {
            self.paragraph(note);
        }
    }

    pub(crate) fn finish(self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// The overview of a store as text.
#[must_use]
pub fn info_text(info: &Info, options: TextOptions) -> String {
    let mut page = Page::new(&info.store.path, options);
    facts(&mut page, info);
    page.heading("Sessions");
    runs(&mut page, &info.sessions);
    page.counts("Events by parser", &info.parsers, "parser");
    page.counts("Events by data type", &info.data_types, "data type");
    page.counts("Events by label", &info.tags.labels, "label");
    if !info.reports.is_empty() {
        page.heading("Analysis reports");
        let rows = info.reports.rows.iter().map(|report| {
            let filter = report.event_filter.as_ref().map(|filter| format!("filter: {filter}"));
            vec![report.time.to_string(), report.plugin.clone(), filter.unwrap_or_default()]
        });
        let columns = [(Align::Whole, ""), (Align::Left, ""), (Align::Left, "")];
        page.table(&columns, rows, info.reports.more, "report");
    }
    page.notes(&info.notes);
    page.finish()
}

/// What the store is, in a line for each fact.
pub(crate) fn facts(page: &mut Page, info: &Info) {
    let Info {
        format_version: _,
        store,
        sources,
        event_sources,
        sessions: _,
        events,
        parsers: _,
        data_types: _,
        tags,
        reports: _,
        warnings,
        notes: _,
    } = info;
    page.fact("format", &format!("{} ({}), {}", store.storage_format, store.written_by, store.compression));
    page.fact("size", &bytes(store.size));
    for source in sources.rows.iter().take(page.options.rows) {
        page.fact("source", &format!("{} ({})", source.path, source.source_type));
    }
    let unnamed = sources.total_rows() - sources.rows.len().min(page.options.rows) as u64;
    if unnamed > 0 {
        page.fact("", &format!("and {}", counted(unnamed, "more source")));
    }
    if *event_sources > 0 {
        page.fact("event sources", &number(*event_sources));
    }
    page.fact("events", &number(events.number));
    if let Some((first, last)) = events.first.zip(events.last) {
        page.fact("first", &first.to_string());
        page.fact("last", &last.to_string());
    }
    let labels = counted(tags.labels.total_rows(), "label");
    page.fact("tagged", &format!("{}, {labels}", counted(tags.events, "event")));
    if tags.sessions.rows > 0 {
        let sessions = counted(tags.sessions.rows, "session");
        page.fact("", &format!("{sessions} of {}", counted(tags.sessions.number, "event")));
    }
    for (position, warning) in warnings.iter().take(page.options.rows).enumerate() {
        let of = warning.plugin.as_ref().map(|plugin| format!(": {plugin}")).unwrap_or_default();
        let name = if position == 0 { "warnings" } else { "" };
        page.fact(name, &format!("{} {}{of}", number(warning.number), warning.kind));
    }
    if warnings.is_empty() {
        page.fact("warnings", "none");
    }
}

/// The runs of tools over the store.
pub(crate) fn runs(page: &mut Page, runs: &Table<RunFacts>) {
    if runs.is_empty() {
        return page.paragraph("none");
    }
    let rows = runs.rows.iter().map(|run| {
        let tool = format!("{} {}", run.product, run.product_version);
        vec![run.start.to_string(), took(run), tool, run.command_line.clone()]
    });
    let columns = [(Align::Whole, ""), (Align::Right, ""), (Align::Left, ""), (Align::Left, "")];
    page.table(&columns, rows, runs.more, "session");
}

/// How long a run took, or how it ended otherwise.
pub(crate) fn took(run: &RunFacts) -> String {
    match run.completion {
        _ if run.aborted => "aborted".into(),
        Some(Time(completion)) if completion >= run.start.0 => span(completion.abs_diff(run.start.0)),
        _ => "not completed".into(),
    }
}
