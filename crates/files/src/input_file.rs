//! Opens a file that a user names as input.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _};
use std::path::Path;

use nix::fcntl::OFlag;

use crate::contents::{Content, LENGTH, content};
use crate::followed_links::open_followed;
use crate::open_database::Input;
use crate::real_path::open_real;

/// Opens a regular file for reading, and follows links, but those of other users only to what they
/// may read. Such a file can be read again and gives the
/// same bytes, and opening or reading it does not wait for another program.
///
/// # Errors
///
/// If the file cannot be opened, is not a regular file, or is a database: no database is a list or
/// a rule file, and a storage file changes while it is analysed. The error says what it is instead.
pub fn open_input(path: &Path) -> io::Result<Input> {
    let file = open_database(path)?;
    if is_database(&file)? {
        return Err(io::Error::other("it is an SQLite database, such as a storage file"));
    }
    Ok(file)
}

/// Opens a regular file for reading, also a database, and follows links as [`open_input`] does.
///
/// # Errors
///
/// If the file cannot be opened, is not a regular file, or is behind a link of another user who may
/// not read it ([`ForeignLink`](crate::ForeignLink)). The error says what it is instead.
pub fn open_database(path: &Path) -> io::Result<Input> {
    // To open some devices changes their state, so the kind is checked before, too.
    require_regular(&path.metadata()?)?;
    let file = Input::from(open_followed(path)?);
    require_regular(&file.metadata()?)?;
    Ok(file)
}

/// Opens a regular file for reading by its real path, which was found before. A link that somebody
/// has put there since is not followed: it could lead to any file of this user.
///
/// # Errors
///
/// As [`open_database`], and if a part of the path is a link.
pub fn open_real_path(path: &Path) -> io::Result<Input> {
    require_regular(&path.metadata()?)?;
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = Input::from(File::from(open_real(path, flags)?));
    require_regular(&file.metadata()?)?;
    Ok(file)
}

/// Returns whether the file at this path is a database. What cannot be read is none.
pub(crate) fn is_database_at(path: &Path) -> bool {
    open_database(path).and_then(|file| is_database(&file)).unwrap_or(false)
}

fn is_database(file: &Input) -> io::Result<bool> {
    let mut start = [0; LENGTH];
    let read = file.read_at(&mut start, 0)?;
    Ok(matches!(content(&start[..read]), Content::Database(_)))
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
    fn no_link_in_a_real_path_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().canonicalize().unwrap().join(name);
        std::fs::create_dir(at("folder")).unwrap();
        std::fs::write(at("folder/file"), "evidence").unwrap();
        symlink(at("folder/file"), at("link")).unwrap();
        symlink(at("folder"), at("link to the folder")).unwrap();
        assert_eq!(io::read_to_string(open_real_path(&at("folder/file")).unwrap()).unwrap(), "evidence");
        for name in ["link", "link to the folder/file"] {
            let said = open_real_path(&at(name)).unwrap_err().to_string();
            assert!(said.contains("is a link"), "{said}");
        }
        nix::unistd::mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
        assert!(open_real_path(&at("pipe")).unwrap_err().to_string().starts_with("it is a pipe, "));
    }

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
        std::fs::write(at("store"), "SQLite format 3\0and so on").unwrap();
        assert!(open_input(&at("store")).unwrap_err().to_string().contains("it is an SQLite database"));
        assert_eq!(io::read_to_string(open_database(&at("store")).unwrap()).unwrap().len(), 25);
        assert_eq!(open_input(&at("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
