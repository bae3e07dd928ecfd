//! Indexes that are not those of their tables: SQLite would read them in place of the tables.

use tests::{Program, Store, foreman};

const TABLES: [&str; 9] = [
    "analysis_report",
    "event",
    "event_data",
    "event_data_stream",
    "event_label_count",
    "event_source",
    "event_tag",
    "parser_count",
    "session",
];

/// A store with results, so that its tables have rows.
fn analysed() -> Store {
    let store = Store::of("sample");
    let rules = store.beside("rules.txt", "sshd\n  reporter is 'sshd'\n");
    let run = foreman(["analyze", "--analysis", "tagging,sessionize", "--tagging-file"]).arg(rules);
    run.arg(store.path()).succeed();
    store
}

/// Gives a table an index of all its columns that was made when the table had half of its rows, and
/// nothing in them.
fn add_index(store: &Store, table: &str) {
    let columns: Vec<String> = {
        let connection = store.connection();
        let mut columns = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        columns.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let empty: Vec<_> = columns[1..].iter().map(|column| format!("{column} = NULL")).collect();
    assert_eq!(columns[0], "_identifier", "{table}");
    let keep = "PRAGMA writable_schema = on; DELETE FROM sqlite_schema WHERE name IN ('added', 'event_tag_per_event')";
    store.change(&format!(
        "CREATE TABLE rows AS SELECT * FROM {table}; \
         DELETE FROM {table} WHERE _identifier % 2 = 0; UPDATE {table} SET {}; \
         CREATE INDEX added ON {table} ({}); \
         CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name IN ('added', 'event_tag_per_event'); {keep}",
        empty.join(", "),
        columns.join(", ")
    ));
    // The index of the tags is made again.
    let own = "CREATE INDEX IF NOT EXISTS event_tag_per_event ON event_tag (_event_identifier);";
    store.change(&format!(
        "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM rows; DROP TABLE rows; {own} \
         PRAGMA writable_schema = on; INSERT INTO sqlite_schema SELECT * FROM kept WHERE name = 'added'; DROP TABLE kept"
    ));
}

/// What commands that only read say of a store, but for its size.
fn read(store: &Store) -> Vec<String> {
    let commands: [&[&str]; 5] = [
        &["info", "--format", "json"],
        &["report", "--format", "json"],
        &["export", "--format", "jsonl"],
        &["export", "--format", "jsonl", "--label", "sshd"],
        &["check", "--event", "10"],
    ];
    let of = |command: Program| {
        let stdout = command.arg(store.path()).succeed().stdout;
        let lines =
            stdout.lines().filter(|line| !line.contains("\"size\": ") && !line.contains("\"path\": "));
        lines.filter(|line| !line.contains("\"sha256\": ")).collect::<Vec<_>>().join("\n")
    };
    commands.into_iter().map(|command| of(foreman(command))).collect()
}

/// Events would be missing, and others be without their data, in results that look complete.
#[test]
fn tables_are_read_not_their_indexes() {
    let whole = analysed();
    let expected = read(&whole);
    for table in TABLES {
        let store = Store::copy_of(whole.path());
        add_index(&store, table);
        let found = read(&store);
        for (found, expected) in found.iter().zip(&expected) {
            assert!(found == expected, "{table}: {found}\n\ninstead of\n{expected}");
        }
    }
}

/// SQLite would say so when the results are stored, after all the work.
#[test]
fn tables_with_wrong_indexes_are_not_written() {
    let whole = analysed();
    for table in ["analysis_report", "event_label_count", "event_tag", "session"] {
        let store = Store::copy_of(whole.path());
        add_index(&store, table);
        let bytes = store.bytes();
        let refused = foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).expect(1).stderr;
        let expected = format!("the index of the table {table} does not lead to the rows of the table");
        assert!(refused.contains(&expected), "{table}: {refused}");
        assert!(store.bytes() == bytes, "{table}: the store has changed");
        // The advice of the message.
        store.change("REINDEX");
        foreman(["analyze", "--analysis", "sessionize", "--force"]).arg(store.path()).succeed();
    }
}
