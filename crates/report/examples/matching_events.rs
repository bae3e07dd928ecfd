//! Prints the events of a storage file that match a filter, in the order in which they are read.
//!
//!     cargo run --package report --example matching_events -- CASE.plaso "reporter is 'sshd'"
//!
//! It shows how the crates `storage`, `filter` and `events` work together: compile the filter,
//! which says what it reads; read only that; ask the filter about each event.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is what the program is for")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use events::{AttributeNames, EventId, EventView, printable};
use filter::{Expression, Filter};
use report::Time;
use storage::{EventRange, ReadPlan, StorageError, Store, Unreadable};

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
    // The filter registers the names of the attributes that it reads; no others are looked for.
    let mut names = AttributeNames::default();
    let filter = Filter::compile(&expression, &mut names)?;
    let reads = filter.reads();
    let plan = ReadPlan {
        names: Arc::new(names),
        event_data: true,
        stream: !reads.stream.is_empty(),
        labels: reads.labels,
        ..ReadPlan::default()
    };

    let store = Store::open(path)?;
    let mut reader = store.event_reader(plan)?;
    let mut unreadable = 0_u64;
    let mut visit = |id: EventId, event: Result<&EventView<'_>, &Unreadable>| {
        match event.map(|event| (event, filter.matches(event))) {
            // Event data is read as far as the filter asks for it, so it shows only now that it is
            // broken.
            Ok((event, _)) if event.data.is_some_and(|data| data.error().is_some()) => unreadable += 1,
            Ok((event, true)) => print(id, event),
            Ok((_, false)) => {}
            Err(_) => unreadable += 1,
        }
        Ok::<_, StorageError>(())
    };
    // The events of a range are held in memory while they are visited.
    let mut next = Some(i64::MIN);
    while let Some(first) = next.map(|row| store.event_from(row)).transpose()?.flatten() {
        let last = first.saturating_add(EVENTS_AT_ONCE - 1);
        reader.visit(EventRange { first, last }, &mut visit)?;
        next = last.checked_add(1);
    }
    if unreadable > 0 {
        eprintln!("{unreadable} events cannot be read; `foreman check --event` says why");
    }
    Ok(())
}

/// Texts of a store come from anywhere, so they are made harmless for a terminal.
fn print(id: EventId, event: &EventView<'_>) {
    let data_type = event.data.map(|data| String::from_utf8_lossy(data.data_type())).unwrap_or_default();
    let time = event.event.timestamp.map_or_else(|| "no time".into(), |time| Time(time).to_string());
    println!(
        "{}  {}  {}  {}",
        id.rowid(),
        time,
        printable(&event.event.timestamp_description),
        printable(&data_type)
    );
}
