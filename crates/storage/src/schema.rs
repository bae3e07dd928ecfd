//! Holds a store's tables to those that Plaso makes.
//!
//! A hostile or damaged store can define a table so that reading it computes for hours, a search by
//! its key looks at every row, or an insert is silently ignored. SQLite has many ways to say so
//! (expressions, constraints, conflict clauses, collations, keys that are no row numbers, virtual
//! tables, triggers), and new versions add more. So the definition of a table is not searched for
//! what is known to do harm: it must be written as Plaso writes it, with nothing else in it. More
//! columns are accepted if they are as plain as Plaso's.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use crate::StorageError;
use crate::budget::check_size;
use crate::format::{METADATA, RESULT_SUFFIX, SEQUENCE, TABLES, columns};

/// The types that Plaso declares, and those that it might.
const TYPES: [&str; 5] = ["INTEGER", "TEXT", "BLOB", "REAL", "BOOLEAN"];
/// How many tables and indexes a store has at most, and rows of `sqlite_sequence`. Plaso makes some
/// twenty; both are searched from their beginning for every row that is inserted.
const MOST_OBJECTS: i64 = 1_000;

/// How many indexes a table has at most, and how many columns one of them.
const MOST_INDEXES: i64 = 16;
const MOST_COLUMNS: i64 = 64;

/// Refuses a store whose table `metadata` is another than Plaso's, so that the format version can
/// be read.
pub(crate) fn check_metadata(connection: &Connection, path: &Path) -> Result<(), StorageError> {
    Checker { connection, path }.check(METADATA.name, METADATA.columns)
}

/// Refuses a store if a table that any command reads or writes is another than Plaso's.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<(), StorageError> {
    let checker = Checker { connection, path };
    checker.check_number_of("sqlite_schema")?;
    checker.check(SEQUENCE.name, SEQUENCE.columns)?;
    if checker.exists(SEQUENCE.name)? {
        checker.check_number_of(SEQUENCE.name)?;
        check_size(connection, SEQUENCE.name, "name TEXT, seq INTEGER").map_err(|e| checker.error(e))?;
        checker.check_lost_tables()?;
    }
    checker.check_roots()?;
    TABLES.iter().try_for_each(|table| checker.check(table.name, table.columns))?;
    // Which columns these need is known to who reads or writes them.
    checker.result_tables()?.iter().try_for_each(|table| checker.check(table, ""))
}

/// Refuses a store whose table of this name, if it has one, lacks one of these columns.
pub(crate) fn check_columns(
    connection: &Connection,
    path: &Path,
    table: &str,
    columns: &str,
) -> Result<(), StorageError> {
    Checker { connection, path }.check(table, columns)
}

struct Checker<'c> {
    connection: &'c Connection,
    path: &'c Path,
}

impl Checker<'_> {
    /// Checks all that has the name of this table or belongs to it.
    fn check(&self, table: &str, columns: &str) -> Result<(), StorageError> {
        let definition = |sql: &str| Definition::parse(sql, table)?.check(table, columns);
        let mut statement = self.prepare(
            "SELECT type, name, rootpage, substr(sql, 1, 100000), length(sql) FROM sqlite_schema \
             WHERE type <> 'index' AND (name = ?1 COLLATE NOCASE OR tbl_name = ?1 COLLATE NOCASE)",
        )?;
        let mut rows = statement.query([table]).map_err(|source| self.error(source))?;
        let mut exists = false;
        while let Some(row) = rows.next().map_err(|source| self.error(source))? {
            let text = |column| crate::connection::text(row, column).unwrap_or_default();
            let root: i64 = row.get(2).unwrap_or_default();
            let problem = match (text(0).as_str(), text(1)) {
                ("table", name) if name != table => Err(format!("its name is written {name:?}")),
                ("table", _) if root == 0 => Err("it is a virtual table".into()),
                ("table", _) if row.get(4).is_ok_and(|length: i64| length > 100_000) => {
                    Err("its definition is longer than 100,000 characters".into())
                }
                ("table", _) => definition(&text(3)),
                (kind, name) if name.eq_ignore_ascii_case(table) => Err(format!("it is a {kind}")),
                (kind, name) => Err(format!("it has the {kind} {name:?}")),
            };
            problem.map_err(|problem| self.refuse(table, problem))?;
            exists = true;
        }
        self.check_names(table)?;
        if exists { self.check_indexes(table) } else { Ok(()) }
    }

    /// Refuses what has the name of this table, or of its index, and is something else: it would
    /// stand in the way when the table or the index is made.
    fn check_names(&self, table: &str) -> Result<(), StorageError> {
        let sql = "SELECT type, name FROM sqlite_schema \
                   WHERE type = 'index' AND name = ?1 COLLATE NOCASE \
                       OR ?1 = 'event_tag' AND name = 'event_tag_per_event' COLLATE NOCASE AND NOT (type = 'index' \
                          AND EXISTS (SELECT 1 FROM pragma_index_list('event_tag') AS list WHERE list.name = sqlite_schema.name))";
        let stray: Option<(String, String)> = self
            .prepare(sql)?
            .query_row([table], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(|e| self.error(e))?;
        match stray {
            Some((kind, name)) => {
                Err(self.refuse(table, format!("the {kind} {name:?} has its name or that of its index")))
            }
            None => Ok(()),
        }
    }

    /// Refuses a store that has lost a table of what is analysed, because of damage for example: it
    /// would look like a store without events. SQLite forgets the last row number of a table that
    /// is removed.
    fn check_lost_tables(&self) -> Result<(), StorageError> {
        let sql = "SELECT max(name) FROM sqlite_sequence AS given \
                   WHERE name IN ('event', 'event_data', 'event_data_stream') AND typeof(seq) = 'integer' AND seq > 0 \
                       AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE sqlite_schema.name = given.name)";
        let lost: Option<String> =
            self.prepare(sql)?.query_row([], |row| row.get(0)).map_err(|e| self.error(e))?;
        match lost {
            Some(table) => Err(StorageError::Damaged {
                path: self.path.to_owned(),
                detail: format!("it has had rows in the table {table}, but has no such table any more"),
            }),
            None => Ok(()),
        }
    }

    /// Refuses two tables that share their pages: what is written to one would be in the other,
    /// too.
    fn check_roots(&self) -> Result<(), StorageError> {
        let sql = "SELECT max(name) FROM sqlite_schema WHERE rootpage > 0 GROUP BY rootpage HAVING count(*) > 1 \
                   ORDER BY 1 LIMIT 1";
        let shared: Option<String> =
            self.prepare(sql)?.query_row([], |row| row.get(0)).optional().map_err(|e| self.error(e))?;
        match shared {
            Some(table) => Err(self.refuse(&table, "it shares its pages with another table or index".into())),
            None => Ok(()),
        }
    }

    /// Accepts an index that somebody has made to search faster, but none that computes, leaves
    /// rows out, compares in a way of its own, or refuses rows.
    fn check_indexes(&self, table: &str) -> Result<(), StorageError> {
        let sql = "SELECT list.name FROM pragma_index_list(?1) AS list \
                   JOIN pragma_index_xinfo(list.name) AS part \
                   WHERE list.\"unique\" <> 0 OR list.partial <> 0 OR list.origin <> 'c' OR part.cid = -2 \
                       OR part.coll <> 'BINARY' \
                       OR list.name = 'event_tag_per_event' AND part.key AND (part.seqno > 0 OR part.name <> '_event_identifier')";
        let index: Option<String> =
            self.prepare(sql)?.query_row([table], |row| row.get(0)).optional().map_err(|e| self.error(e))?;
        if let Some(index) = index {
            return Err(self.refuse(table, format!("its index {index:?} is no plain one")));
        }
        // Each row that is written goes into all indexes, with each of their columns.
        let sql = "SELECT count(*), max(columns), max(distinct_columns < columns) FROM \
                   (SELECT count(part.name) AS columns, count(DISTINCT part.name) AS distinct_columns \
                    FROM pragma_index_list(?1) AS list JOIN pragma_index_info(list.name) AS part GROUP BY list.name)";
        let read = |row: &rusqlite::Row<'_>| {
            let number = |column| row.get::<_, Option<i64>>(column).map(Option::unwrap_or_default);
            Ok(number(0)? > MOST_INDEXES || number(1)? > MOST_COLUMNS || number(2)? > 0)
        };
        match self.prepare(sql)?.query_row([table], read).map_err(|e| self.error(e))? {
            true => Err(self.refuse(
                table,
                format!(
                    "it has more than {MOST_INDEXES} indexes, or one with more than {MOST_COLUMNS} columns or the same column twice"
                ),
            )),
            false => Ok(()),
        }
    }

    fn check_number_of(&self, table: &str) -> Result<(), StorageError> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {})", MOST_OBJECTS + 1);
        let rows: i64 =
            self.connection.query_row(&sql, [], |row| row.get(0)).map_err(|source| self.error(source))?;
        if rows <= MOST_OBJECTS {
            return Ok(());
        }
        Err(self.refuse(table, format!("it has more than {MOST_OBJECTS} rows")))
    }

    /// The names of the plugins' own tables, whichever plugins they are of, as they should be
    /// written.
    fn result_tables(&self) -> Result<Vec<String>, StorageError> {
        let names = || -> rusqlite::Result<Vec<String>> {
            let sql = "SELECT DISTINCT lower(name) FROM sqlite_schema \
                       WHERE type <> 'index' AND lower(substr(name, -length(?1))) = ?1 ORDER BY 1";
            self.connection.prepare(sql)?.query_map([RESULT_SUFFIX], |row| row.get(0))?.collect()
        };
        names().map_err(|source| self.error(source))
    }

    fn exists(&self, table: &str) -> Result<bool, StorageError> {
        crate::connection::has_table(self.connection, table).map_err(|source| self.error(source))
    }

    fn prepare(&self, sql: &str) -> Result<rusqlite::Statement<'_>, StorageError> {
        self.connection.prepare(sql).map_err(|source| self.error(source))
    }

    fn refuse(&self, table: &str, problem: String) -> StorageError {
        StorageError::foreign(self.path, table, problem)
    }

    fn error(&self, source: rusqlite::Error) -> StorageError {
        StorageError::sqlite("read", self.path, source)
    }
}

/// What the statement that made a table says.
#[derive(Debug, PartialEq, Eq)]
struct Definition {
    /// Whether it has the key that Plaso gives every table but `metadata`: the number of the row.
    numbered: bool,
    /// The types of the other columns; empty if none is declared.
    columns: BTreeMap<String, String>,
}

impl Definition {
    /// Takes a statement apart that has nothing but what Plaso writes.
    fn parse(sql: &str, table: &str) -> Result<Self, String> {
        let mut words = Words { rest: sql };
        words.expect(&["CREATE", "TABLE"])?;
        if words.name()? != table {
            return Err("its definition is of another table".into());
        }
        words.expect(&["("])?;
        let mut definition = Self { numbered: false, columns: BTreeMap::new() };
        loop {
            let column = words.name()?;
            let declared = words.next();
            if column == "_identifier" {
                // In any other words it may be no number of a row, so that a search by it looks at
                // all rows.
                let key = ["INTEGER", "PRIMARY", "KEY", "AUTOINCREMENT"];
                if !declared.eq_ignore_ascii_case(key[0]) || words.expect(&key[1..]).is_err() {
                    return Err(format!("its column _identifier is not {}", key.join(" ")));
                }
                definition.numbered = true;
            } else if let "," | ")" = declared {
                definition.columns.insert(column, String::new());
                if declared == ")" {
                    break;
                }
                continue;
            } else if TYPES.contains(&&*declared.to_ascii_uppercase()) {
                definition.columns.insert(column, declared.to_ascii_uppercase());
            } else {
                return Err(unknown(declared));
            }
            match words.next() {
                "," => {}
                ")" => break,
                other => return Err(unknown(other)),
            }
        }
        match words.next() {
            "" => Ok(definition),
            other => Err(unknown(other)),
        }
    }

    /// Whether it has all that is needed of a table, with these columns.
    fn check(&self, table: &str, required: &str) -> Result<(), String> {
        if !self.numbered && ![METADATA.name, SEQUENCE.name].contains(&table) {
            return Err("its column _identifier is missing".into());
        }
        for (name, declared) in columns(required).filter_map(|column| column.split_once(' ')) {
            match self.columns.get(name).map(String::as_str) {
                Some(found) if found == declared => {}
                // Without compression Plaso declares texts.
                Some("TEXT") if name == "_data" => {}
                Some(found) => {
                    return Err(format!("its column {name} is declared {found:?}, not {declared}"));
                }
                None => return Err(format!("its column {name} is missing")),
            }
        }
        Ok(())
    }
}

fn unknown(word: &str) -> String {
    match word.chars().take(40).collect::<String>() {
        word if word.is_empty() => "its definition is not complete".into(),
        word => format!("its definition has {word:?}"),
    }
}

/// The words of a statement, and the signs between them.
struct Words<'s> {
    rest: &'s str,
}

impl<'s> Words<'s> {
    /// The next word, quoted name or sign; empty at the end.
    fn next(&mut self) -> &'s str {
        let rest = self.rest.trim_ascii_start();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match rest.chars().next() {
            Some(first) if is_part(first) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            // Up to the closing quote; a name with a quote in it is none of Plaso's.
            Some('"') => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            Some(other) => other.len_utf8(),
            None => 0,
        };
        let (word, rest) = rest.split_at(length);
        self.rest = rest;
        word
    }

    fn expect(&mut self, words: &[&str]) -> Result<(), String> {
        for expected in words {
            let found = self.next();
            if !found.eq_ignore_ascii_case(expected) {
                return Err(unknown(found));
            }
        }
        Ok(())
    }

    /// A name: letters, digits and underscores, quoted or not.
    fn name(&mut self) -> Result<String, String> {
        let word = self.next();
        let name = word.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(word);
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain { Ok(name.to_owned()) } else { Err(unknown(word)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Table;

    fn check(sql: &str) -> Result<(), String> {
        Definition::parse(sql, "event_tag")?.check("event_tag", Table::of("event_tag").unwrap().columns)
    }

    #[test]
    fn what_plaso_makes_is_accepted_and_more_plain_columns() {
        for table in &TABLES {
            let definition = Definition::parse(&table.statement(), table.name).unwrap();
            definition.check(table.name, table.columns).unwrap();
        }
        for sql in [
            "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT)",
            "CREATE TABLE \"event_tag\"(\n_identifier integer primary key autoincrement,labels TEXT,\t_event_identifier TEXT,x,y REAL)",
            "CREATE TABLE event_tag (x, labels TEXT, _event_identifier TEXT, _identifier INTEGER PRIMARY KEY AUTOINCREMENT)",
        ] {
            assert_eq!(check(sql), Ok(()), "{sql}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        let key = "_identifier INTEGER PRIMARY KEY AUTOINCREMENT";
        for (columns, expected) in [
            ("_event_identifier TEXT, labels TEXT", "_identifier is missing"),
            (
                "_identifier TEXT, _event_identifier TEXT, labels TEXT",
                "is not INTEGER PRIMARY KEY AUTOINCREMENT",
            ),
            (
                "_identifier INT PRIMARY KEY, _event_identifier TEXT, labels TEXT",
                "is not INTEGER PRIMARY KEY AUTOINCREMENT",
            ),
            ("_identifier INTEGER PRIMARY KEY DESC, labels TEXT", "is not INTEGER"),
            ("_identifier INTEGER PRIMARY KEY ON CONFLICT IGNORE, labels TEXT", "is not INTEGER"),
            ("KEY, _event_identifier TEXT, labels TEXT UNIQUE ON CONFLICT IGNORE", "\"UNIQUE\""),
            ("KEY, _event_identifier TEXT COLLATE NOCASE, labels TEXT", "\"COLLATE\""),
            ("KEY, _event_identifier TEXT NOT NULL, labels TEXT", "\"NOT\""),
            ("KEY, _event_identifier TEXT, labels TEXT, x DEFAULT (1)", "\"DEFAULT\""),
            ("KEY, _event_identifier TEXT, labels TEXT, x AS (1)", "\"AS\""),
            ("KEY, _event_identifier TEXT, labels TEXT, CHECK (labels)", "\"(\""),
            ("KEY, _event_identifier TEXT, labels TEXT REFERENCES x", "\"REFERENCES\""),
            ("KEY, _event_identifier TEXT, labels TEXT /* x */", "\"/\""),
            ("KEY, _event_identifier TEXT, labels", "declared \"\", not TEXT"),
            ("KEY, labels TEXT", "_event_identifier is missing"),
            ("KEY, \"a\"\"b\" TEXT", "definition"),
            ("KEY, \"a", "definition"),
            ("KEY, ä", "definition"),
            ("KEY", "is missing"),
        ] {
            let sql = format!("CREATE TABLE event_tag ({})", columns.replace("KEY,", &format!("{key},")));
            let problem = check(&sql).unwrap_err();
            assert!(problem.contains(expected), "{sql}: {problem}");
        }
        for end in [") STRICT", ") WITHOUT ROWID", "", "),"] {
            let sql = format!("CREATE TABLE event_tag ({key}, _event_identifier TEXT, labels TEXT{end}");
            assert!(check(&sql).unwrap_err().contains("definition"), "{sql}");
        }
        assert!(check("CREATE TABLE other (x)").unwrap_err().contains("another table"));
        assert!(check("").is_err() && check("CREATE VIRTUAL TABLE event_tag USING fts5(x)").is_err());
    }
}
