//! The status as a small file, to be read from time to time (`watch cat status.info`).

use std::time::Duration;

use super::pace::{self, Pace};
use crate::output::Destination;
use crate::supervise::dispatcher::{Snapshot, WorkerLine};
use crate::words;

/// The beginning of the file.
const BEGINNING: &str = "Events: Filtered: ";

/// Returns whether a file that begins so is an earlier file of this kind.
pub(super) fn is_ours(start: &[u8]) -> bool {
    start.starts_with(BEGINNING.as_bytes())
}

pub(super) struct StatusFile {
    place: Destination,
}

impl StatusFile {
    pub(super) fn new(place: Destination) -> Self {
        Self { place }
    }

    pub(super) fn show(&mut self, snapshot: &Snapshot, pace: Pace, elapsed: Duration) -> anyhow::Result<()> {
        self.place.show(&table(snapshot, pace, elapsed))
    }
}

/// Returns the text of the file. Its first line has Plaso's form, for programs that look for this
/// line; the rest is foreman's own. Events outside a time slice count as filtered. The number of
/// duplicates is always 0, because psort drops duplicates only in its output.
fn table(snapshot: &Snapshot, pace: Pace, elapsed: Duration) -> String {
    let Snapshot { total, filtered, workers, .. } = snapshot;
    let mut lines = vec![
        format!("{BEGINNING}{filtered} In time slice: 0 Duplicates: 0 MACB grouped: 0 Total: {total}"),
        format!("{} ({})", pace::progress(snapshot, pace), words::duration(elapsed)),
        format!("{:<8} {:<10} {:>10} {:>12}  Task", "PID", "Status", "Memory", "Events"),
    ];
    for WorkerLine { pid, word, memory, task, steps } in workers {
        let pid = pid.map(|pid| pid.to_string()).unwrap_or_default();
        let (memory, steps) = (words::bytes(*memory), words::number(*steps));
        lines.push(format!("{pid:<8} {word:<10} {memory:>10} {steps:>12}  {task}").trim_end().to_owned());
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::dispatcher::Phase;

    #[test]
    fn the_table() {
        let worker =
            WorkerLine { pid: Some(7), word: "analyzing", memory: 9 << 20, task: "event 5".into(), steps: 3 };
        let snapshot = Snapshot {
            phase: Phase::Analyzing,
            total: 10,
            events: 3,
            filtered: 1,
            tasks_done: 0,
            tasks: 2,
            workers: vec![worker],
        };
        let expected = "\
Events: Filtered: 1 In time slice: 0 Duplicates: 0 MACB grouped: 0 Total: 10
analyzing: 3 of 10 events, 0 of 2 tasks (1.50 s)
PID      Status         Memory       Events  Task
7        analyzing     9.0 MiB            3  event 5
";
        assert_eq!(table(&snapshot, Pace::default(), Duration::from_millis(1500)), expected);
    }
}
