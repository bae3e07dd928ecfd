//! The terminal that the window is drawn on.
//!
//! indicatif lays out the window; this keeps it on the screen. It knows which lines stand there, so it asks for the
//! terminal's size anew each time and finds them also when a smaller terminal has broken them in two; it overwrites
//! lines in place, in one write for a whole frame; and it leaves alone what has not changed. Lines are narrower than 80 columns, so
//! that they mostly stay whole.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use console::Term;
use indicatif::TermLike;

/// Lines are narrower than this.
const WIDTH: u16 = 80;
/// What a terminal is taken for that does not tell its size.
const USUAL_SIZE: (u16, u16) = (24, 80);

/// A terminal behind standard error. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    state: Arc<Mutex<State>>,
    shows_progress: bool,
}

#[derive(Debug)]
struct State {
    rows: u16,
    /// How many columns the terminal has, and how many of them may be used.
    columns: (u16, u16),
    /// The lines of the window that stand on the screen; the cursor is in the last one.
    shown: Vec<String>,
    /// The frame that is being written.
    frame: Vec<String>,
    line: String,
}

impl Terminal {
    /// The terminal behind standard error, if there is one that can be drawn on.
    pub(crate) fn of_stderr() -> Option<Self> {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if !io::stderr().is_terminal() || is_dumb {
            return None;
        }
        let state = State::new(USUAL_SIZE);
        let shows_progress = shows_progress(|name| std::env::var(name).ok());
        Some(Self { state: Arc::new(Mutex::new(state)), shows_progress })
    }

    /// Asks for the size anew; rows, and columns that may be used.
    pub(crate) fn measure(&self) -> (u16, u16) {
        let mut state = self.state();
        state.resize(Term::stderr().size_checked().unwrap_or(USUAL_SIZE));
        (state.rows, state.columns.1)
    }

    /// Has the terminal show this percentage where it shows progress (its tab, the task bar), or no longer.
    pub(crate) fn progress(&self, percent: Option<u64>) {
        if self.shows_progress {
            let sequence = match percent {
                Some(percent) => format!("\x1b]9;4;1;{}\x1b\\", percent.min(100)),
                None => "\x1b]9;4;0;\x1b\\".to_owned(),
            };
            // The end of it is not left out: it would stand there for ever.
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
        self.columns = (columns.max(1), columns.clamp(2, WIDTH) - 1);
    }

    /// Takes text as a terminal does: a line that is full ends.
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

    /// What puts the frame in the place of what stands on the screen; nothing if that is the same.
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
        // Begin and end of what is to be shown at once, for terminals that know that.
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

    // Where the cursor is, and what is to be overwritten, is known here.

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
        // A terminal that is stopped (Ctrl-S) gets the newest frame when it goes on. That nothing is to stand there any more,
        // it is always told: other text follows.
        if state.has_frame() && streams::is_behind() {
            state.drop_frame();
        } else if let Some(sequence) = state.paint() {
            streams::message(sequence.as_bytes());
        }
        Ok(())
    }
}

/// Whether the terminal is one that is known to take OSC 9;4. To others it may be a notification, so it is not tried.
fn shows_progress(variable: impl Fn(&str) -> Option<String>) -> bool {
    // What such a program lets through of the terminal around it is hard to say.
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
            // As indicatif does it.
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
