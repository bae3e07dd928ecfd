//! Whether the indexes of a store are those of its tables.
//!
//! SQLite believes an index: where it finds all columns of a query in an index, it does not look at
//! the table. A damaged or forged index would add events, hide them or give them other values. So
//! tables are read `NOT INDEXED`. Only the tags of an event are searched by an index, after it was
//! compared with the table. What is written goes into all indexes, so who writes compares them all.

use std::hash::{BuildHasher as _, RandomState};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};

use crate::budget::{check_size, check_size_of};
use crate::{StorageError, Store};

/// How to find the tags of an event without looking at all tags: the words that have SQLite use
/// their index, behind the name of the table. By itself it would believe a store's statistics,
/// which can say that looking at all tags is faster. `None` if there is no index of the events
/// alone: from one with more columns, SQLite would read these, too.
pub(crate) fn index_of_tags(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT list.name FROM pragma_index_list('event_tag') AS list JOIN pragma_index_xinfo(list.name) AS part \
               WHERE list.partial = 0 AND part.seqno = 0 AND part.name = '_event_identifier' AND part.coll = 'BINARY' \
                   AND (SELECT count(*) FROM pragma_index_info(list.name)) = 1";
    let index: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(index.map(|index| format!("INDEXED BY \"{}\"", index.replace('"', "\"\""))))
}

/// Returns whether the index of the tags, as [`index_of_tags`] names it, has an entry for each tag
/// of the table, and no other. A tag that it lacks would not be found, and others would be those of
/// other events.
pub(crate) fn is_right(connection: &Connection, index: &str) -> rusqlite::Result<bool> {
    // SQLite's own check takes several times as long. Nobody can foresee the keys of the hashes.
    let keys = RandomState::new();
    let sum = |how: &str| -> rusqlite::Result<(u64, u64)> {
        check_size_of(connection, "event_tag", how, "")?;
        let sql = format!("SELECT _identifier, _event_identifier FROM event_tag {how}");
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut number, mut sum) = (0_u64, 0_u64);
        while let Some(row) = rows.next()? {
            let event = match row.get_ref(1)? {
                ValueRef::Text(bytes) => (0, bytes, 0),
                ValueRef::Blob(bytes) => (1, bytes, 0),
                ValueRef::Integer(integer) => (2, &[][..], integer.cast_unsigned()),
                ValueRef::Real(real) => (3, &[][..], real.to_bits()),
                ValueRef::Null => (4, &[][..], 0),
            };
            number += 1;
            sum = sum.wrapping_add(keys.hash_one((row.get::<_, i64>(0)?, event)));
        }
        Ok((number, sum))
    };
    Ok(sum(index)? == sum("NOT INDEXED")?)
}

/// Refuses to write to a store with an index of this table, to which analyses write, that is not
/// that of the table: SQLite would say so at the end of the work, or an event would get a second
/// tag, which Plaso does not read.
pub(crate) fn refuse_wrong_indexes(store: &Store, table: &str) -> Result<(), StorageError> {
    let read = || -> rusqlite::Result<bool> {
        let own = if table == "event_tag" { index_of_tags(&store.connection)? } else { None };
        let own_is_right = own.as_deref().map_or(Ok(true), |own| is_right(&store.connection, own))?;
        Ok(own_is_right && additional_are_right(&store.connection, table, own.as_deref())?)
    };
    match store.has_table(table)? && !read().map_err(|source| store.error("read", source))? {
        true => Err(StorageError::damaged(
            store.path(),
            format!(
                "the index of the table {table} does not lead to the rows of the table; in a copy, the statement REINDEX makes it \
                 anew"
            ),
        )),
        false => Ok(()),
    }
}

/// Whether the indexes of a table that Plaso does not make are those of the table.
fn additional_are_right(connection: &Connection, table: &str, own: Option<&str>) -> rusqlite::Result<bool> {
    let sql = "SELECT list.name, group_concat('\"' || part.name || '\" X', ', ') FROM pragma_index_list(?1) AS list \
               JOIN pragma_index_info(list.name) AS part GROUP BY 1 ORDER BY 1";
    let mut statement = connection.prepare(sql)?;
    let indexes = statement.query_map([table], |row| {
        let index = row.get::<_, String>(0)?.replace('"', "\"\"");
        Ok((format!("INDEXED BY \"{index}\""), row.get::<_, String>(1)?))
    })?;
    let indexes: Vec<_> = indexes.collect::<rusqlite::Result<_>>()?;
    let mut any = false;
    for (index, columns) in indexes.iter().filter(|(index, _)| Some(index.as_str()) != own) {
        // The check reads all values, however often the file has their pages.
        check_size(connection, table, columns)?;
        check_size_of(connection, table, index, columns)?;
        any = true;
    }
    if !any {
        return Ok(true);
    }
    let sql = format!("PRAGMA integrity_check({table})");
    Ok(connection.query_row(&sql, [], |row| row.get::<_, String>(0))? == "ok")
}
