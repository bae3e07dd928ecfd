//! What a run adds to a store beside tags, and removes of what earlier runs have added.

use std::collections::BTreeSet;

use events::{
    AnalysisReport, AnalysisWarning, ResultRow, ResultTable, ResultValue, Session, Timestamp, json,
};
use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{params, params_from_iter};

use crate::blob::{BlobError, Inflater, stored_form};
use crate::connection::text;
use crate::format::result_table_statement;
use crate::{StorageError, Store, StoreWriter};

impl StoreWriter {
    /// Adds the run's session.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_session(&self, session: &Session) -> Result<(), StorageError> {
        self.create_table("session")?;
        // What log2timeline's sessions have beyond this is about extraction; psort leaves it out,
        // too.
        let sql = "INSERT INTO session (aborted, command_line_arguments, completion_time, debug_mode, identifier, \
                   preferred_encoding, preferred_time_zone, product_name, product_version, start_time) \
                   VALUES (?1, ?2, ?3, ?4, ?5, 'utf-8', 'UTC', ?6, ?7, ?8)";
        self.execute(
            sql,
            params![
                session.aborted,
                session.command_line_arguments,
                session.completion_time.0,
                session.debug_mode,
                session.identifier,
                session.product_name,
                session.product_version,
                session.start_time.0,
            ],
        )
    }

    /// Adds a report.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_report(&self, report: &AnalysisReport) -> Result<(), StorageError> {
        self.create_table("analysis_report")?;
        let stored = stored_form(&report_json(report), self.store.format().compression);
        self.execute("INSERT INTO analysis_report (_data) VALUES (?1)", [stored])
    }

    /// Adds a warning.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_warning(&self, warning: &AnalysisWarning) -> Result<(), StorageError> {
        self.create_table("analysis_warning")?;
        self.execute(
            "INSERT INTO analysis_warning (message, plugin_name) VALUES (?1, ?2)",
            [&warning.message, &warning.plugin_name],
        )
    }

    /// Adds warnings, in the place of those of the same words that an earlier run has left, unless
    /// what it left shall stay.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub fn warn(&self, warnings: &[AnalysisWarning], keep_earlier: bool) -> Result<(), StorageError> {
        if !keep_earlier {
            self.remove_warnings(warnings)?;
        }
        warnings.iter().try_for_each(|warning| self.add_warning(warning))
    }

    /// Removes warnings of these very words. All in one pass: there may be one for each event of a
    /// damaged store.
    fn remove_warnings(&self, warnings: &[AnalysisWarning]) -> Result<(), StorageError> {
        if warnings.is_empty() || !self.store.has_table("analysis_warning")? {
            return Ok(());
        }
        let wanted: BTreeSet<_> =
            warnings.iter().map(|warning| (&*warning.plugin_name, &*warning.message)).collect();
        let matching = || -> rusqlite::Result<Vec<i64>> {
            let sql = "SELECT _identifier, plugin_name, message FROM analysis_warning NOT INDEXED";
            let mut statement = self.store.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                if let (Some(plugin), Some(message)) = (text(row, 1), text(row, 2))
                    && wanted.contains(&(&*plugin, &*message))
                {
                    found.push(row.get(0)?);
                }
            }
            Ok(found)
        };
        let matching = matching().map_err(|source| self.store.error("read the warnings of", source))?;
        let sql = "DELETE FROM analysis_warning WHERE _identifier = ?1";
        matching.into_iter().try_for_each(|rowid| self.execute(sql, [rowid]))
    }

    /// Adds a row to a plugin's own table, which is made if the store does not have it yet.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_result(&self, table: &'static ResultTable, row: &ResultRow) -> Result<(), StorageError> {
        if !self.store.has_result_table(table.name, table.columns)? {
            self.execute(&result_table_statement(table), [])?;
        }
        let columns: Vec<_> = table.columns.iter().map(|column| column.name()).collect();
        let places: Vec<_> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let sql =
            format!("INSERT INTO {} ({}) VALUES ({})", table.name, columns.join(", "), places.join(", "));
        self.execute(&sql, params_from_iter(row.0.iter().map(Stored)))
    }

    /// Removes what earlier runs of a plugin left beside tags: its reports, its warnings, and the
    /// results in its own table, if it has one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub fn remove_earlier(
        &self,
        plugin: &str,
        result_table: Option<&'static ResultTable>,
    ) -> Result<(), StorageError> {
        for rowid in self.reports_of(plugin)? {
            self.execute("DELETE FROM analysis_report WHERE _identifier = ?1", [rowid])?;
        }
        if self.store.has_table("analysis_warning")? {
            self.execute("DELETE FROM analysis_warning WHERE plugin_name = ?1", [plugin])?;
        }
        match result_table {
            Some(ResultTable { name, columns }) if self.store.has_result_table(name, columns)? => {
                self.execute(&format!("DELETE FROM {name}"), [])
            }
            _ => Ok(()),
        }
    }

    fn reports_of(&self, plugin: &str) -> Result<Vec<i64>, StorageError> {
        let mut found = Vec::new();
        self.store.visit_reports(|row, json| {
            if plugin_of(json).as_deref() == Some(plugin) {
                found.push(row);
            }
        })?;
        Ok(found)
    }
}

impl Store {
    /// Shows `visit` the row and the JSON of each report that can be read. A report that cannot be
    /// read belongs to somebody else.
    ///
    /// # Errors
    ///
    /// If all reports together are too large.
    pub(crate) fn visit_reports(&self, mut visit: impl FnMut(i64, &[u8])) -> Result<(), StorageError> {
        const TABLE: &str = "analysis_report";
        if !self.has_table(TABLE)? {
            return Ok(());
        }
        let error = |source| self.error("read the reports of", source);
        let mut statement = self
            .connection
            .prepare("SELECT _identifier, _data FROM analysis_report NOT INDEXED")
            .map_err(error)?;
        let mut rows = statement.query([]).map_err(error)?;
        let mut inflater = Inflater::for_reports();
        while let Some(row) = rows.next().map_err(error)? {
            match inflater.json(row.get_ref(1).map_err(error)?) {
                Ok(json) => visit(row.get(0).map_err(error)?, json),
                Err(BlobError::Exhausted) => {
                    let problem = "its reports inflate to more than 1 GiB together".to_owned();
                    return Err(StorageError::foreign(self.path(), TABLE, problem));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// A value of a result as SQLite stores it.
struct Stored<'v>(&'v ResultValue);

impl ToSql for Stored<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.0 {
            ResultValue::Integer(number) => number.to_sql(),
            ResultValue::Text(text) => text.to_sql(),
        }
    }
}

/// The plugin that the report stored as `json` is of.
fn plugin_of(json: &[u8]) -> Option<String> {
    let mut members = json::Members::of(json).ok()?;
    while let Some((key, span)) = members.next_member().ok()? {
        if key == b"plugin_name" {
            return json::value(&json[span]).ok()?.as_str().map(str::to_owned);
        }
    }
    None
}

/// The report as Plaso would write it, and as its reader takes it: it knows `event_filter`, though
/// Plaso never sets it.
fn report_json(report: &AnalysisReport) -> String {
    let AnalysisReport { plugin_name, counter, event_filter, time_compiled: Timestamp(time_compiled) } =
        report;
    let counts: Vec<String> =
        counter.iter().map(|(name, count)| format!("{}: {count}", json::quoted(name))).collect();
    let filter = event_filter
        .as_ref()
        .map(|filter| format!("\"event_filter\": {}, ", json::quoted(filter)))
        .unwrap_or_default();
    format!(
        "{{\"__type__\": \"AttributeContainer\", \"__container_type__\": \"analysis_report\", \
         \"analysis_counter\": {{{}}}, {filter}\"plugin_name\": {}, \"time_compiled\": {time_compiled}}}",
        counts.join(", "),
        json::quoted(plugin_name),
    )
}
