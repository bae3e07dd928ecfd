//! A progress bar with a line for each worker, or for as many workers as the terminal has room for.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::pace::{self, Pace};
use super::screen::Screen;
use crate::supervise::dispatcher::{Phase, Snapshot, WorkerLine};
use crate::words;

pub(super) struct Window {
    screen: Screen,
    progress: MultiProgress,
    bar: ProgressBar,
}

impl Window {
    pub(super) fn new(screen: &Screen) -> Self {
        // There is one bar with a message of many lines. Several bars look broken if the terminal
        // is too small for them.
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{wide_bar:.cyan/dim} {percent:>3} %\n{msg}")
            .expect("the template is a constant")
            .progress_chars("━━─");
        bar.set_style(style);
        screen.measure();
        Self { progress: screen.show(&bar), bar, screen: screen.clone() }
    }

    pub(super) fn show(&self, snapshot: &Snapshot, pace: Pace) {
        let (position, length) = match snapshot.phase {
            Phase::Merging | Phase::Finalizing => (snapshot.tasks_done as u64, snapshot.tasks as u64),
            _ => (snapshot.events, snapshot.total),
        };
        let (rows, columns) = self.screen.measure();
        self.bar.set_length(length.max(1));
        self.bar.set_position(position);
        self.bar.set_message(lines(snapshot, pace, usize::from(rows), usize::from(columns)));
        self.bar.tick();
        self.screen.progress(Some(position.saturating_mul(100) / length.max(1)));
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
        self.progress.remove(&self.bar);
        self.screen.progress(None);
    }
}

/// Returns the lines below the bar.
fn lines(snapshot: &Snapshot, pace: Pace, rows: usize, columns: usize) -> String {
    let progress = words::wrapped(&pace::progress(snapshot, pace), 0, columns);
    let mut lines: Vec<String> = progress.lines().map(str::to_owned).collect();
    // A third of the terminal stays free for earlier output and for log lines.
    let room = (rows * 2 / 3).saturating_sub(1 + lines.len());
    lines.extend(worker_lines(&snapshot.workers, room));
    lines.iter().map(|line| cut(line, columns)).collect::<Vec<_>>().join("\n")
}

fn worker_lines(workers: &[WorkerLine], room: usize) -> Vec<String> {
    let shown = if workers.len() > room { room.saturating_sub(1) } else { workers.len() };
    let (shown, rest) = workers.split_at(shown);
    let mut lines: Vec<String> = shown.iter().map(worker_line).collect();
    if !rest.is_empty() && room > 0 {
        lines.push(sum(rest, shown.is_empty()));
    }
    lines
}

fn worker_line(worker: &WorkerLine) -> String {
    let WorkerLine { pid, word, memory, task, steps } = worker;
    let pid = pid.map(|pid| pid.to_string()).unwrap_or_default();
    let steps = if task.is_empty() { String::new() } else { format!(" ({})", words::number(*steps)) };
    format!("  worker {pid:<8} {word:<10} {:>10}  {task}{steps}", words::bytes(*memory))
}

/// Returns one line about the workers that have no line of their own.
fn sum(workers: &[WorkerLine], are_all: bool) -> String {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for worker in workers {
        *words.entry(worker.word).or_default() += 1;
    }
    let words: Vec<String> = words.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let memory = words::bytes(workers.iter().map(|worker| worker.memory).sum());
    let head = if are_all {
        format!("{} workers", workers.len())
    } else {
        format!("… and {} more", workers.len())
    };
    format!("  {head}: {}; {memory} in all", words.join(", "))
}

fn cut(line: &str, columns: usize) -> String {
    console::truncate_str(line, columns, "…").into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    use super::*;

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

    fn drawn(workers: usize, rows: u16, columns: u16) -> String {
        let terminal = InMemoryTerm::new(rows, columns);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let screen = Screen::on(target, (rows, columns));
        let window = Window::new(&screen);
        let pace = Pace { rate: 1_000, left: Some(Duration::from_secs(1)) };
        window.show(&snapshot(workers), pace);
        terminal.contents()
    }

    #[test]
    fn a_bar_and_a_line_for_each_worker() {
        let contents = drawn(2, 24, 100);
        let lines: Vec<_> = contents.lines().collect();
        assert_eq!(lines.len(), 4, "{contents}");
        assert!(lines[0].ends_with("──  50 %"), "{contents}");
        assert_eq!(lines[1], "analyzing: 1,000 of 2,000 events, 1,000/s, 1 s left, 1 of 2 tasks");
        assert_eq!(lines[2], "  worker 4711     analyzing     9.0 MiB  events 1 to 1024 (77)");
    }

    #[test]
    fn many_workers_do_not_fill_the_terminal() {
        for (rows, height) in [(24, 16), (12, 8), (6, 4), (50, 33), (200, 66)] {
            let contents = drawn(64, rows, 80);
            assert_eq!(contents.lines().count(), height, "{rows}: {contents}");
        }
        assert!(
            drawn(64, 24, 80).ends_with("  … and 51 more: 51 analyzing; 459.0 MiB in all"),
            "{}",
            drawn(64, 24, 80)
        );
        assert!(drawn(64, 6, 80).ends_with("  … and 63 more: 63 analyzing; 567.0 MiB in all"));
    }

    #[test]
    fn narrow_and_low_terminals() {
        let narrow = drawn(1, 24, 40);
        let lines: Vec<_> = narrow.lines().collect();
        assert_eq!(lines.len(), 4, "{narrow}");
        assert_eq!(lines[1], "analyzing: 1,000 of 2,000 events,");
        assert_eq!(lines[2], "1,000/s, 1 s left, 1 of 2 tasks");
        assert!(lines[3].ends_with('…') && lines[3].chars().count() == 40, "{narrow}");
        assert!(drawn(64, 2, 40).lines().count() <= 2, "{}", drawn(64, 2, 40));
    }
}
