//! Opens a file that a user names as input.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::libc;

/// Opens a regular file for reading, and follows links. Such a file can be read again and gives the
/// same bytes, and opening or reading it does not wait for another program.
///
/// # Errors
///
/// If the file cannot be opened, or is not a regular file. The error says what it is instead.
pub fn open_input(path: &Path) -> io::Result<File> {
    // To open some devices changes their state, so the kind is checked before, too.
    require_regular(&path.metadata()?)?;
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    require_regular(&file.metadata()?)?;
    Ok(file)
}

fn require_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(io::Error::other("it is a folder; name a file"));
    }
    let kind = if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    };
    Err(io::Error::other(format!(
        "it is a {kind}, and only regular files are read; save its content to a file, and name that file"
    )))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use nix::sys::stat::Mode;

    use super::*;

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "rules").unwrap();
        symlink(at("file"), at("link")).unwrap();
        for name in ["file", "link"] {
            assert_eq!(io::read_to_string(open_input(&at(name)).unwrap()).unwrap(), "rules");
        }
        nix::unistd::mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
        symlink(at("pipe"), at("link to a pipe")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for (path, kind) in [
            (at("pipe"), "pipe"),
            (at("link to a pipe"), "pipe"),
            (at("socket"), "socket"),
            ("/dev/null".into(), "device"),
        ] {
            let said = open_input(&path).unwrap_err().to_string();
            assert!(said.starts_with(&format!("it is a {kind}, ")), "{said}");
        }
        assert_eq!(open_input(folder.path()).unwrap_err().to_string(), "it is a folder; name a file");
        assert_eq!(open_input(&at("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
