//! What a person sees who runs foreman in a terminal.

use serde_json::json;
use tests::{Compression, FaultPlan, NewStore, Program, Store, Terminal, foreman};

use crate::support::analyze;

/// Whether a line is a part of the status.
fn is_status(line: &str) -> bool {
    let is_worker = line.starts_with("  worker ") && line.contains("iB");
    line.contains(['━', '─']) || is_worker || line.starts_with("analyzing: ") || line.starts_with("merging: ")
}

/// A run whose workers wait until they are told to go on.
fn held(store: &Store, workers: &str) -> (FaultPlan, Program) {
    let faults = FaultPlan::new("wait any");
    let run = faults.of_workers(analyze(store).args(["--workers", workers]));
    (faults, run)
}

fn shows_workers(number: usize) -> impl Fn(&[String]) -> bool {
    move |screen| {
        screen.iter().filter(|line| line.contains("events ") && line.contains("worker ")).count() == number
    }
}

/// The status is on the screen, and nothing else.
fn assert_whole(screen: &[String], columns: usize) {
    assert!(screen[0].ends_with(" 0 %") && screen[0].starts_with('─'), "{screen:#?}");
    assert!(screen[1].starts_with("analyzing: 0 of 4,547 events, 0 of 6 tasks"), "{screen:#?}");
    assert!(screen[2..].iter().all(|line| line.starts_with("  worker ")), "{screen:#?}");
    assert!(screen.iter().all(|line| line.chars().count() < columns), "{screen:#?}");
}

/// Nothing of the status is left, and the next prompt begins a line.
fn assert_put_in_order(terminal: &Terminal) {
    let all = terminal.everything();
    assert!(!all.iter().any(|line| is_status(line)), "{all:#?}");
    assert_eq!(terminal.cursor(), (true, 0));
}

#[test]
fn a_window_at_two_widths() {
    for columns in [80, 200] {
        let store = Store::of("sample");
        let (faults, run) = held(&store, "2");
        let mut terminal = Terminal::run(run, 24, columns, &[]);
        let screen = terminal.until(shows_workers(2));
        assert_whole(&screen, columns.into());
        assert_eq!(screen.len(), 4, "{screen:#?}");
        faults.go_on();
        terminal.expect(0);
        assert_put_in_order(&terminal);
        let all = terminal.everything();
        assert!(all[0].contains(": 4,547 events analysed in "), "{all:#?}");
        assert!(all.iter().any(|line| line.starts_with("  workers          2, 0 replaced")), "{all:#?}");
    }
}

#[test]
fn a_terminal_that_changes_its_size() {
    let store = Store::of("sample");
    let (faults, run) = held(&store, "4");
    let mut terminal = Terminal::run(run, 24, 200, &[]);
    terminal.until(shows_workers(4));
    // First a low window, where fewer workers have a line; then a narrow one; then a large one
    // again.
    terminal.resize(8, 200);
    let low = terminal
        .until(|screen| screen.last().is_some_and(|line| line.starts_with("  … and 2 more: 2 analyzing")));
    assert_eq!(low.len(), 5, "{low:#?}");
    terminal.resize(8, 80);
    terminal.resize(24, 80);
    let screen = terminal.until(shows_workers(4));
    assert_whole(&screen, 80);
    faults.go_on();
    terminal.expect(0);
    assert_put_in_order(&terminal);
}

#[test]
fn many_workers_at_a_usual_terminal() {
    // As many events as make forty tasks.
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "test:event"}));
    store.event(1, data);
    store.sql(
        "WITH RECURSIVE rows (row) AS (SELECT 2 UNION ALL SELECT row + 1 FROM rows WHERE row < 40960) \
         INSERT INTO event SELECT row, _event_data_identifier, date_time, timestamp, timestamp_desc FROM rows, event \
         WHERE _identifier = 1",
    );
    let store = store.finish();
    let (faults, run) = held(&store, "64");
    let mut terminal = Terminal::run(run, 24, 80, &[]);
    let screen =
        terminal.until(|screen| screen.last().is_some_and(|line| line.starts_with("  … and 27 more: 27 ")));
    assert_eq!(screen.len(), 16, "{screen:#?}");
    assert!(screen[2..15].iter().all(|line| line.starts_with("  worker ")), "{screen:#?}");
    faults.go_on();
    terminal.expect(0);
    assert_put_in_order(&terminal);
}

#[test]
fn log_lines_stand_above_the_window_whole() {
    let store = Store::of("sample");
    let (faults, run) = held(&store, "2");
    let mut terminal = Terminal::run(run.arg("--debug"), 50, 120, &[]);
    let screen =
        terminal.until(|screen| shows_workers(2)(screen) && screen.iter().any(|line| line.contains("task=")));
    let bar = screen.iter().position(|line| line.contains('─')).unwrap();
    assert_eq!(screen.len() - bar, 4, "the window is the last on the screen: {screen:#?}");
    faults.go_on();
    terminal.expect(0);
    assert_put_in_order(&terminal);
    // Only the terminal breaks long lines.
    let all = terminal.everything().join("");
    assert_eq!(all.matches("\"step\":{\"map\":{\"first\":").count(), 5, "{all}");
    assert_eq!(all.matches("\"step\":{\"reduce\":").count(), 1, "{all}");
    let tasks: Vec<_> =
        all.split("task={").skip(1).map(|task| task.split_once(".sqlite\"}").unwrap().0).collect();
    assert_eq!(tasks.len(), 6, "{all}");
    assert!(tasks.iter().all(|task| !task.contains("worker ") && !task.contains('━')), "{tasks:#?}");
}

#[test]
fn stopped_from_the_keyboard() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let (_misdeeds, run) = held(&store, "2");
    let mut terminal = Terminal::run(run, 24, 80, &[("TERM_PROGRAM", "ghostty")]);
    terminal.until(shows_workers(2));
    terminal.type_in("\x03");
    terminal.expect(130);
    assert_put_in_order(&terminal);
    let all = terminal.everything().join("");
    assert!(all.contains("aborted; ") && all.contains("is untouched"), "{all}");
    assert_eq!(last_progress(&terminal.raw()), Some("0;"));
    assert!(store.bytes() == bytes, "the store has changed");
}

/// Returns the last progress that the terminal was told to show.
fn last_progress(raw: &str) -> Option<&str> {
    let (_, after) = raw.rsplit_once("\x1b]9;4;")?;
    after.split_once("\x1b\\").map(|(progress, _)| progress)
}

#[test]
fn the_terminal_itself_shows_progress_if_it_is_known_to() {
    let run = |variables: &[(&str, &str)]| {
        let store = Store::of("sample");
        let mut terminal = Terminal::run(analyze(&store), 24, 80, variables);
        terminal.expect(0);
        terminal.raw()
    };
    let shown = run(&[("WT_SESSION", "0")]);
    assert!(shown.contains("\x1b]9;4;1;100\x1b\\"), "{shown:?}");
    assert_eq!(last_progress(&shown), Some("0;"));
    assert_eq!(last_progress(&run(&[])), None);
    assert_eq!(last_progress(&run(&[("WT_SESSION", "0"), ("TMUX", "/tmp/tmux-0")])), None);
}

#[test]
fn narrow_terminals_get_a_summary_that_fits() {
    let store = Store::of("sample");
    let mut terminal = Terminal::run(analyze(&store), 40, 40, &[]);
    terminal.expect(0);
    let all = terminal.everything();
    assert!(
        all.iter().any(|line| line.starts_with("    login_failed") && line.ends_with(" 240")),
        "{all:#?}"
    );
    assert_put_in_order(&terminal);
}

/// Each storage file has its own window, and no window is left between the summaries.
#[test]
fn several_storage_files_one_after_the_other() {
    let store = Store::of("sample");
    std::fs::copy(store.path(), store.folder().join("other.plaso")).unwrap();
    let faults = FaultPlan::new("wait any");
    let run = foreman(["analyze", "--analysis", "sessionize", "--workers", "2"]).arg(store.folder());
    let mut terminal = Terminal::run(faults.of_workers(run), 40, 100, &[]);
    terminal.until(shows_workers(2));
    faults.go_on();
    terminal.expect(0);
    assert_put_in_order(&terminal);
    let all = terminal.everything();
    assert_eq!(all.iter().filter(|line| line.contains("events analysed in ")).count(), 2, "{all:#?}");
    assert!(all.iter().any(|line| line.starts_with("2 storage files in ")), "{all:#?}");
}
