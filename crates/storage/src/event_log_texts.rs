//! Reads Plaso's database of the texts of Windows event logs, `winevt-rc.db`.
//!
//! It belongs to an installation of Plaso and lies beside the folder of its formatter files.

use std::path::Path;

use events::{EventLogProvider, EventLogTexts, json};
use rusqlite::{Connection, OpenFlags, Row};

use crate::StorageError;
use crate::connection::{configure, require_regular, text, uri};

/// The name of the database.
const NAME: &str = "winevt-rc.db";
/// The maximum number of rows that are read of a table. Plaso's has 106,359 texts.
const MAXIMUM_ROWS: usize = 1 << 20;
/// The maximum size of all texts, in bytes. Plaso's have 3.5 MB.
const MAXIMUM_SIZE: usize = 64 << 20;
/// The number of the language of the texts that are read, English.
const LANGUAGE: u32 = 0x0409;

/// Reads the texts of Windows event logs that lie beside a folder of formatter files. Returns no
/// texts if there is no such database.
///
/// # Errors
///
/// If the database cannot be read.
pub fn event_log_texts(formatters: &Path) -> Result<EventLogTexts, StorageError> {
    let path = formatters.join("..").join(NAME);
    if !path.exists() {
        return Ok(EventLogTexts::default());
    }
    require_regular(&path)?;
    read(&path).map_err(|source| StorageError::sqlite("read", &path, source))
}

fn read(path: &Path) -> rusqlite::Result<EventLogTexts> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Nothing may be written beside the database, which is not ours.
    let connection = Connection::open_with_flags(uri(path, "immutable=1"), flags)?;
    configure(&connection)?;
    let mut texts = EventLogTexts::default();
    let mut size = 0;
    let mut room = |row: &Row<'_>, columns: usize| {
        size += (0..columns).filter_map(|column| text(row, column)).map(|text| text.len()).sum::<usize>();
        size <= MAXIMUM_SIZE
    };
    let sql = "SELECT identifier, log_sources, event_message_files, parameter_message_files FROM winevtrc_eventlog_provider";
    visit(&connection, sql, |row| {
        let list = |column| text(row, column).and_then(|list| json::strings(list.as_bytes()).ok());
        let list = |column| list(column).unwrap_or_default();
        let provider = EventLogProvider { message_files: list(2), parameter_files: list(3) };
        let names = text(row, 0).into_iter().chain(list(1));
        texts.providers.extend(names.map(|name| (name.to_lowercase(), provider.clone())));
        Ok(room(row, 4))
    })?;
    visit(&connection, "SELECT windows_path, _identifier FROM winevtrc_message_file", |row| {
        if let (Some(path), Ok(number)) = (text(row, 0), row.get(1)) {
            texts.files.insert(EventLogTexts::path(&path), number);
        }
        Ok(room(row, 1))
    })?;
    let sql = format!(
        "SELECT string.text, table_.file, string.message_identifier FROM winevtrc_message_string AS string \
         JOIN (SELECT 'winevtrc_message_table.' || _identifier AS name, \
                   CAST(substr(_message_file_identifier, 23) AS INTEGER) AS file \
               FROM winevtrc_message_table WHERE language_identifier = {LANGUAGE}) AS table_ \
         ON table_.name = string._message_table_identifier ORDER BY string._identifier"
    );
    visit(&connection, &sql, |row| {
        if let (Some(text), Ok(file), Ok(identifier)) = (text(row, 0), row.get(1), row.get::<_, u32>(2)) {
            texts.texts.entry((file, identifier)).or_insert(text);
        }
        Ok(room(row, 1))
    })?;
    Ok(texts)
}

/// Shows `read` each row, until it returns `false`.
fn visit(
    connection: &Connection,
    sql: &str,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    for _ in 0..MAXIMUM_ROWS {
        match rows.next()? {
            Some(row) if read(row)? => {}
            _ => break,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_by_provider_or_source() {
        let folder = tempfile::tempdir().unwrap();
        let formatters = folder.path().join("formatters");
        std::fs::create_dir(&formatters).unwrap();
        assert!(event_log_texts(&formatters).unwrap().texts.is_empty(), "no database, no texts");
        let connection = Connection::open(folder.path().join(NAME)).unwrap();
        let sql = r#"
            CREATE TABLE winevtrc_eventlog_provider (_identifier INTEGER PRIMARY KEY, identifier TEXT,
                log_sources TEXT, event_message_files TEXT, parameter_message_files TEXT);
            CREATE TABLE winevtrc_message_file (_identifier INTEGER PRIMARY KEY, windows_path TEXT);
            CREATE TABLE winevtrc_message_table (_identifier INTEGER PRIMARY KEY, _message_file_identifier TEXT,
                language_identifier INTEGER);
            CREATE TABLE winevtrc_message_string (_identifier INTEGER PRIMARY KEY, _message_table_identifier TEXT,
                message_identifier INTEGER, text TEXT);
            INSERT INTO winevtrc_eventlog_provider VALUES (1, '{GUID}', '["Source One"]', '["A.dll"]', '[]');
            INSERT INTO winevtrc_message_file VALUES (7, '%SystemRoot%\System32\en-US\a.dll.mui');
            INSERT INTO winevtrc_message_table VALUES (3, 'winevtrc_message_file.7', 1033),
                (4, 'winevtrc_message_file.7', 3082);
            INSERT INTO winevtrc_message_string VALUES (1, 'winevtrc_message_table.4', 5, 'hola'),
                (2, 'winevtrc_message_table.3', 5, 'hello {0:s}'), (3, 'winevtrc_message_table.3', 5, 'later');"#;
        connection.execute_batch(sql).unwrap();
        let texts = event_log_texts(&formatters).unwrap();
        for (provider, source) in
            [(Some("{guid}"), None), (None, Some("SOURCE one")), (Some("{x}"), Some("Source One"))]
        {
            assert_eq!(texts.message(provider, source, 5), Some("hello {0:s}"));
        }
        assert_eq!(
            (texts.message(None, Some("source one"), 6), texts.message(None, Some("x"), 5)),
            (None, None)
        );
        std::fs::write(folder.path().join(NAME), "no database").unwrap();
        assert!(event_log_texts(&formatters).is_err());
    }
}
