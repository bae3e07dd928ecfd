//! Runs a program in a pseudo-terminal, and shows its output as a terminal would.

use std::io::{Read as _, Write as _};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::Program;
use crate::wait::POLL;

/// The number of lines that are kept after they have left the screen.
const SCROLLBACK: usize = 5_000;

/// A program in a terminal. Dropping it kills the program.
pub struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    shown: Arc<Mutex<Shown>>,
    reader: Option<JoinHandle<()>>,
    deadline: Instant,
    command: String,
}

struct Shown {
    parser: vt100::Parser,
    raw: Vec<u8>,
}

impl Terminal {
    /// Runs the program in a terminal of this size, with these `variables`.
    ///
    /// # Panics
    ///
    /// If the program cannot be run.
    #[must_use]
    pub fn run(program: Program, rows: u16, columns: u16, variables: &[(&str, &str)]) -> Self {
        let (command, deadline) = program.into_parts();
        let text = format!("{command:?}");
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let mut at_terminal = Command::new(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            at_terminal = match value {
                Some(value) => at_terminal.env(name, value),
                None => at_terminal.env_remove(name),
            };
        }
        // The terminal in which the tests run must not matter.
        for name in ["COLUMNS", "TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION", "WT_SESSION", "ConEmuANSI"] {
            at_terminal = at_terminal.env_remove(name);
        }
        at_terminal = at_terminal.env("TERM", "xterm-256color").envs(variables.iter().copied());
        if let Some(folder) = command.get_current_dir() {
            at_terminal = at_terminal.current_dir(folder);
        }
        let child = at_terminal.spawn(pts).unwrap_or_else(|error| panic!("cannot run {text}: {error}"));
        let pty = Arc::new(pty);
        let parser = vt100::Parser::new(rows, columns, SCROLLBACK);
        let shown = Arc::new(Mutex::new(Shown { parser, raw: Vec::new() }));
        let reader = thread::spawn({
            let (pty, shown) = (Arc::clone(&pty), Arc::clone(&shown));
            move || read(&pty, &shown)
        });
        Self { child, pty, shown, reader: Some(reader), deadline: Instant::now() + deadline, command: text }
    }

    /// Changes the terminal's size, and tells the program as terminals do.
    ///
    /// # Panics
    ///
    /// If this fails.
    pub fn resize(&self, rows: u16, columns: u16) {
        let mut shown = self.shown.lock().unwrap();
        self.pty.resize(Size::new(rows, columns)).unwrap();
        shown.parser.screen_mut().set_size(rows, columns);
    }

    /// Types keys, such as `\x03` for Ctrl-C.
    ///
    /// # Panics
    ///
    /// If this fails.
    pub fn type_in(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Returns the lines on the screen, without empty lines at its end.
    ///
    /// # Panics
    ///
    /// If reading from the terminal has failed.
    #[must_use]
    pub fn screen(&self) -> Vec<String> {
        let shown = self.shown.lock().unwrap();
        shown.parser.screen().contents().trim_end().lines().map(str::to_owned).collect()
    }

    /// Waits until the screen is as `wanted`, and returns it.
    ///
    /// # Panics
    ///
    /// If the program ends first, or the time limit passes.
    pub fn until(&mut self, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            if self.child.try_wait().unwrap().is_some() || Instant::now() > self.deadline {
                panic!("{} never showed what was expected; last:\n{}", self.command, screen.join("\n"));
            }
            thread::sleep(POLL);
        }
    }

    /// Waits for the program's end and all its output, and checks the exit status.
    ///
    /// # Panics
    ///
    /// If the program does not end in time, or the status differs.
    pub fn expect(&mut self, status: i32) {
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < self.deadline, "not done in time: {}", self.command);
            thread::sleep(POLL);
        }
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        let found = self.child.wait().unwrap().code();
        assert_eq!(found, Some(status), "{}:\n{}", self.command, self.everything().join("\n"));
    }

    /// Returns all lines that stayed on the screen, including those that have scrolled out of it.
    ///
    /// # Panics
    ///
    /// If reading from the terminal has failed.
    #[must_use]
    pub fn everything(&self) -> Vec<String> {
        let mut shown = self.shown.lock().unwrap();
        let screen = shown.parser.screen_mut();
        let (_, columns) = screen.size();
        screen.set_scrollback(usize::MAX);
        let mut lines = Vec::new();
        for offset in (1..=screen.scrollback()).rev() {
            screen.set_scrollback(offset);
            lines.extend(screen.rows(0, columns).next());
        }
        screen.set_scrollback(0);
        lines.extend(screen.rows(0, columns));
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        lines
    }

    /// Returns the program's output as it was written.
    ///
    /// # Panics
    ///
    /// If reading from the terminal has failed.
    #[must_use]
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap().raw).into_owned()
    }

    /// Returns whether the cursor is visible, and its column.
    ///
    /// # Panics
    ///
    /// If reading from the terminal has failed.
    #[must_use]
    pub fn cursor(&self) -> (bool, u16) {
        let shown = self.shown.lock().unwrap();
        (!shown.parser.screen().hide_cursor(), shown.parser.screen().cursor_position().1)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn read(pty: &Pty, shown: &Mutex<Shown>) {
    let mut bytes = [0; 4_096];
    // Here an error is the end: nobody has the terminal open any more.
    while let Ok(length @ 1..) = (&*pty).read(&mut bytes) {
        let mut shown = shown.lock().unwrap();
        shown.parser.process(&bytes[..length]);
        shown.raw.extend_from_slice(&bytes[..length]);
    }
}
