//! Reads Plaso's database of the texts of Windows event logs, `winevt-rc.db`.
//!
//! It belongs to an installation of Plaso and lies beside the folder of its formatter files.

use std::collections::HashMap;
use std::path::Path;

use events::{EventLogProvider, EventLogTexts, json};
use rusqlite::{Connection, OpenFlags, Row};

use crate::StorageError;
use crate::connection::{configure, connect, text, uri};
use crate::schema::check_columns;

/// The name of the database.
const NAME: &str = "winevt-rc.db";
/// The maximum number of rows that are read of a table. Plaso's has 106,359 texts.
const MAXIMUM_ROWS: usize = 1 << 20;
/// The maximum size of all texts, in bytes. Plaso's have 3.5 MB.
const MAXIMUM_SIZE: usize = 64 << 20;
/// The tables that are read, with their columns. They must be Plaso's: a computed column could take
/// any time, and a join by a key that is no key the square of the number of rows.
const TABLES: [(&str, &str); 4] = [
    (
        "winevtrc_eventlog_provider",
        "identifier TEXT, log_sources TEXT, event_message_files TEXT, parameter_message_files TEXT",
    ),
    ("winevtrc_message_file", "windows_path TEXT"),
    ("winevtrc_message_table", "_message_file_identifier TEXT, language_identifier INTEGER"),
    ("winevtrc_message_string", "_message_table_identifier TEXT, message_identifier INTEGER, text TEXT"),
];
/// The number of the language of the texts that are read, English.
const LANGUAGE: u32 = 0x0409;

/// Reads the texts of Windows event logs that lie beside a folder of formatter files. Returns no
/// texts if there is no such database.
///
/// # Errors
///
/// If the database cannot be read, or its tables are not Plaso's.
pub fn event_log_texts(formatters: &Path) -> Result<EventLogTexts, StorageError> {
    let path = formatters.join("..").join(NAME);
    if !path.exists() {
        return Ok(EventLogTexts::default());
    }
    // The links on its path are examined as those to the formatter files are.
    files::open_database(&path).map_err(|source| StorageError::cannot_open(&path, source))?;
    let failed = |source| StorageError::sqlite("read", &path, source);
    let connection = open(&path).map_err(failed)?;
    for (table, columns) in TABLES {
        check_columns(&connection, &path, table, columns)?;
    }
    read(&connection).map_err(failed)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Nothing may be written beside the database, which is not ours.
    let connection = connect(uri(path, "immutable=1"), flags)?;
    configure(&connection)?;
    Ok(connection)
}

fn read(connection: &Connection) -> rusqlite::Result<EventLogTexts> {
    let mut texts = EventLogTexts::default();
    let mut size = 0_usize;
    let sql = "SELECT identifier, log_sources, event_message_files, parameter_message_files FROM winevtrc_eventlog_provider";
    visit(connection, sql, |row| {
        let list = |column| text(row, column).and_then(|list| json::strings(list.as_bytes()).ok());
        let list = |column| list(column).unwrap_or_default();
        let provider = EventLogProvider { message_files: list(2), parameter_files: list(3) };
        let names: Vec<_> = text(row, 0).into_iter().chain(list(1)).collect();
        // Each name has a copy of all files.
        let files = provider.message_files.iter().chain(&provider.parameter_files);
        let copy: usize = files.map(|file| size_of::<String>() + file.len()).sum();
        size = names.iter().fold(size, |size, name| size.saturating_add(name.len() + copy));
        if size > MAXIMUM_SIZE {
            return Ok(false);
        }
        texts.providers.extend(names.into_iter().map(|name| (name.to_lowercase(), provider.clone())));
        Ok(true)
    })?;
    let mut has_room = |text: &str| {
        size += text.len();
        size <= MAXIMUM_SIZE
    };
    visit(connection, "SELECT windows_path, _identifier FROM winevtrc_message_file", |row| {
        let (Some(path), Ok(number)) = (text(row, 0), row.get(1)) else { return Ok(true) };
        texts.files.insert(EventLogTexts::path(&path), number);
        Ok(has_room(&path))
    })?;
    let files = files_of_tables(connection)?;
    let sql = "SELECT _message_table_identifier, message_identifier, text FROM winevtrc_message_string ORDER BY _identifier";
    visit(connection, sql, |row| {
        let file = text(row, 0).and_then(|table| files.get(&table));
        let (Some(file), Ok(identifier), Some(text)) = (file, row.get::<_, u32>(1), text(row, 2)) else {
            return Ok(true);
        };
        let is_read = has_room(&text);
        texts.texts.entry((*file, identifier)).or_insert(text);
        Ok(is_read)
    })?;
    Ok(texts)
}

/// Returns the numbers of the files of English texts, by the names of their tables. A join would
/// compare each text with each table, because the names are no keys.
fn files_of_tables(connection: &Connection) -> rusqlite::Result<HashMap<String, i64>> {
    let sql = format!(
        "SELECT 'winevtrc_message_table.' || _identifier, \
                CAST(substr(_message_file_identifier, 23) AS INTEGER) \
         FROM winevtrc_message_table WHERE language_identifier = {LANGUAGE}"
    );
    let mut files = HashMap::new();
    visit(connection, &sql, |row| {
        files.insert(row.get(0)?, row.get(1)?);
        Ok(true)
    })?;
    Ok(files)
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
            CREATE TABLE winevtrc_eventlog_provider (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, identifier TEXT,
                log_sources TEXT, event_message_files TEXT, parameter_message_files TEXT);
            CREATE TABLE winevtrc_message_file (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, windows_path TEXT);
            CREATE TABLE winevtrc_message_table (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _message_file_identifier TEXT,
                language_identifier INTEGER);
            CREATE TABLE winevtrc_message_string (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _message_table_identifier TEXT,
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

    /// A database with one provider.
    fn database(folder: &Path, provider_columns: &str, rows: &str) -> std::path::PathBuf {
        let formatters = folder.join("formatters");
        std::fs::create_dir_all(&formatters).unwrap();
        let key = "_identifier INTEGER PRIMARY KEY AUTOINCREMENT";
        let sql = format!(
            "CREATE TABLE winevtrc_eventlog_provider ({key}, {provider_columns});
            CREATE TABLE winevtrc_message_file ({key}, windows_path TEXT);
            CREATE TABLE winevtrc_message_table ({key}, _message_file_identifier TEXT, language_identifier INTEGER);
            CREATE TABLE winevtrc_message_string ({key}, _message_table_identifier TEXT,
                message_identifier INTEGER, text TEXT);
            {rows}"
        );
        Connection::open(folder.join(NAME)).unwrap().execute_batch(&sql).unwrap();
        formatters
    }

    #[test]
    fn tables_that_are_not_plasos_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let columns = "log_sources TEXT, event_message_files TEXT, parameter_message_files TEXT, identifier TEXT AS ('x')";
        let error = event_log_texts(&database(folder.path(), columns, "")).unwrap_err().to_string();
        assert!(error.contains("winevtrc_eventlog_provider"), "{error}");
    }

    /// Each text is looked up once. A comparison with each table would take minutes here.
    #[test]
    fn many_tables_with_many_texts() {
        let folder = tempfile::tempdir().unwrap();
        let columns =
            "identifier TEXT, log_sources TEXT, event_message_files TEXT, parameter_message_files TEXT";
        let numbers =
            "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 30000)";
        let rows = format!(
            "INSERT INTO winevtrc_message_table {numbers} SELECT n, 'winevtrc_message_file.1', 1033 FROM number;
            INSERT INTO winevtrc_message_string {numbers} SELECT n, 'winevtrc_message_table.' || n, n, 'text' FROM number;"
        );
        let texts = event_log_texts(&database(folder.path(), columns, &rows)).unwrap();
        assert_eq!(texts.texts.len(), 30_000);
    }

    /// Each name of a provider has a copy of its files.
    #[test]
    fn names_times_files_have_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let columns =
            "identifier TEXT, log_sources TEXT, event_message_files TEXT, parameter_message_files TEXT";
        let list = |count: usize| {
            let members: Vec<_> = (0..count).map(|number| format!("\"{number}\"")).collect();
            format!("[{}]", members.join(","))
        };
        let row = |names, files| {
            format!(
                "INSERT INTO winevtrc_eventlog_provider (identifier, log_sources, event_message_files) \
                 VALUES ('p', '{}', '{}');",
                list(names),
                list(files)
            )
        };
        let formatters = database(folder.path(), columns, &(row(10, 10) + &row(5_000, 5_000)));
        assert_eq!(event_log_texts(&formatters).unwrap().providers.len(), 11);
    }
}
