//! Prints the events of a storage file that match a filter, in the order in which they are read.
//!
//!     cargo run --package report --example matching_events -- CASE.plaso "reporter is 'sshd'"
//!
//! It shows how the crates `storage`, `filter` and `events` work together. The compiled filter says
//! which parts of an event it reads. The program reads only these, and asks the filter about each
//! event.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is what the program is for")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use events::{AttributeNames, EventView, Reads, printable};
use filter::{Expression, Filter};
use report::Time;
use storage::{EventRanges, ReadPlan, StorageError, Store};

const EVENTS_AT_ONCE: i64 = 16_384;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, expression] = arguments.as_slice() else {
        eprintln!("Usage: matching_events STORE FILTER");
        return ExitCode::from(2);
    };
    match print_matching(Path::new(store), expression) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("matching_events: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_matching(path: &Path, expression: &str) -> Result<(), Box<dyn Error>> {
    let expression = Expression::parse(expression)?.ok_or("the filter is empty")?;
    // The filter registers the names of the attributes that it reads. Only these are read.
    let mut names = AttributeNames::default();
    let filter = Filter::compile(&expression, &mut names)?;
    // The data type is printed, whether or not the filter asks for it.
    let reads = Reads { event_data: true, ..filter.reads().clone() };

    let store = Store::open(path)?;
    let mut reader = store.event_reader(ReadPlan::new(names, &reads))?;
    let mut unreadable = 0_u64;
    // The events of a range are held in memory while they are visited.
    let ranges = EventRanges::new(EVENTS_AT_ONCE);
    while let Some(range) = ranges.next(&store)? {
        reader.visit::<StorageError>(range, |event| {
            // The filter decides how much of the event data is read. If that part is broken,
            // `examine` returns an error.
            match event.examine(|event| filter.matches(event).then(|| line(event))) {
                Ok(Some(line)) => println!("{}  {line}", event.id().rowid()),
                Ok(None) => {}
                Err(_) => unreadable += 1,
            }
            Ok(())
        })?;
    }
    if unreadable > 0 {
        eprintln!("{unreadable} events cannot be read; `foreman check --event` says why");
    }
    Ok(())
}

/// Texts of a store come from anywhere, so they are made harmless for a terminal.
fn line(event: &EventView<'_>) -> String {
    let data_type = event.data.map(|data| String::from_utf8_lossy(data.data_type())).unwrap_or_default();
    let time = event.event.timestamp.map_or_else(|| "no time".into(), |time| Time(time).to_string());
    format!("{}  {}  {}", time, printable(&event.event.timestamp_description), printable(&data_type))
}
