//! Compares the results of two analyses of the same storage file.

use testing::{Store, digest_of_rows, digest_of_table, reports};

/// Returns the tables of which the rows differ, except for times, command lines and identifiers of
/// runs.
///
/// # Panics
///
/// If a store cannot be read.
#[must_use]
pub fn differences_of_results(store: &Store, expected: &Store) -> Vec<String> {
    let tables =
        |store: &Store| store.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    let names = tables(expected);
    if tables(store) != names {
        return vec![format!("the tables are {:?} instead of {names:?}", tables(store))];
    }
    let (found, wanted) = (store.connection(), expected.connection());
    let differs = |table: &String| match table.as_str() {
        "session" => {
            let sql = "SELECT aborted, debug_mode, product_name, product_version FROM session";
            digest_of_rows(&found, sql) != digest_of_rows(&wanted, sql)
        }
        "analysis_report" => reports(&found) != reports(&wanted),
        table => digest_of_table(&found, table) != digest_of_table(&wanted, table),
    };
    names.into_iter().filter(differs).collect()
}
