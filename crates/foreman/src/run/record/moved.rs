//! A run whose storage file was moved since it began, together with the folder in which it is.
//!
//! The record has real paths: that of the storage file, and those of the rules that the run has
//! kept in its own folder. A case is often renamed or moved as a whole, and nothing else changes
//! then.

use std::path::Path;

use analysis::FileRole;
use events::PluginConfig;
use storage::{Store, StoreState};

use super::RunRecord;
use crate::supervise::run_folder::RunFolder;

impl RunRecord {
    /// Whether the run is over this very file, which had another path when it began: its name and
    /// its content are the same.
    pub(crate) fn has_moved_to(&self, store: &Store, state: &StoreState) -> bool {
        let (path, begun_at) = (store.path(), &self.run.store);
        begun_at != path
            && begun_at.file_name() == path.file_name()
            && self.store_file.0 == state.identity()
            && self.store == state.fingerprint()
    }

    /// Returns the record with the paths that the storage file and the run's folder have now, if
    /// only a folder above both was renamed or moved: this is the very file, its name and its
    /// content are the same. What the run has kept in a folder for temporary files has not moved.
    /// Otherwise, returns the record as it is: which of several copies a run belongs to cannot be
    /// told.
    pub(super) fn where_it_is_now(
        mut self,
        folder: &RunFolder,
        (store, state): (&Store, &StoreState),
    ) -> Self {
        let (path, begun_at) = (store.path(), self.run.store.clone());
        if !self.has_moved_to(store, state) {
            return self;
        }
        let to = folder.record_path();
        if let (Some(from), Some(name)) = (begun_at.parent(), to.file_name()) {
            let from = from.join(name);
            self.run.plugins.iter_mut().for_each(|plugin| move_files(plugin, &from, to));
        }
        path.clone_into(&mut self.run.store);
        self
    }
}

/// Gives the files of a plugin that are in the folder `from` their paths in the folder `to`.
fn move_files(plugin: &mut PluginConfig, from: &Path, to: &Path) {
    let Ok(spec) = analysis::spec_of(plugin) else { return };
    for of_option in spec.input_files(plugin).chunk_by(|a, b| a.option == b.option) {
        let is_kept = |role| matches!(role, FileRole::Rules(_) | FileRole::Collection(_));
        let moved = of_option.iter().map(|file| match (is_kept(file.role), file.path.strip_prefix(from)) {
            (true, Ok(name)) => to.join(name),
            _ => file.path.clone(),
        });
        plugin.set(&of_option[0].option.setting(), moved.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// Only what the run has kept in its folder has moved with it.
    #[test]
    fn files_that_the_run_has_kept() {
        let moved = |plugin: &str, setting: &str, path: &str| {
            let mut plugin = PluginConfig::new(plugin).with(setting, vec![PathBuf::from(path)]);
            move_files(&mut plugin, Path::new("/old/a.foreman"), Path::new("/new/a.foreman"));
            plugin.get(setting).unwrap().paths()[0].to_str().unwrap().to_owned()
        };
        for (plugin, setting, path, expected) in [
            ("tagging", "tagging_file", "/old/a.foreman/rules-0.txt", "/new/a.foreman/rules-0.txt"),
            ("tagging", "tagging_file", "/old/b.foreman/rules-0.txt", "/old/b.foreman/rules-0.txt"),
            ("tagging", "tagging_file", "linux", "linux"),
            ("sigma", "sigma_rules", "/old/a.foreman/sigma", "/new/a.foreman/sigma"),
            ("bloom", "bloom_file", "/old/a.foreman/filter", "/old/a.foreman/filter"),
        ] {
            assert_eq!(moved(plugin, setting, path), expected);
        }
    }
}
