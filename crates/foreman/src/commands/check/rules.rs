//! The rules and the filter that `foreman check` examines.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use filter::{Expression, Rules, tagging_file};

use super::sigma::SigmaRules;
use crate::exit::Failure;

/// The name of the filter in messages.
pub(super) const FILTER: &str = "filter";

/// The members of a JSON object.
pub(super) type Members = Vec<(&'static str, serde_json::Value)>;

/// The rules and the filter, without errors.
pub(super) struct Checked {
    /// The rules of each file, under the name that messages use.
    pub(super) files: Vec<Rules>,
    /// The names of the files that are built-in rules.
    pub(super) built_in: BTreeSet<String>,
    /// The names of Sigma rules.
    pub(super) sigma: BTreeSet<String>,
    /// The filter, if it is not empty.
    pub(super) filter: Option<Expression>,
    /// Returns the data types in the rules and the filter that have another name in other versions
    /// of Plaso, each with that name.
    pub(super) other_data_types: BTreeSet<(String, &'static str)>,
}

impl Checked {
    /// Returns whether there are neither rules nor a filter.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.filter.is_none()
    }

    /// Loads the tagging files, parses the filter, and takes the rules out of the Sigma rules.
    pub(super) fn load(
        tagging_files: &[PathBuf],
        filter: Option<&str>,
        sigma: &mut [SigmaRules],
    ) -> Result<Self, Failure> {
        let built_in = tagging_files.iter().filter(|path| built_in(path).is_some());
        let built_in = built_in.map(|path| path.to_string_lossy().into_owned()).collect();
        let mut files = tagging_files.iter().map(|path| load(path)).collect::<Result<Vec<_>, _>>()?;
        let mut filter = filter.map(Expression::parse).transpose().map_err(Failure::usage)?.flatten();
        // An analysis accepts other names, too.
        let in_files = files.iter_mut().flat_map(Rules::accept_other_data_types);
        let in_filter = filter.iter_mut().flat_map(Expression::accept_other_data_types);
        let other_data_types = in_files.chain(in_filter).collect();
        let sigma_names = sigma.iter().map(|rules| rules.name.clone()).collect();
        files.extend(sigma.iter_mut().map(SigmaRules::take_rules));
        Ok(Self { files, built_in, sigma: sigma_names, filter, other_data_types })
    }
}

fn load(path: &Path) -> Result<Rules, Failure> {
    built_in(path).map_or_else(|| tagging_file::load(path).map_err(Failure::usage), Ok)
}

/// Returns the built-in rules of this name.
fn built_in(path: &Path) -> Option<Rules> {
    path.to_str().filter(|_| tagging_file::is_built_in(path)).and_then(tagging_file::built_in)
}
