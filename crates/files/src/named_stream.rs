//! Names for outputs that are no files.

use std::fmt;
use std::path::Path;

/// An output that has the name of a file, but is written to directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedStream {
    /// Nothing is kept: `/dev/null`.
    Nothing,
    /// Standard output: `-` or `/dev/stdout`.
    Stdout,
    /// Standard error: `/dev/stderr`.
    Stderr,
}

impl NamedStream {
    /// Returns the stream that this path means, or `None` if it means a file. All options for
    /// outputs use this, so that these names mean the same everywhere. The streams are the
    /// program's own, so nothing is opened under these names.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.to_str()? {
            "/dev/null" => Some(Self::Nothing),
            "-" | "/dev/stdout" => Some(Self::Stdout),
            "/dev/stderr" => Some(Self::Stderr),
            _ => None,
        }
    }
}

impl fmt::Display for NamedStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nothing => "nothing",
            Self::Stdout => "standard output",
            Self::Stderr => "standard error",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let of = |path: &str| NamedStream::of(Path::new(path));
        assert_eq!([of("-"), of("/dev/stdout")], [Some(NamedStream::Stdout); 2]);
        assert_eq!(of("/dev/stderr"), Some(NamedStream::Stderr));
        assert_eq!(of("/dev/null"), Some(NamedStream::Nothing));
        for file in ["/dev/zero", "/dev/tty", "./-", "--", "dev/null", ""] {
            assert_eq!(of(file), None, "{file}");
        }
    }
}
