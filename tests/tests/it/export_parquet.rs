//! `foreman export --format parquet`, read by DuckDB.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tests::{Compression, NewStore, Store, places};

use crate::export::{export, exported, hostile, rows};
use crate::support::analyze;

/// Exports to a new folder.
fn tables(store: &Store, arguments: &[&str], status: i32) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    export(store).args(["--format", "parquet", "--output"]).arg(&path).args(arguments).expect(status);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something is left behind");
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs statements of SQL with DuckDB in a folder, and returns the rows of each. The Python that
/// `DUCKDB_PYTHON` names, or `python3`, must have the package `duckdb`.
fn duckdb(folder: &Path, statements: &[String]) -> Option<Vec<Value>> {
    const SCRIPT: &str = "import duckdb, json, sys\n\
        duckdb.sql(\"SET TimeZone = 'UTC'\")\n\
        for sql in json.load(sys.stdin): print(json.dumps(duckdb.sql(sql).fetchall(), default=str))";
    let python = std::env::var_os("DUCKDB_PYTHON").unwrap_or_else(|| "python3".into());
    let has_it = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !has_it.is_ok_and(|found| found.status.success()) {
        places::skipped("Python has no duckdb (pip install duckdb; DUCKDB_PYTHON names the Python)");
        return None;
    }
    let mut run = Command::new(&python);
    run.args(["-c", SCRIPT]).current_dir(folder);
    run.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = run.spawn().unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), statements).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{statements:?}");
    Some(rows(&String::from_utf8(output.stdout).unwrap()))
}

/// The sums over all events that are compared between the formats.
const SUMS: &str = "SELECT count(*), sum(event), sum(length(message)), count(host), sum(epoch_us(timestamp))::VARCHAR, \
    count(DISTINCT data_type), sum(length(tag)), sum(length(pathspec->>'location')) \
    FROM read_parquet('*.parquet', union_by_name = true)";

fn sums_of_json(lines: &str) -> Value {
    let rows = rows(lines);
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let sum = |of: &dyn Fn(&Value) -> i128| rows.iter().map(of).sum::<i128>();
    let data_types: std::collections::BTreeSet<_> =
        rows.iter().map(|row| row["data_type"].as_str()).collect();
    let sums = [
        rows.len() as i128,
        sum(&|row| row["event"].as_i64().unwrap().into()),
        sum(&|row| length(&row["message"]) as i128),
        sum(&|row| i128::from(row["host"].is_string())),
        sum(&|row| row["timestamp"].as_i64().unwrap_or(0).into()),
        data_types.len() as i128,
        sum(&|row| row["tag"].as_array().map_or(0, Vec::len) as i128),
        sum(&|row| length(&row["pathspec"]["location"]) as i128),
    ];
    let values = sums.iter().enumerate().map(|(column, sum)| match column {
        // This sum does not fit into 64 bits.
        4 => Value::from(sum.to_string()),
        _ => Value::from(i64::try_from(*sum).unwrap()),
    });
    Value::Array(vec![values.collect()])
}

#[test]
fn sums_are_those_of_json_lines() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let (_folder, path) = tables(&store, &[], 0);
    let Some(found) = duckdb(&path, &[SUMS.to_owned()]) else { return };
    assert_eq!(found[0], sums_of_json(&exported(&store, &[])));
}

#[test]
fn sums_of_testdata_are_those_of_json_lines() {
    let Some(store) = Store::shared("testdata") else { return };
    let (_folder, path) = tables(&store, &[], 0);
    let Some(found) = duckdb(&path, &[SUMS.replace("sum(length(tag))", "coalesce(sum(length(tag)), 0)")])
    else {
        return;
    };
    assert_eq!(found[0], sums_of_json(&exported(&store, &[])));
}

#[test]
fn any_number_of_workers_gives_the_same_files() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let (_one, one) = tables(&store, &["--workers", "1"], 0);
    let (_three, three) = tables(&store, &["--workers", "3"], 0);
    assert_eq!(names(&one), names(&three));
    for name in names(&one) {
        assert!(
            std::fs::read(one.join(&name)).unwrap() == std::fs::read(three.join(&name)).unwrap(),
            "{name}"
        );
    }
    assert!(names(&one).contains(&"fs_stat.parquet".to_owned()), "{:?}", names(&one));
}

#[test]
fn columns_have_types() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let (_folder, path) = tables(&store, &["--label", "login_failed"], 0);
    let types = "SELECT typeof(event), typeof(timestamp), typeof(tag), typeof(pathspec), typeof(message) \
        FROM '*.parquet' LIMIT 1";
    let Some(found) = duckdb(&path, &[types.to_owned()]) else { return };
    let expected =
        serde_json::json!([["BIGINT", "TIMESTAMP WITH TIME ZONE", "VARCHAR[]", "JSON", "VARCHAR"]]);
    assert_eq!(found[0], expected);
}

#[test]
fn hostile_stores_choose_no_file_names() {
    let store = hostile();
    let (_folder, path) = tables(&store, &[], 3);
    assert_eq!(names(&path), ["______etc__passwd_.parquet", "x.parquet"]);
    let sql = [
        "SELECT data_type, attribute_message, other_attributes->>'a b\"\n{', tuple->>1 FROM '______etc__passwd_.parquet' LIMIT 1",
        "SELECT count(*), max(a), max(i), max(tag) FROM 'x.parquet'",
    ];
    let Some(found) = duckdb(&path, &sql.map(str::to_owned)) else { return };
    assert_eq!(found[0][0][0], "../../etc:=passwd\n");
    assert_eq!(found[0][0][1], "=cmd|' /C calc'!A0");
    assert_eq!(found[1], serde_json::json!([[1, 1, "123456789012345678901234567890", ["odd"]]]));
}

/// Every example of docs/export.md runs.
#[test]
fn examples_of_the_documents() {
    let page = std::fs::read_to_string(places::workspace().join("docs/export.md")).unwrap();
    let examples: Vec<String> =
        page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect();
    assert!(examples.len() >= 3, "{examples:?}");
    let store = Store::of("sample");
    analyze(&store).succeed();
    let (folder, _) = tables(&store, &[], 0);
    duckdb(folder.path(), &examples);
}

#[test]
fn a_folder_is_needed_and_nothing_is_replaced() {
    let store = Store::of("chrome");
    let finished = export(&store).args(["--format", "parquet"]).expect(2);
    assert!(finished.stderr.contains("name it with --output"), "{}", finished.stderr);
    let finished = export(&store).args(["--format", "parquet", "--output"]).arg(store.folder()).expect(1);
    assert!(finished.stderr.contains("exists already"), "{}", finished.stderr);
    let sorted = export(&store).args(["--format", "parquet", "--sort", "time", "--output", "x"]).expect(2);
    assert!(sorted.stderr.contains("ORDER BY"), "{}", sorted.stderr);
    assert_eq!(store.files(), ["chrome.plaso"]);
}

/// Whole numbers of more than 127 bits are read as floats, which have lost digits or are infinite.
#[test]
fn large_whole_numbers_keep_their_digits() {
    let (large, largest) = (format!("1{}7", "0".repeat(40)), "9".repeat(400));
    let mut store = NewStore::new(Compression::Zlib);
    for number in [large.as_str(), &largest, "1.5"] {
        let json = format!(
            r#"{{"__type__": "AttributeContainer", "__container_type__": "event_data", "data_type": "test:event", "value": {number}}}"#
        );
        let data = store.event_data_json(&json);
        store.event(1, data);
    }
    let (_folder, path) = tables(&store.finish(), &[], 0);
    let sql = "SELECT typeof(value), value FROM '*.parquet' ORDER BY event".to_owned();
    let Some(found) = duckdb(&path, &[sql]) else { return };
    assert_eq!(found[0], serde_json::json!([["VARCHAR", large], ["VARCHAR", largest], ["VARCHAR", "1.5"]]));
}
