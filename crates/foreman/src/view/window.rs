//! A progress bar with a line for each worker.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Screen;
use super::text::{self, Pace};
use crate::dispatcher::{Phase, Snapshot, WorkerLine};

/// Lines for workers; more would push the bar out of a small terminal.
const MAXIMUM_WORKER_LINES: usize = 8;

pub(super) struct Window {
    progress: MultiProgress,
    bar: ProgressBar,
}

impl Window {
    pub(super) fn new(screen: &Screen) -> Self {
        // One bar whose message has many lines: several bars tear when a terminal is too small for them.
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{wide_bar:.cyan/dim} {percent:>3} %\n{prefix}\n{msg}")
            .expect("the template is a constant")
            .progress_chars("━━─");
        bar.set_style(style);
        Self { progress: screen.show(&bar), bar }
    }

    pub(super) fn show(&self, snapshot: &Snapshot, pace: Pace) {
        let (position, length) = match snapshot.phase {
            Phase::Merging | Phase::Finalizing => (snapshot.tasks_done as u64, snapshot.tasks as u64),
            _ => (snapshot.events, snapshot.total),
        };
        self.bar.set_length(length.max(1));
        self.bar.set_position(position);
        self.bar.set_prefix(text::progress(snapshot, pace));
        self.bar.set_message(worker_lines(&snapshot.workers));
        self.bar.tick();
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
        self.progress.remove(&self.bar);
    }
}

fn worker_lines(workers: &[WorkerLine]) -> String {
    let shown = if workers.len() > MAXIMUM_WORKER_LINES { MAXIMUM_WORKER_LINES - 1 } else { workers.len() };
    let mut lines: Vec<String> = workers[..shown].iter().map(worker_line).collect();
    if shown < workers.len() {
        lines.push(format!("  … and {} more", workers.len() - shown));
    }
    lines.join("\n")
}

fn worker_line(worker: &WorkerLine) -> String {
    let WorkerLine { pid, word, memory, task, steps } = worker;
    let pid = pid.map(|pid| pid.to_string()).unwrap_or_default();
    let steps = if task.is_empty() { String::new() } else { format!(" ({})", text::number(*steps)) };
    format!("  worker {pid:<8} {word:<10} {:>10}  {task}{steps}", text::bytes(*memory))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    fn snapshot(workers: usize) -> Snapshot {
        let worker = WorkerLine {
            pid: Some(4711),
            word: "analyzing",
            memory: 9 << 20,
            task: "events 1 to 1024".into(),
            steps: 77,
        };
        Snapshot {
            phase: Phase::Analyzing,
            total: 2_000,
            events: 1_000,
            filtered: 0,
            tasks_done: 1,
            tasks: 2,
            workers: vec![worker; workers],
        }
    }

    fn drawn(workers: usize) -> String {
        let terminal = InMemoryTerm::new(24, 100);
        let screen = Screen::on(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        let window = Window::new(&screen);
        let pace = Pace { rate: 1_000, left: Some(Duration::from_secs(1)) };
        window.show(&snapshot(workers), pace);
        terminal.contents()
    }

    #[test]
    fn a_bar_and_a_line_for_each_worker() {
        let contents = drawn(2);
        let lines: Vec<_> = contents.lines().collect();
        assert_eq!(lines.len(), 4, "{contents}");
        assert!(lines[0].ends_with("──  50 %"), "{contents}");
        assert_eq!(lines[1], "analyzing: 1,000 of 2,000 events, 1,000/s, 1 s left, 1 of 2 tasks");
        assert_eq!(lines[2], "  worker 4711     analyzing     9.0 MiB  events 1 to 1024 (77)");
    }

    #[test]
    fn many_workers_do_not_push_the_bar_away() {
        let contents = drawn(64);
        assert_eq!(contents.lines().count(), 2 + MAXIMUM_WORKER_LINES, "{contents}");
        assert!(contents.ends_with("… and 57 more"), "{contents}");
    }
}
