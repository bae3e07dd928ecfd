//! The terminal that the window is drawn on.
//!
//! indicatif lays out the window, and this module keeps it on the screen. The module knows which
//! lines are shown. It asks for the terminal's size each time, so it finds these lines even if a
//! smaller terminal has broken them into two. It overwrites lines in place, with one write per
//! frame, and does not write a frame that has not changed. Lines leave the last column free,
//! because terminals differ in what they do after it.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use console::Term;
use indicatif::TermLike;

/// The rows and columns of a terminal that does not report its size.
const USUAL_SIZE: (u16, u16) = (24, 80);

/// The terminal of standard error. Clones are the same terminal.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    state: Arc<Mutex<State>>,
    shows_progress: bool,
}

#[derive(Debug)]
struct State {
    rows: u16,
    /// The number of the terminal's columns, and the number that may be used.
    columns: (u16, u16),
    /// The lines of the window that are on the screen. The cursor is in the last one.
    shown: Vec<String>,
    /// The frame that is being written.
    frame: Vec<String>,
    line: String,
}

impl Terminal {
    /// Returns the terminal of standard error, if there is one that can be drawn on.
    pub(crate) fn of_stderr() -> Option<Self> {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if !io::stderr().is_terminal() || is_dumb {
            return None;
        }
        let state = State::new(USUAL_SIZE);
        let shows_progress = shows_progress(|name| std::env::var(name).ok());
        Some(Self { state: Arc::new(Mutex::new(state)), shows_progress })
    }

    /// Asks for the size. Returns the rows, and the columns that may be used.
    pub(crate) fn measure(&self) -> (u16, u16) {
        let mut state = self.state();
        state.resize(Term::stderr().size_checked().unwrap_or(USUAL_SIZE));
        (state.rows, state.columns.1)
    }

    /// Shows this percentage in the terminal's own progress display (its tab or the task bar).
    /// `None` removes it.
    pub(crate) fn progress(&self, percent: Option<u64>) {
        if self.shows_progress {
            let sequence = match percent {
                Some(percent) => format!("\x1b]9;4;1;{}\x1b\\", percent.min(100)),
                None => "\x1b]9;4;0;\x1b\\".to_owned(),
            };
            // The end is always written. Otherwise the percentage would stay for ever.
            if percent.is_none() || !streams::is_behind() {
                streams::message(sequence.as_bytes());
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(size: (u16, u16)) -> Self {
        let line = String::new();
        let mut state = Self { rows: 0, columns: (0, 0), shown: Vec::new(), frame: Vec::new(), line };
        state.resize(size);
        state
    }

    fn resize(&mut self, (rows, columns): (u16, u16)) {
        self.rows = rows.max(1);
        self.columns = (columns.max(1), columns.max(2) - 1);
    }

    /// Adds text as a terminal does: a full line ends.
    fn write(&mut self, text: &str) {
        self.line.push_str(text);
        if console::measure_text_width(&self.line) >= usize::from(self.columns.1) {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.frame.push(self.line.trim_end().to_owned());
        self.line.clear();
    }

    fn has_frame(&self) -> bool {
        !self.line.is_empty() || !self.frame.is_empty()
    }

    fn drop_frame(&mut self) {
        self.line.clear();
        self.frame.clear();
    }

    /// Returns the control sequence that replaces the lines on the screen by the frame, or `None`
    /// if they are equal.
    fn paint(&mut self) -> Option<String> {
        if !self.line.is_empty() {
            self.end_line();
        }
        let frame = std::mem::take(&mut self.frame);
        let columns = usize::from(self.columns.0);
        let rows_of = |line: &String| console::measure_text_width(line).div_ceil(columns).max(1);
        let rows: usize = self.shown.iter().map(rows_of).sum();
        let is_broken = rows > self.shown.len();
        if frame == self.shown && !is_broken {
            return None;
        }
        // Terminals that know this sequence show everything up to its end at once.
        let mut sequence = String::from("\x1b[?2026h\r");
        if rows > 1 {
            sequence.push_str(&format!("\x1b[{}A", rows - 1));
        }
        if is_broken {
            sequence.push_str("\x1b[J");
        }
        for (position, line) in frame.iter().enumerate() {
            sequence.push_str(if position > 0 { "\r\n" } else { "" });
            sequence.push_str(line);
            sequence.push_str("\x1b[K");
        }
        sequence.push_str("\x1b[J\x1b[?2026l");
        self.shown = frame;
        Some(sequence)
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.state().columns.1
    }

    fn height(&self) -> u16 {
        self.state().rows
    }

    // `paint` knows where the cursor is and what must be overwritten.

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        let mut state = self.state();
        state.line.push_str(text);
        state.end_line();
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if !text.is_empty() {
            self.state().write(text);
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut state = self.state();
        // A terminal that is stopped (Ctrl-S) gets the newest frame when it continues. An empty
        // frame is always written, because other text follows it.
        if state.has_frame() && streams::is_behind() {
            state.drop_frame();
        } else if let Some(sequence) = state.paint() {
            streams::message(sequence.as_bytes());
        }
        Ok(())
    }
}

/// Returns whether the terminal is known to support OSC 9;4. Other terminals may show a
/// notification, so they do not get this sequence.
fn shows_progress(variable: impl Fn(&str) -> Option<String>) -> bool {
    // It is not known what such a program passes on to the terminal around it.
    if variable("TMUX").is_some() || variable("STY").is_some() {
        return false;
    }
    let version = |name: &str| variable(name).and_then(|version| version.parse::<u32>().ok());
    variable("WT_SESSION").is_some()
        || variable("ConEmuANSI").as_deref() == Some("ON")
        || matches!(variable("TERM_PROGRAM").as_deref(), Some("WezTerm" | "ghostty"))
        || version("VTE_VERSION") >= Some(7900)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(state: &mut State, lines: &[&str]) -> Option<String> {
        let width = usize::from(state.columns.1);
        for line in lines {
            state.write(line);
            // indicatif pads lines in the same way.
            state.write(&" ".repeat(width - line.len()));
        }
        let sequence = state.paint()?;
        sequence.strip_prefix("\x1b[?2026h\r")?.strip_suffix("\x1b[J\x1b[?2026l").map(str::to_owned)
    }

    #[test]
    fn frames_are_painted_over_each_other() {
        let mut state = State::new((24, 80));
        assert_eq!(painted(&mut state, &["a", "b"]).unwrap(), "a\x1b[K\r\nb\x1b[K");
        assert_eq!(painted(&mut state, &["a", "b"]), None);
        assert_eq!(painted(&mut state, &["a", "c", "d"]).unwrap(), "\x1b[1Aa\x1b[K\r\nc\x1b[K\r\nd\x1b[K");
        assert_eq!(painted(&mut state, &["e"]).unwrap(), "\x1b[2Ae\x1b[K");
        assert_eq!(painted(&mut state, &[]).unwrap(), "");
    }

    #[test]
    fn lines_that_a_smaller_terminal_has_broken_are_found() {
        let mut state = State::new((24, 200));
        let long = "x".repeat(75);
        painted(&mut state, &[&long, "b"]);
        state.resize((24, 80));
        assert_eq!(painted(&mut state, &[&long, "b"]), None);
        state.resize((24, 30));
        assert_eq!(painted(&mut state, &["a", "b"]).unwrap(), "\x1b[3A\x1b[Ja\x1b[K\r\nb\x1b[K");
    }

    #[test]
    fn terminals_that_show_progress() {
        for (variables, shows) in [
            (&[][..], false),
            (&[("TERM_PROGRAM", "ghostty")], true),
            (&[("TERM_PROGRAM", "vscode")], false),
            (&[("WT_SESSION", "1234")], true),
            (&[("WT_SESSION", "1234"), ("TMUX", "/tmp/tmux")], false),
            (&[("VTE_VERSION", "7802")], false),
            (&[("VTE_VERSION", "8100")], true),
            (&[("ConEmuANSI", "OFF")], false),
        ] {
            let of = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(shows_progress(of), shows, "{variables:?}");
        }
    }
}
