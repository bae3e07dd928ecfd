//! The options of plugins that the user gave, and the plugins that they configure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use events::{PluginConfig, Secret, Setting};

use super::error::OptionError;
use crate::description::{FileRole, OptionDescription, OptionKind};
use crate::registry::{SPECS, spec};
use crate::spec::{SecretSource, Spec};

/// The options of plugins that the user gave.
#[derive(Debug, Clone, Default)]
pub struct PluginOptions {
    pub(super) given: BTreeMap<&'static str, Setting>,
    /// The numbers that were given. Their ranges are not checked yet.
    pub(super) numbers: BTreeMap<&'static str, i64>,
    pub(super) secrets: BTreeMap<&'static str, Secret>,
}

impl PluginOptions {
    /// Returns the plugins named in `names`, configured with these options. A name that is given
    /// twice counts once.
    ///
    /// # Errors
    ///
    /// If a plugin does not exist, a required option is missing, or an option belongs to a plugin
    /// that is not named.
    pub fn configure<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<PluginConfig>, OptionError> {
        let mut plugins: Vec<PluginConfig> = Vec::new();
        let names: Vec<_> = names.iter().map(|name| name.as_ref().trim()).collect();
        if matches!(names[..], [] | [""]) {
            return Err(OptionError::NoPlugin);
        }
        if names.contains(&"") {
            return Err(OptionError::EmptyName { list: names.join(",") });
        }
        for name in names {
            let plugin = self.plugin(spec(name).ok_or_else(|| OptionError::unknown(name))?)?;
            if !plugins.contains(&plugin) {
                plugins.push(plugin);
            }
        }
        self.check_selected(|spec, _| plugins.iter().any(|plugin| plugin.name() == spec.description.name))?;
        Ok(plugins)
    }

    /// Checks that no option of a plugin was given. Options of secrets are allowed, because they
    /// change no result.
    ///
    /// # Errors
    ///
    /// If such an option was given.
    pub fn none_given(&self) -> Result<(), OptionError> {
        self.check_selected(|_, option| {
            matches!(option.kind, OptionKind::Secret(_) | OptionKind::File(FileRole::Secret))
        })
    }

    /// Replaces what was given for rule files by the paths that `find` returns for it.
    ///
    /// # Errors
    ///
    /// The first error of `find`.
    pub fn find_rules<E>(&mut self, find: impl Fn(&[&Path]) -> Result<Vec<PathBuf>, E>) -> Result<(), E> {
        for option in SPECS.iter().flat_map(Spec::options) {
            if let OptionKind::File(FileRole::Rules(_)) = option.kind
                && let Some(setting) = self.given.get_mut(option.name)
            {
                *setting = find(&setting.paths())?.into();
            }
        }
        Ok(())
    }

    /// Returns what was given for rule files.
    pub fn rules(&self) -> impl Iterator<Item = &Path> {
        let is_for_rules = |kind: &OptionKind| matches!(kind, OptionKind::File(FileRole::Rules(_)));
        let options = SPECS.iter().flat_map(Spec::options).filter(move |option| is_for_rules(&option.kind));
        options.filter_map(|option| self.given.get(option.name)).flat_map(Setting::paths)
    }

    /// Returns the files that the plugins read.
    pub fn input_files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.given.iter().flat_map(|(option, setting)| {
            let paths = if let Setting::Text(_) = setting { Vec::new() } else { setting.paths() };
            paths.into_iter().map(|path| (*option, path))
        })
    }

    /// Gives the plugin its secret from an option, a file or the environment. Returns whether there
    /// is a secret.
    ///
    /// # Errors
    ///
    /// If the secret is in the environment, and is not text.
    pub fn give_secret(&self, source: &SecretSource, plugin: &mut PluginConfig) -> Result<bool, OptionError> {
        let setting = source.file.setting();
        if let Some(file) = self.given.get(source.file.name) {
            plugin.set(&setting, file.clone());
            plugin.set_secret(None);
            return Ok(true);
        }
        let secret = match self.secrets.get(source.option.name) {
            Some(secret) => Some(secret.clone()),
            None => from_environment(source)?,
        };
        let Some(secret) = secret else { return Ok(false) };
        plugin.remove(&setting);
        plugin.set_secret(Some(secret));
        Ok(true)
    }

    fn plugin(&self, spec: &'static Spec) -> Result<PluginConfig, OptionError> {
        let missing = |what| OptionError::Missing { plugin: spec.description.name, what };
        let mut plugin = PluginConfig::new(spec.description.name);
        for option in spec.options() {
            match self.value(option)?.or_else(|| option.default_value()) {
                Some(value) => plugin.set(&option.setting(), value),
                None if option.required => {
                    return Err(missing(format!("{}: {}", option.name, option.needs)));
                }
                None => {}
            }
        }
        if let Some(source) = &spec.secret
            && !self.give_secret(source, &mut plugin)?
        {
            let SecretSource { what, option, file, variable, .. } = source;
            return Err(missing(format!("{what}, as {}, {variable} or {}", typed(file), typed(option))));
        }
        Ok(plugin)
    }

    /// Returns the value of an option, or `None` if the option was not given.
    fn value(&self, option: &OptionDescription) -> Result<Option<Setting>, OptionError> {
        let (OptionKind::Number { minimum, maximum, .. }, Some(&value)) =
            (option.kind, self.numbers.get(option.name))
        else {
            return Ok(self.given.get(option.name).cloned());
        };
        let number = u64::try_from(value).ok().filter(|number| (minimum..=maximum).contains(number));
        let limit = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (least, most) = (limit(minimum), limit(maximum));
        let out_of_range = OptionError::OutOfRange { option: option.name, value, least, most };
        number.map(|number| Some(Setting::Number(number))).ok_or(out_of_range)
    }

    /// Checks that options were given only where they are allowed.
    fn check_selected(
        &self,
        may_be_given: impl Fn(&Spec, &OptionDescription) -> bool,
    ) -> Result<(), OptionError> {
        for spec in &SPECS {
            for option in spec.options() {
                let is_given = self.given.contains_key(option.name)
                    || self.numbers.contains_key(option.name)
                    || self.secrets.contains_key(option.name);
                if is_given && !may_be_given(spec, option) {
                    return Err(OptionError::NotSelected {
                        option: option.name,
                        plugin: spec.description.name,
                    });
                }
            }
        }
        Ok(())
    }
}

/// Returns the secret in the environment, if there is one. The error must not repeat any of it.
fn from_environment(source: &SecretSource) -> Result<Option<Secret>, OptionError> {
    let Some(value) = std::env::var_os(source.variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let not_text =
        |_| OptionError::NotText { variable: source.variable, what: source.what, file: typed(&source.file) };
    value.into_string().map(|secret| Some(Secret::from(secret))).map_err(not_text)
}

/// Returns an option as it is typed with its value.
fn typed(option: &OptionDescription) -> String {
    match option.kind.value_name() {
        Some(value) => format!("{} {value}", option.name),
        None => option.name.to_owned(),
    }
}
