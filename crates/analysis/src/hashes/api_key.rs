//! The API key of VirusTotal, which must not be seen.
//!
//! Neither the key nor where it was given is ever shown, and it cannot be serialized: a run passes on only the name of
//! a file that has it.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The option that may have the key.
pub const API_KEY_OPTION: &str = "--virustotal-api-key";

/// The environment variable that may have the key.
pub const API_KEY_VARIABLE: &str = "VIRUSTOTAL_API_KEY";

/// Far longer than any key.
const MAXIMUM_LENGTH: u64 = 1_024;

/// A key for an API. What it shows of itself is not the key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Where a key comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeySource {
    /// The file that has it.
    File(PathBuf),
    /// It was given itself. That cannot be passed on: it has to be put into a file first.
    #[serde(skip)]
    Given(ApiKey),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiKeyError {
    #[error("cannot read the API key from {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "the API key is empty, longer than {MAXIMUM_LENGTH} characters, or has characters that no key has"
    )]
    Invalid,
}

impl ApiKey {
    /// The key itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The key if it can be one.
    fn checked(&self) -> Result<Self, ApiKeyError> {
        let key = self.0.trim();
        let fits = !key.is_empty() && key.len() as u64 <= MAXIMUM_LENGTH;
        if fits && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(key.to_owned()))
        } else {
            Err(ApiKeyError::Invalid)
        }
    }
}

impl From<String> for ApiKey {
    fn from(key: String) -> Self {
        Self(key)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}

impl ApiKeySource {
    /// The key, checked.
    pub(crate) fn key(&self) -> Result<ApiKey, ApiKeyError> {
        match self {
            Self::File(path) => read(path)?.checked(),
            Self::Given(key) => key.checked(),
        }
    }
}

/// The key in the environment, if there is one.
pub(crate) fn key_from_environment() -> Option<ApiKey> {
    std::env::var(API_KEY_VARIABLE).ok().filter(|key| !key.is_empty()).map(ApiKey)
}

fn read(path: &Path) -> Result<ApiKey, ApiKeyError> {
    let error = |source| ApiKeyError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(error)?;
    file.take(MAXIMUM_LENGTH + 2).read_to_end(&mut bytes).map_err(error)?;
    // An error that shows what stands in the file would show the key.
    String::from_utf8(bytes).map(ApiKey).map_err(|_| ApiKeyError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_shown_or_passed_on() {
        let source = ApiKeySource::Given(ApiKey::from("s3cret".to_owned()));
        assert_eq!(format!("{source:?}"), "Given(ApiKey(hidden))");
        assert_eq!(source.key().unwrap().reveal(), "s3cret");
    }

    #[test]
    fn what_is_no_key() {
        for text in ["", " \n", "a b", "a\nb", "é", "\u{1b}[31m", &"x".repeat(1_025)] {
            let error = ApiKeySource::Given(ApiKey::from(text.to_owned())).key().unwrap_err();
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
    }
}
