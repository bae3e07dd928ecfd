//! What the program prints, made safe for a terminal.

use std::io::Write as _;

use events::printable;

/// Prints a result.
pub(crate) fn say(text: &str) {
    // Whoever closes the pipe has seen enough, and a full disk behind it changes nothing of what was done.
    let _ = writeln!(std::io::stdout(), "{}", printable(text));
}

/// Prints the last word of a program that failed.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "foreman: {}", printable(text));
}
