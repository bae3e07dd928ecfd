//! The API key of VirusTotal, which nobody else may see.
//!
//! The key and its place are never shown. The key cannot be serialized either: a run passes on only
//! the name of a file that has the key.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use events::{Secret, Shown as _};

/// The longest key that is accepted, in characters. Real keys are far shorter.
const MAXIMUM_LENGTH: u64 = 1_024;

/// An API key that was checked.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey(Secret);

/// The source of a key.
#[derive(Debug, Clone)]
pub(crate) enum ApiKeySource {
    /// A file that has the key.
    File(PathBuf),
    /// The key itself.
    Given(Secret),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiKeyError {
    #[error("cannot read the API key from {}: {source}", path.shown())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "the API key is empty, is longer than {MAXIMUM_LENGTH} characters, or has a character that no key can have"
    )]
    Invalid,
}

impl ApiKey {
    /// Returns the key itself.
    pub(crate) fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// Returns the key, if its characters are possible in a key.
    fn checked(secret: &Secret) -> Result<Self, ApiKeyError> {
        let key = secret.reveal().trim();
        let fits = !key.is_empty() && key.len() as u64 <= MAXIMUM_LENGTH;
        if fits && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(Secret::from(key.to_owned())))
        } else {
            Err(ApiKeyError::Invalid)
        }
    }
}

impl ApiKeySource {
    /// Returns the key after a check.
    pub(crate) fn key(&self) -> Result<ApiKey, ApiKeyError> {
        match self {
            Self::File(path) => ApiKey::checked(&read(path)?),
            Self::Given(key) => ApiKey::checked(key),
        }
    }
}

fn read(path: &Path) -> Result<Secret, ApiKeyError> {
    let error = |source| ApiKeyError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = files::open_input(path).map_err(error)?;
    file.take(MAXIMUM_LENGTH + 2).read_to_end(&mut bytes).map_err(error)?;
    // The error has no details, because they would show the file's content, which may be the key.
    String::from_utf8(bytes).map(Secret::from).map_err(|_| ApiKeyError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key() {
        for text in ["", " \n", "a b", "a\nb", "é", "\u{1b}[31m", &"x".repeat(1_025)] {
            let error = ApiKeySource::Given(Secret::from(text.to_owned())).key().unwrap_err();
            assert!(matches!(error, ApiKeyError::Invalid), "{text:?}");
            assert!(text.trim().is_empty() || !error.to_string().contains(text));
        }
    }

    #[test]
    fn a_key_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "s3cret\r\n").unwrap();
        let source = ApiKeySource::File(path.clone());
        assert_eq!(source.key().unwrap().reveal(), "s3cret");
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(source.key(), Err(ApiKeyError::Invalid)));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(source.key(), Err(ApiKeyError::Read { .. })));
        let error = ApiKeySource::File("/dev/null".into()).key().unwrap_err().to_string();
        assert!(error.contains("only regular files are read"), "{error}");
    }
}
