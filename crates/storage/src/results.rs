//! Reading what analyses have left in a store: reports, warnings and the rows of the plugins' own
//! tables.
//!
//! Whatever may be long is shown to a visitor row by row, so that how much of it is kept is decided
//! by who reads.

use std::cmp::Reverse;

use events::{AnalysisWarning, ResultColumn, ResultRow, Timestamp, Value, json};
use rusqlite::OptionalExtension as _;

use crate::blob::Inflater;
use crate::connection::text;
use crate::{StorageError, Store};

/// How many reports are looked at, newest first; Plaso adds one for each plugin and run.
const MAXIMUM_REPORTS: i64 = 10_000;
/// How many bytes of a text in a report are kept, since all of these reports are held at once.
const MAXIMUM_TEXT: usize = 4 << 10;

/// What a stored report says beside its counts. Long texts are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportHead {
    /// Its row.
    pub row: i64,
    /// The plugin.
    pub plugin_name: String,
    /// The run's filter expression, if it is stored.
    pub event_filter: Option<String>,
    /// When it was made.
    pub time_compiled: Timestamp,
    /// What the plugin wrote, where a Plaso of old left a text instead of counts.
    pub text: Option<String>,
}

/// A report that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableReport {
    /// Its row.
    pub row: i64,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Whether the store has a report of any analysis.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn has_reports(&self) -> Result<bool, StorageError> {
        if !self.has_table("analysis_report")? {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM analysis_report NOT INDEXED)";
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(|source| self.error("read", source))
    }

    /// The heads of the reports, newest first and those of one run by plugin, and the reports that
    /// cannot be read, or that come after so many that all together inflate to more than 1 GiB.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn report_heads(&self) -> Result<(Vec<ReportHead>, Vec<UnreadableReport>), StorageError> {
        let (mut heads, mut unreadable) = (Vec::new(), Vec::new());
        if !self.has_table("analysis_report")? {
            return Ok((heads, unreadable));
        }
        let budget = self.budget("analysis_report")?;
        let mut inflater = Inflater::for_reports();
        let mut read = || -> rusqlite::Result<()> {
            let sql = "SELECT _identifier, _data FROM analysis_report NOT INDEXED ORDER BY _identifier DESC LIMIT ?1";
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([MAXIMUM_REPORTS])?;
            while let Some(row) = rows.next()? {
                budget.take(row)?;
                let id = row.get(0)?;
                let head = inflater.json(row.get_ref(1)?).map_err(|error| error.to_string());
                match head.and_then(|json| read_head(id, json)) {
                    Ok(head) => heads.push(head),
                    Err(reason) => unreadable.push(UnreadableReport { row: id, reason }),
                }
            }
            Ok(())
        };
        read().map_err(|source| self.error("read the reports of", source))?;
        heads.sort_by_cached_key(|head| {
            (Reverse(head.time_compiled), head.plugin_name.clone(), Reverse(head.row))
        });
        Ok((heads, unreadable))
    }

    /// Shows `visit` each count of the report in this row. Returns how many were passed over,
    /// because they are no numbers of something.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_report_counts(
        &self,
        row: i64,
        mut visit: impl FnMut(&str, u64),
    ) -> Result<u64, StorageError> {
        let mut inflater = Inflater::new();
        let mut read = || -> rusqlite::Result<u64> {
            let sql = "SELECT _data FROM analysis_report NOT INDEXED WHERE _identifier = ?1";
            let mut statement = self.connection.prepare_cached(sql)?;
            let passed_over = statement.query_row([row], |row| {
                let json = inflater.json(row.get_ref(0)?).unwrap_or_default();
                Ok(read_counts(json, &mut visit))
            });
            Ok(passed_over.optional()?.unwrap_or_default())
        };
        read().map_err(|source| self.error("read the reports of", source))
    }

    /// Shows `visit` each analysis warning, in the order they were given.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_analysis_warnings(
        &self,
        mut visit: impl FnMut(AnalysisWarning),
    ) -> Result<(), StorageError> {
        self.scan("analysis_warning", "plugin_name, message", |row| {
            visit(AnalysisWarning {
                plugin_name: text(row, 1).unwrap_or_default(),
                message: text(row, 2).unwrap_or_default(),
            });
            Ok(())
        })
    }

    /// Shows `visit` the values that each row of a plugin's own table has in these columns. What is
    /// not of a column's kind is shown as an empty text or 0. A store without the table has no
    /// rows.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_results(
        &self,
        table: &'static str,
        columns: &[ResultColumn],
        mut visit: impl FnMut(ResultRow),
    ) -> Result<(), StorageError> {
        if !self.has_result_table(table, columns)? {
            return Ok(());
        }
        let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
        self.scan(table, &names.join(", "), |row| {
            let value = |(position, column): (usize, &ResultColumn)| match column {
                ResultColumn::Integer(_) => row.get::<_, u64>(position).unwrap_or_default().into(),
                ResultColumn::Text(_) => text(row, position).unwrap_or_default().into(),
            };
            visit(ResultRow((1..).zip(columns).map(value).collect()));
            Ok(())
        })
    }
}

fn read_head(row: i64, json: &[u8]) -> Result<ReportHead, String> {
    let not_json = |error| format!("its data is not valid JSON: {error}");
    let mut head = ReportHead {
        row,
        plugin_name: String::new(),
        event_filter: None,
        time_compiled: Timestamp(0),
        text: None,
    };
    let mut members = json::Members::of(json).map_err(not_json)?;
    while let Some((key, span)) = members.next_member().map_err(not_json)? {
        if !matches!(key, b"plugin_name" | b"event_filter" | b"time_compiled" | b"text") {
            continue;
        }
        match (key, json::value(&json[span]).map_err(not_json)?) {
            (b"plugin_name", Value::String(name)) => head.plugin_name = beginning(&name),
            (b"event_filter", Value::String(filter)) => head.event_filter = Some(beginning(&filter)),
            (b"text", Value::String(text)) => head.text = Some(beginning(&text)),
            (b"time_compiled", Value::Integer(time)) => {
                head.time_compiled = Timestamp(time.try_into().unwrap_or(0))
            }
            _ => {}
        }
    }
    if head.plugin_name.is_empty() {
        return Err("it does not say of which plugin it is".into());
    }
    Ok(head)
}

/// As much of the text as is kept.
fn beginning(text: &str) -> String {
    text[..text.floor_char_boundary(MAXIMUM_TEXT)].to_owned()
}

/// What is behind an error in the JSON is not looked at: [`read_head`] has refused it.
fn read_counts(json: &[u8], visit: &mut impl FnMut(&str, u64)) -> u64 {
    let Ok(mut members) = json::Members::of(json) else {
        return 0;
    };
    let mut passed_over = 0;
    while let Ok(Some((key, span))) = members.next_member() {
        if key != b"analysis_counter" {
            continue;
        }
        let Ok(mut counts) = json::Members::of(&json[span.clone()]) else {
            return 1;
        };
        while let Ok(Some((name, number))) = counts.next_member() {
            let quoted = [b"\"", name, b"\""].concat();
            match (json::value(&quoted), json::value(&json[span.clone()][number])) {
                // Python's own type of counters, as an older Plaso noted it.
                (Ok(Value::String(name)), _) if name == "__type__" => {}
                (Ok(Value::String(name)), Ok(Value::Integer(number))) if u64::try_from(number).is_ok() => {
                    visit(&name, number.try_into().unwrap_or_default());
                }
                _ => passed_over += 1,
            }
        }
    }
    passed_over
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let head = read_head(
            7,
            br#"{"analysis_counter": {"a": 1}, "event_filter": "x is 1", "plugin_name": "fish", "time_compiled": 5}"#,
        )
        .unwrap();
        assert_eq!((head.row, head.plugin_name.as_str(), head.time_compiled), (7, "fish", Timestamp(5)));
        assert_eq!(head.event_filter.as_deref(), Some("x is 1"));
        for json in ["", "[]", "{}", r#"{"plugin_name": 1}"#, r#"{"plugin_name": "a", broken}"#] {
            assert!(read_head(1, json.as_bytes()).is_err(), "{json}");
        }
        let long = "\u{e4}".repeat(1 << 20);
        let json = format!(r#"{{"plugin_name": "a{long}", "event_filter": "{long}", "text": "{long}"}}"#);
        let head = read_head(1, json.as_bytes()).unwrap();
        let lengths = [head.plugin_name.len(), head.event_filter.unwrap().len(), head.text.unwrap().len()];
        assert_eq!(lengths, [MAXIMUM_TEXT - 1, MAXIMUM_TEXT, MAXIMUM_TEXT]);
    }

    #[test]
    fn counts() {
        let mut found = Vec::new();
        let json = br#"{"analysis_counter": {"a\u00e9": 1, "b": -1, "c": "2", "d": 3.5, "e": 4}, "plugin_name": "x"}"#;
        let passed_over = read_counts(json, &mut |name, number| found.push((name.to_owned(), number)));
        assert_eq!((found, passed_over), (vec![("aé".into(), 1), ("e".into(), 4)], 3));
        assert_eq!(read_counts(br#"{"analysis_counter": 7}"#, &mut |_, _| panic!("no counts")), 1);
    }
}
