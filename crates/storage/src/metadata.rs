//! What a store says of itself: that it is Plaso's, and in which format.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use crate::budget::check_size;
use crate::connection::has_table;
use crate::format::{Compression, Format, METADATA, SUPPORTED_VERSIONS};
use crate::{StorageError, schema, what_it_is};

/// Returns the format of the store, and refuses a file that is no store, or none of a supported
/// format.
pub(crate) fn read_format(connection: &Connection, path: &Path) -> Result<Format, StorageError> {
    let not_plaso = |found: &str| StorageError::NotPlaso { path: path.to_owned(), found: found.into() };
    let sqlite = |source| StorageError::sqlite("read", path, source);
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        return Err(not_plaso("it is empty"));
    }
    if !has_table(connection, "metadata").map_err(sqlite)? {
        return Err(not_plaso(&what_it_is::database(connection).map_err(sqlite)?));
    }
    schema::check_metadata(connection, path)?;
    check_size(connection, METADATA.name, METADATA.columns).map_err(sqlite)?;
    // If a key has several rows, the last counts, as in Plaso.
    let sql = "SELECT value FROM metadata NOT INDEXED WHERE key = ?1 ORDER BY rowid DESC LIMIT 1";
    let metadata = |key: &str| {
        connection.query_row(sql, [key], |row| row.get::<_, String>(0)).optional().map_err(sqlite)
    };
    let Some(version) = metadata("format_version")?.and_then(|text| text.parse::<i64>().ok()) else {
        return Err(not_plaso("it has no format version"));
    };
    if !SUPPORTED_VERSIONS.iter().any(|&(supported, _)| supported == version) {
        let too_new = SUPPORTED_VERSIONS.iter().all(|&(supported, _)| supported < version);
        return Err(StorageError::Version { path: path.to_owned(), version, too_new });
    }
    // After the version: an older Plaso has made its tables in its own way.
    schema::check(connection, path)?;
    let unsupported = |what, found: Option<String>, supported| StorageError::Unsupported {
        path: path.to_owned(),
        what,
        found: found.unwrap_or_default().chars().take(64).collect(),
        supported,
    };
    let serialization = metadata("serialization_format")?;
    if serialization.as_deref() != Some("json") {
        return Err(unsupported("serialization format", serialization, "json"));
    }
    let compression = match metadata("compression_format")?.as_deref() {
        Some("none") => Compression::None,
        Some("zlib") => Compression::Zlib,
        found => {
            return Err(unsupported("compression format", found.map(str::to_owned), "none, zlib"));
        }
    };
    Ok(Format { version, compression })
}
