//! The status as JSON, one object per line, for programs that watch a run. `docs/status.md`
//! describes the lines.

use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use super::pace::Pace;
use crate::run::summary::{JSON_VERSION, TaskCounts};
use crate::supervise::dispatcher::{Snapshot, WorkerLine};
use crate::words::timestamp;

/// Returns whether a file that begins so has such lines.
pub(super) fn is_ours(start: &[u8]) -> bool {
    start.starts_with(b"{\"kind\":\"status\",")
}

pub(super) struct Json {
    /// The file for the lines, or `None` for standard error.
    file: Option<Box<dyn Write + Send>>,
    has_status: bool,
}

/// The state of a run at one moment.
#[derive(Serialize)]
struct Line<'a> {
    kind: &'static str,
    version: u32,
    time: String,
    elapsed: f64,
    phase: &'static str,
    events: Events,
    tasks: TaskCounts,
    workers: Vec<Worker<'a>>,
}

#[derive(Serialize)]
struct Events {
    done: u64,
    total: u64,
    filtered: u64,
    per_second: u64,
    seconds_left: Option<u64>,
}

#[derive(Serialize)]
struct Worker<'a> {
    pid: Option<u32>,
    state: &'static str,
    memory: u64,
    task: Option<&'a str>,
    steps: u64,
}

impl Json {
    pub(super) fn new(file: Option<Box<dyn Write + Send>>) -> Self {
        Self { file, has_status: false }
    }

    pub(super) fn show(&mut self, snapshot: &Snapshot, pace: Pace, elapsed: Duration) {
        // A reader that is behind misses this status and gets the next one.
        if self.file.is_none() && streams::is_behind() {
            return;
        }
        if let Ok(line) = serde_json::to_string(&line(snapshot, pace, elapsed)) {
            self.has_status = true;
            self.write(line);
        }
    }

    /// Writes a summary as the last line of a run. A file begins with a status in any case, so that
    /// it can be told from a summary, which may be the only account of another run.
    pub(super) fn end(&mut self, summary: serde_json::Result<String>) {
        if self.file.is_some() && !self.has_status {
            self.show(&Snapshot::default(), Pace::default(), Duration::ZERO);
        }
        if let Ok(line) = summary {
            self.write(line);
        }
    }

    /// Writes a line with one call, because log lines may go to the same place. If it cannot be
    /// written, the run continues.
    fn write(&mut self, mut line: String) {
        line.push('\n');
        match &mut self.file {
            Some(file) => {
                if let Err(error) = file.write_all(line.as_bytes()) {
                    tracing::warn!("the status can no longer be written: {error}");
                    *file = Box::new(std::io::sink());
                }
            }
            None => streams::message(line.as_bytes()),
        }
    }
}

fn line(snapshot: &Snapshot, pace: Pace, elapsed: Duration) -> Line<'_> {
    let Snapshot { phase, total, events, filtered, tasks_done, tasks, workers } = snapshot;
    Line {
        kind: "status",
        version: JSON_VERSION,
        time: timestamp(),
        elapsed: elapsed.as_secs_f64(),
        phase: phase.word(),
        events: Events {
            done: *events,
            total: *total,
            filtered: *filtered,
            per_second: pace.rate,
            seconds_left: pace.left.map(|left| left.as_secs()),
        },
        tasks: TaskCounts { done: *tasks_done, total: *tasks },
        workers: workers.iter().map(Worker::from).collect(),
    }
}

impl<'a> From<&'a WorkerLine> for Worker<'a> {
    fn from(worker: &'a WorkerLine) -> Self {
        let WorkerLine { pid, word, memory, task, steps } = worker;
        let task = Some(task.as_str()).filter(|task| !task.is_empty());
        Self { pid: *pid, state: word, memory: *memory, task, steps: *steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::dispatcher::Phase;

    #[test]
    fn a_line() {
        let worker = WorkerLine { pid: None, word: "starting", memory: 0, task: String::new(), steps: 0 };
        let at_work =
            WorkerLine { pid: Some(7), word: "analyzing", memory: 9, task: "events 1 to 5".into(), steps: 3 };
        let snapshot = Snapshot {
            phase: Phase::Analyzing,
            total: 10,
            events: 3,
            filtered: 1,
            tasks_done: 0,
            tasks: 2,
            workers: vec![worker, at_work],
        };
        let pace = Pace { rate: 3, left: Some(Duration::from_secs(3)) };
        let line = Line { time: "TIME".into(), ..line(&snapshot, pace, Duration::from_millis(1500)) };
        assert!(is_ours(serde_json::to_string(&line).unwrap().as_bytes()));
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            "{\"kind\":\"status\",\"version\":1,\"time\":\"TIME\",\"elapsed\":1.5,\"phase\":\"analyzing\",\
             \"events\":{\"done\":3,\"total\":10,\"filtered\":1,\"per_second\":3,\"seconds_left\":3},\
             \"tasks\":{\"done\":0,\"total\":2},\"workers\":[\
             {\"pid\":null,\"state\":\"starting\",\"memory\":0,\"task\":null,\"steps\":0},\
             {\"pid\":7,\"state\":\"analyzing\",\"memory\":9,\"task\":\"events 1 to 5\",\"steps\":3}]}"
        );
    }
}
