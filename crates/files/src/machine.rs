//! The machine on which this program runs.

use std::io::Read as _;
use std::path::Path;

use crate::input_file::open_input;

/// Returns the random identifier that the system got when it was installed
/// ([`machine-id`](https://www.freedesktop.org/software/systemd/man/latest/machine-id.html)), or
/// nothing if it has none, as in some containers. It must not leave the machine, except in a digest
/// with something else.
pub(crate) fn machine_id() -> String {
    let mut text = String::new();
    let read =
        open_input(Path::new("/etc/machine-id")).and_then(|file| file.take(64).read_to_string(&mut text));
    if read.is_ok() { text.trim().to_owned() } else { String::new() }
}
