//! The list of all plugins.

use std::sync::LazyLock;

use events::{AttributeNames, PluginConfig, ResultTable};

use crate::description::{FileRole, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, RunContext};
use crate::settings::Settings;
use crate::spec::{SecretSource, Spec};
use crate::{
    browser_search, chrome_extension, hashes, ioc, sessionize, sigma_rules, tagging, test_memory,
    unique_domains_visited,
};

/// All plugins, by name.
pub static SPECS: [Spec; 11] = [
    hashes::bloom::SPEC,
    browser_search::SPEC,
    chrome_extension::SPEC,
    ioc::SPEC,
    hashes::nsrlsvr::SPEC,
    sessionize::SPEC,
    sigma_rules::SPEC,
    tagging::SPEC,
    test_memory::SPEC,
    unique_domains_visited::SPEC,
    hashes::virustotal::SPEC,
];

/// The plugins that a user can choose, by name. Plugins that serve only tests are not among them.
pub static PLUGINS: LazyLock<Vec<PluginDescription>> =
    LazyLock::new(|| SPECS.iter().filter(|spec| !spec.is_hidden).map(|spec| spec.description).collect());

/// Returns the plugin of this name.
#[must_use]
pub fn spec(name: &str) -> Option<&'static Spec> {
    SPECS.iter().find(|spec| spec.description.name == name)
}

/// Returns the plugin to which these settings belong.
///
/// # Errors
///
/// If there is no plugin of this name.
pub fn spec_of(config: &PluginConfig) -> Result<&'static Spec, PrepareError> {
    spec(config.name()).ok_or_else(|| PrepareError::UnknownPlugin(config.name().to_owned()))
}

/// Returns the result tables of all plugins.
pub fn result_tables() -> impl Iterator<Item = &'static ResultTable> {
    SPECS.iter().filter_map(|spec| spec.results)
}

/// Returns the sources of all plugins' secrets.
pub fn secret_sources() -> impl Iterator<Item = &'static SecretSource> {
    SPECS.iter().filter_map(|spec| spec.secret.as_ref())
}

/// Returns whether a run keeps a file of this name for a plugin: a copy of rules, or a secret.
#[must_use]
pub fn is_kept_file(name: &str) -> bool {
    let mut rules = SPECS.iter().flat_map(Spec::options).filter_map(|option| match option.kind {
        OptionKind::File(FileRole::Rules(kept_as) | FileRole::Collection(kept_as)) => Some(kept_as),
        _ => None,
    });
    rules.any(|kept_as| is_copy(name, kept_as)) || secret_sources().any(|source| source.kept_as == name)
}

/// Returns the name of the copy of one of several files with rules: `rules.txt` for the first,
/// `rules-2.txt` for the second.
#[must_use]
pub fn copy_name(kept_as: &str, position: usize) -> String {
    match kept_as.rsplit_once('.') {
        Some((stem, ending)) if position > 0 => format!("{stem}-{}.{ending}", position + 1),
        _ => kept_as.to_owned(),
    }
}

fn is_copy(name: &str, kept_as: &str) -> bool {
    let number = || {
        let (stem, ending) = kept_as.rsplit_once('.')?;
        let number = name.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(ending)?.strip_suffix('.')?;
        number.parse::<usize>().ok()
    };
    name == kept_as || number().is_some_and(|number| number > 1 && copy_name(kept_as, number - 1) == name)
}

/// Sets up a plugin. The attributes that it reads are added to `names`.
pub(crate) fn prepare(
    config: &PluginConfig,
    names: &mut AttributeNames,
    context: &RunContext,
) -> Result<(&'static str, Box<dyn AnalysisPlugin>), PrepareError> {
    let spec = spec_of(config)?;
    let plugin = (spec.prepare)(&Settings::new(spec.description.name, config), names, context)?;
    Ok((spec.description.name, plugin))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn plugins_are_in_order_and_their_options_are_their_own() {
        assert!(SPECS.is_sorted_by_key(|spec| spec.description.name));
        let options: Vec<_> =
            SPECS.iter().flat_map(|spec| spec.options()).map(|option| option.name).collect();
        assert_eq!(options.iter().collect::<BTreeSet<_>>().len(), options.len());
        assert!(options.iter().all(|name| name.starts_with("--")));
        let tables: Vec<_> = result_tables().map(|table| table.name).collect();
        assert_eq!(tables.iter().collect::<BTreeSet<_>>().len(), tables.len());
        assert!(tables.iter().all(|name| name.ends_with("_analysis_result")));
    }
}
