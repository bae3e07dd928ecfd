//! Says what a file is that was given as a storage file, and what to do with it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use rusqlite::Connection;

/// How much of a file is looked at.
const HEAD: usize = 4096;

/// The maximum number of tables of a database that are named.
const MAXIMUM_TABLES: usize = 5;

/// The first bytes of files that are given by mistake, and what the file is.
#[rustfmt::skip]
const SIGNATURES: [(&[u8], &str); 9] = [
    (b"\x1f\x8b", "it is compressed with gzip; unpack it first"),
    (b"BZh", "it is compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ\0", "it is compressed with xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive; if it contains a storage file, unpack it first"),
    (b"ElfFile\0", "it is a Windows event log (EVTX); make a storage file of it first with:\n  log2timeline --storage-file NEW.plaso SOURCE"),
    (b"EVF\x09\x0d\x0a\xff\0", "it is a disk image (EWF); make a storage file of it first with:\n  log2timeline --storage-file NEW.plaso SOURCE"),
    (b"PAR1", "it is a Parquet file; give the storage file that it was made from"),
    (b"%PDF-", "it is a PDF file"),
];

/// Files at the start of the ZIP archives that Plaso made before 2018.
const ZIP_STORE: [&[u8]; 5] = [b"information.dump", b"metadata.txt", b"event_data.", b"events.", b"plaso_"];

/// Says what a file is that is no database.
pub(crate) fn file(file: &File) -> String {
    let mut head = vec![0; HEAD];
    let length = file.read_at(&mut head, 0).unwrap_or(0);
    head.truncate(length);
    if head.starts_with(b"PK\x03\x04") {
        return zip(&head).into();
    }
    if let Some((_, what)) = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)) {
        return (*what).into();
    }
    if head.get(257..262) == Some(b"ustar") {
        return "it is a tar archive; if it contains a storage file, unpack it first".into();
    }
    text(&head).unwrap_or("it is no SQLite database").into()
}

fn zip(head: &[u8]) -> &'static str {
    // The name of the first file comes after 30 bytes.
    let name = head.get(30..).unwrap_or_default();
    if ZIP_STORE.iter().any(|known| name.starts_with(known)) {
        "it is a storage file of a Plaso from before 2018, a ZIP archive, which this program does not read; make it anew \
         from its source with:\n  log2timeline --storage-file NEW.plaso SOURCE"
    } else {
        "it is a ZIP archive; if it contains a storage file, unpack it first"
    }
}

/// Says what kind of text it is. Returns `None` if it is no text.
fn text(head: &[u8]) -> Option<&'static str> {
    let cut = head.utf8_chunks().next()?.valid();
    // The last character may be cut.
    if cut.len() + 4 < head.len() || cut.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()) {
        return None;
    }
    let first = cut.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let start = cut.trim_start_matches('\u{feff}').trim_start();
    Some(if start.starts_with(['{', '[']) {
        "it is a JSON file; give the storage file (.plaso) that it was made from"
    } else if start.starts_with("<!DOCTYPE") || start.starts_with("<html") {
        "it is an HTML page; give the storage file (.plaso) that it was made from"
    } else if first.matches(',').count() >= 2 || first.matches('\t').count() >= 2 {
        "it is a CSV file; give the storage file (.plaso) that it was made from"
    } else {
        "it is a text file, and no SQLite database"
    })
}

/// Says what a database is that has no table `metadata`.
pub(crate) fn database(connection: &Connection) -> rusqlite::Result<String> {
    let sql = "SELECT substr(name, 1, 40) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               ORDER BY name LIMIT 6";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| Ok(crate::connection::text(row, 0).unwrap_or_default()))?;
    let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
    let shown = names.iter().take(MAXIMUM_TABLES).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if names.len() > MAXIMUM_TABLES { ", …" } else { "" };
    Ok(match names.as_slice() {
        [] => "it is an SQLite database without tables".into(),
        _ => format!("it is an SQLite database of another program, with the tables {shown}{more}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_their_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (bytes, expected) in [
            (&b"PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"[..], "a ZIP archive; if"),
            (b"PK\x03\x0412345678901234567890123456information.dump", "a Plaso from before 2018"),
            (b"PK\x03\x04", "a ZIP archive; if"),
            (b"datetime,timestamp_desc,source\n1,2,3\n", "a CSV file"),
            (b"\xef\xbb\xbfa\tb\tc\n", "a CSV file"),
            (b"{\"a\": 1}\n", "a JSON file"),
            (b"<!DOCTYPE html>", "an HTML page"),
            (b"notes\n", "a text file"),
            ("caf\u{e9}".as_bytes(), "a text file"),
            (b"ElfFile\0\0\0", "a Windows event log"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"\0\x01\x02", "no SQLite database"),
            (b"a\xff\xff\xff\xff\xff\xff\xff\xff", "no SQLite database"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let said = self::file(&File::open(&path).unwrap());
            assert!(said.contains(expected), "{bytes:?}: {said}");
        }
    }
}
