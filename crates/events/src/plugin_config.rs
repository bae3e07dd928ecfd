//! A plugin with its settings, as a task carries it to a worker.
//!
//! Only the plugin knows what its settings mean. The code between the command line and the plugin
//! passes them on unread.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A plugin with its settings: all that a worker needs to set it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginConfig {
    plugin: String,
    #[serde(flatten)]
    settings: BTreeMap<String, Setting>,
    /// A secret that was given as a value, not as a file. It is never part of a task, so it must be
    /// written to a file first.
    #[serde(skip)]
    secret: Option<Secret>,
}

/// The value of a setting.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// Whether something is switched on.
    Switch(bool),
    /// A number.
    Number(u64),
    /// A text. A path also becomes a text when it is passed on.
    Text(String),
    /// A path.
    Path(PathBuf),
    /// Several paths.
    Paths(Vec<PathBuf>),
}

/// A text that nobody else may see, such as a key. Its debug output hides the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl PluginConfig {
    /// Makes a plugin without settings.
    #[must_use]
    pub fn new(plugin: &str) -> Self {
        Self { plugin: plugin.to_owned(), settings: BTreeMap::new(), secret: None }
    }

    /// Returns the plugin with this setting.
    #[must_use]
    pub fn with(mut self, setting: &str, value: impl Into<Setting>) -> Self {
        self.set(setting, value);
        self
    }

    /// Sets a setting.
    pub fn set(&mut self, setting: &str, value: impl Into<Setting>) {
        self.settings.insert(setting.to_owned(), value.into());
    }

    /// Removes a setting.
    pub fn remove(&mut self, setting: &str) {
        self.settings.remove(setting);
    }

    /// Returns the plugin's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.plugin
    }

    /// Returns the value of a setting, or `None` if it is not set.
    #[must_use]
    pub fn get(&self, setting: &str) -> Option<&Setting> {
        self.settings.get(setting)
    }

    /// Returns the secret, if it was given as a value.
    #[must_use]
    pub fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// Sets or removes the secret.
    pub fn set_secret(&mut self, secret: Option<Secret>) {
        self.secret = secret;
    }
}

impl Setting {
    /// Returns a path, or a text as a path.
    #[must_use]
    pub fn as_path(&self) -> Option<&Path> {
        self.as_os_str().map(Path::new)
    }

    /// Returns the paths: several, or one, or none if the setting is no path.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Paths(paths) => paths.iter().map(PathBuf::as_path).collect(),
            other => other.as_path().into_iter().collect(),
        }
    }

    fn as_os_str(&self) -> Option<&OsStr> {
        match self {
            Self::Text(text) => Some(OsStr::new(text)),
            Self::Path(path) => Some(path.as_os_str()),
            Self::Switch(_) | Self::Number(_) | Self::Paths(_) => None,
        }
    }
}

/// A path equals the text that it becomes when it is passed on.
impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Switch(a), Self::Switch(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Paths(a), Self::Paths(b)) => a == b,
            _ => self.as_os_str().is_some_and(|text| Some(text) == other.as_os_str()),
        }
    }
}

impl Eq for Setting {}

impl From<bool> for Setting {
    fn from(on: bool) -> Self {
        Self::Switch(on)
    }
}

impl From<u64> for Setting {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<PathBuf> for Setting {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// A list of one path is the same as the path.
impl From<Vec<PathBuf>> for Setting {
    fn from(paths: Vec<PathBuf>) -> Self {
        match <[PathBuf; 1]>::try_from(paths) {
            Ok([path]) => Self::Path(path),
            Err(paths) => Self::Paths(paths),
        }
    }
}

impl Secret {
    /// Returns the text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stay_the_same_when_they_are_passed_on() {
        let config = PluginConfig::new("fish")
            .with("depth", 5_u64)
            .with("net", true)
            .with("bait", PathBuf::from("worm"))
            .with("lake", "Como")
            .with("maps", ["a", "b"].map(PathBuf::from).to_vec());
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(
            json,
            r#"{"plugin":"fish","bait":"worm","depth":5,"lake":"Como","maps":["a","b"],"net":true}"#
        );
        let passed_on: PluginConfig = serde_json::from_str(&json).unwrap();
        assert_eq!(passed_on, config);
        assert_eq!(passed_on.get("bait").and_then(Setting::as_path), Some(Path::new("worm")));
        assert_eq!(passed_on.get("maps").unwrap().paths(), [Path::new("a"), Path::new("b")]);
        assert_ne!(passed_on, config.with("depth", 6_u64));
    }

    #[test]
    fn a_secret_is_not_shown_or_passed_on() {
        let mut config = PluginConfig::new("fish");
        config.set_secret(Some(Secret::from("s3cret".to_owned())));
        assert!(!format!("{config:?}").contains("s3cret"));
        assert_eq!(serde_json::to_string(&config).unwrap(), r#"{"plugin":"fish"}"#);
        assert_eq!(config.secret().map(Secret::reveal), Some("s3cret"));
    }
}
