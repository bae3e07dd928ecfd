//! The folder of an attempt at a shard, which is handed over when it is complete.

use std::path::Path;

use anyhow::{Context as _, Result};
use events::Shown as _;
use files::Folder;
use protocol::is_task_store_name;

use super::names::{SHARD, SHARD_KIND, shard_name};
use super::{Place, RunFolder};

impl RunFolder {
    /// Makes a folder in `parent` for an attempt at a shard.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made.
    pub(crate) fn attempt(parent: &Path, shard: u32) -> Result<Self> {
        let prefix = format!(".attempt-{shard:06}-");
        let made = Folder::make_beside_others(parent, &prefix, SHARD_KIND);
        let made = made.with_context(|| format!("cannot make a folder in {}", parent.shown()))?;
        Ok(Self::at(Place::Attempt(made), false))
    }

    /// Completes the folder of an attempt: only the task stores and the record stay, and the folder
    /// gets the name of its shard. Returns `false` if another attempt came first; then this folder
    /// is removed.
    ///
    /// # Errors
    ///
    /// If the folder cannot be completed.
    pub(crate) fn hand_over(mut self, shard: u32, record: &[u8]) -> Result<bool> {
        let path = self.path().to_owned();
        let complete = |folder: &mut Folder| -> Result<bool> {
            let names = folder.file_names()?.into_iter().filter_map(|name| name.into_string().ok());
            for name in names.filter(|name| name != SHARD && !is_task_store_name(name)) {
                folder.remove_file(&name)?;
            }
            folder.replace(SHARD, record)?;
            Ok(folder.rename(&shard_name(shard))?)
        };
        let Place::Attempt(folder) = &mut self.place else { return Ok(false) };
        let is_first = complete(folder).with_context(|| format!("cannot complete {}", path.shown()))?;
        self.worth_keeping.set(is_first);
        Ok(is_first)
    }
}
