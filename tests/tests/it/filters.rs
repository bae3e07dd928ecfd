//! Filter expressions match what Plaso matches.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rusqlite::Connection;
use tempfile::TempDir;
use tests::golden::{FilterAnswer, filter_answers};
use tests::{digest_of_numbers, places, worker};

/// Runs a worker with the filter; the numbers of the events that match, or what the worker says if
/// it does not take the expression.
fn matches(store: &Path, expression: &str, output: &Path) -> Result<Vec<i64>, String> {
    let run = worker(["run", "--plugin", "sessionize", "--filter", expression, "--store"]);
    let finished = run.arg(store).arg("--output").arg(output).run();
    match finished.status {
        Some(0) => {}
        Some(1) => return Err(finished.stderr),
        _ => panic!("{finished:?}"),
    }
    // Sessionize puts every event that it sees off to its reduce step; the table is there if it
    // sees any.
    let connection = Connection::open(output).unwrap();
    if !connection.table_exists(None, "deferred").unwrap() {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT event FROM deferred ORDER BY event").unwrap();
    let events = statement.query_map([], |row| row.get(0)).unwrap();
    Ok(events.collect::<Result<_, _>>().unwrap())
}

/// What is wrong with the answer to one expression.
fn judge(store: &Path, golden: &FilterAnswer, output: &Path) -> Option<String> {
    let answer = matches(store, &golden.expr, output);
    let is_extension = golden.expr.contains("&&") || golden.expr.contains("||");
    match (&golden.error, answer) {
        (Some(_), Err(_)) => None,
        (Some(_), Ok(events)) if is_extension => {
            let plain = golden.expr.replace("&&", "and").replace("||", "or");
            let same = matches(store, &plain, output) == Ok(events);
            (!same).then(|| format!("differs from {plain}"))
        }
        (Some(error), Ok(events)) => Some(format!("{} events, but Plaso says {error}", events.len())),
        (None, Err(error)) => Some(error),
        (None, Ok(events)) => {
            let same =
                Some(events.len()) == golden.matched && Some(digest_of_numbers(&events)) == golden.sha256;
            let first = &events[..events.len().min(golden.first.len())];
            (!same).then(|| format!("{} events, {first:?}; expected {golden:?}", events.len()))
        }
    }
}

#[test]
fn what_plaso_matches() {
    let (Some(store), Some(answers)) = (places::shared_store("testdata"), filter_answers()) else { return };
    assert_eq!(answers.len(), 84);
    let folder = TempDir::new().unwrap();
    let next = AtomicUsize::new(0);
    let work = |number: usize| {
        let output = folder.path().join(format!("{number}.sqlite"));
        let mut wrong = Vec::new();
        while let Some(answer) = answers.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(judge(&store, answer, &output).map(|why| format!("{}: {why}", answer.expr)));
        }
        wrong
    };
    let threads = thread::available_parallelism().map_or(1, Into::into);
    let wrong: Vec<String> = thread::scope(|scope| {
        let working: Vec<_> = (0..threads).map(|number| scope.spawn(move || work(number))).collect();
        working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), answers.len(), wrong.join("\n"));
}
