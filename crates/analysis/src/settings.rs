//! Reads a plugin's settings by their options.

use std::path::PathBuf;

use events::{PluginConfig, Secret, Setting};

use crate::description::{FileRole, OptionDescription, OptionKind};
use crate::error::PrepareError;

/// The settings of a plugin that is being set up. They come from a command line or from a task, and
/// are not trusted.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'c> {
    plugin: &'static str,
    config: &'c PluginConfig,
}

impl<'c> Settings<'c> {
    /// Reads the settings of the plugin of this name.
    #[must_use]
    pub fn new(plugin: &'static str, config: &'c PluginConfig) -> Self {
        Self { plugin, config }
    }

    /// Returns whether a switch or a truth is on.
    ///
    /// # Errors
    ///
    /// If the setting has another type.
    pub fn is_on(&self, option: &OptionDescription) -> Result<bool, PrepareError> {
        match self.value(option)? {
            Some(Setting::Switch(on)) => Ok(on),
            _ => Err(self.unusable(option)),
        }
    }

    /// Returns a number.
    ///
    /// # Errors
    ///
    /// If the setting has another type, or the option does not allow the number.
    pub fn number(&self, option: &OptionDescription) -> Result<u64, PrepareError> {
        match self.value(option)? {
            Some(Setting::Number(number)) => Ok(number),
            _ => Err(self.unusable(option)),
        }
    }

    /// Returns a text, or the chosen word.
    ///
    /// # Errors
    ///
    /// If the setting has another type, or the option does not allow the word.
    pub fn text(&self, option: &OptionDescription) -> Result<String, PrepareError> {
        match self.value(option)? {
            Some(Setting::Text(text)) => Ok(text),
            _ => Err(self.unusable(option)),
        }
    }

    /// Returns the path of a file.
    ///
    /// # Errors
    ///
    /// If the setting is missing or has another type.
    pub fn path(&self, option: &OptionDescription) -> Result<PathBuf, PrepareError> {
        self.value(option)?
            .as_ref()
            .and_then(Setting::as_path)
            .map(PathBuf::from)
            .ok_or_else(|| self.unusable(option))
    }

    /// Returns a text or the chosen word, or `None` if it was not given.
    ///
    /// # Errors
    ///
    /// As [`text`](Self::text).
    pub fn text_if_given(&self, option: &OptionDescription) -> Result<Option<String>, PrepareError> {
        self.value(option)?.map(|_| self.text(option)).transpose()
    }

    /// Returns the path of a file, or `None` if it was not given.
    ///
    /// # Errors
    ///
    /// As [`path`](Self::path).
    pub fn path_if_given(&self, option: &OptionDescription) -> Result<Option<PathBuf>, PrepareError> {
        self.value(option)?.map(|_| self.path(option)).transpose()
    }

    /// Returns the paths of files, in the order in which they were given.
    ///
    /// # Errors
    ///
    /// If the setting is missing or has another type.
    pub fn paths(&self, option: &OptionDescription) -> Result<Vec<PathBuf>, PrepareError> {
        let value = self.value(option)?;
        let paths: Vec<_> = value.iter().flat_map(Setting::paths).map(PathBuf::from).collect();
        if paths.is_empty() { Err(self.unusable(option)) } else { Ok(paths) }
    }

    /// Returns the plugin's secret, if it was given as a value and not as a file.
    #[must_use]
    pub fn secret(&self) -> Option<&'c Secret> {
        self.config.secret()
    }

    fn value(&self, option: &OptionDescription) -> Result<Option<Setting>, PrepareError> {
        let value = self.config.get(&option.setting()).cloned().or_else(|| option.default_value());
        match value {
            Some(value) if !option.takes(&value) => Err(self.unusable(option)),
            value => Ok(value),
        }
    }

    fn unusable(&self, option: &OptionDescription) -> PrepareError {
        PrepareError::Setting {
            plugin: self.plugin,
            setting: option.setting(),
            expected: option.kind.value_name().unwrap_or("true or false"),
        }
    }
}

impl OptionDescription {
    /// Returns the setting for the option's default, or `None` if it has no default.
    pub(crate) fn default_value(&self) -> Option<Setting> {
        match self.kind {
            OptionKind::Switch => Some(Setting::Switch(false)),
            OptionKind::Truth => Some(Setting::Switch(self.default? == "true")),
            OptionKind::Number { .. } => self.default?.parse().ok().map(Setting::Number),
            OptionKind::File(_) => Some(Setting::Path(self.default?.into())),
            OptionKind::Text(_) | OptionKind::Choice { .. } => Some(self.default?.into()),
            OptionKind::Secret(_) => None,
        }
    }

    /// Returns whether the setting is a possible value of the option.
    fn takes(&self, setting: &Setting) -> bool {
        match (self.kind, setting) {
            (OptionKind::Switch | OptionKind::Truth, Setting::Switch(_))
            | (OptionKind::File(_), Setting::Path(_) | Setting::Text(_))
            | (OptionKind::File(FileRole::Rules(_)), Setting::Paths(_))
            | (OptionKind::Text(_), Setting::Text(_)) => true,
            (OptionKind::Number { minimum, maximum, .. }, Setting::Number(number)) => {
                (minimum..=maximum).contains(number)
            }
            (OptionKind::Choice { words, .. }, Setting::Text(text)) => words.contains(&text.as_str()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::SPECS;

    #[test]
    fn every_default_is_a_value_that_the_option_takes() {
        for option in SPECS.iter().flat_map(|spec| spec.options()).filter(|option| option.default.is_some()) {
            let value = option.default_value().unwrap_or_else(|| panic!("{}", option.name));
            assert!(option.takes(&value), "{}", option.name);
        }
    }

    #[test]
    fn settings_of_anybody_are_checked() {
        const DEPTH: OptionDescription = OptionDescription::new(
            "--sea-depth",
            OptionKind::Number { name: "METRES", minimum: 1, maximum: 9 },
            "The depth.",
        )
        .with_default("3");
        const WATER: OptionDescription =
            OptionDescription::new("--water", OptionKind::Choice { name: "KIND", words: &["salt"] }, "");
        let read = |json: &str| {
            let config: PluginConfig = serde_json::from_str(json).unwrap();
            let settings = Settings { plugin: "fish", config: &config };
            settings.number(&DEPTH).and_then(|depth| settings.text(&WATER).map(|water| (depth, water)))
        };
        assert_eq!(read(r#"{"plugin":"fish","water":"salt"}"#).unwrap(), (3, "salt".into()));
        for json in [
            r#"{"plugin":"fish"}"#,
            r#"{"plugin":"fish","water":"salt","sea_depth":0}"#,
            r#"{"plugin":"fish","water":"salt","sea_depth":10}"#,
            r#"{"plugin":"fish","water":"salt","sea_depth":"5"}"#,
            r#"{"plugin":"fish","water":"sweet"}"#,
            r#"{"plugin":"fish","water":true}"#,
        ] {
            assert!(matches!(read(json), Err(PrepareError::Setting { plugin: "fish", .. })), "{json}");
        }
    }
}
