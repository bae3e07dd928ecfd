//! A file that a user asks for, written so that no other file is lost.

use std::borrow::Borrow;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::Shown as _;
use nix::libc;
use nix::sys::stat::{Mode, SFlag};
use nix::unistd::{Gid, fchown, geteuid};

use crate::begun_files::BEGUN;
use crate::contents::{
    Content, LENGTH, content, is_name_in_plan, is_name_of_companion, is_name_of_run_folder,
};
use crate::directory::{Directory, FileStatus, Identity, set_permissions};
use crate::full_disk::FullDisk;
use crate::named_input::{is_of_a_plan, is_of_a_run};
use crate::readers::without_group;
use crate::unfinished::unfinished_name;
use crate::written_file::WrittenFile;

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The path ends without a name, or there is a folder at the path.
    #[error("it is a folder; name a file")]
    Folder,
    /// The file is a symbolic link.
    #[error("it is a symbolic link, which is not followed; name the file itself or another file")]
    Link,
    /// The file is a pipe, a socket or a device.
    #[error("it is a pipe, a socket or a device, and only regular files are written; name another file")]
    Special,
    /// The file has several names.
    #[error(
        "the file has another name, too (a hard link), and would change under both names; name another file"
    )]
    SeveralNames,
    /// The file belongs to another user, and its folder has the sticky bit.
    #[error(
        "it belongs to another user, and its folder has the sticky bit, as /tmp has, so only that user can replace it; name \
         another file"
    )]
    Protected,
    /// The file is the storage file of the run.
    #[error("it is the storage file; name another file")]
    Store,
    /// The file is a database.
    #[error("it is a database, which is not overwritten; name another file")]
    Database,
    /// The file is a journal of a database, or SQLite would take it for one.
    #[error(
        "its name or its content is that of a database's journal, so SQLite would use it as one; name another file"
    )]
    Journal,
    /// The name is that of the folder of a run.
    #[error(
        "names that end in .foreman are those of the folders that runs make beside storage files, and no run could begin while \
         something else has such a name; use another name"
    )]
    RunFolder,
    /// The file would lie in the folder of a run.
    #[error(
        "it would lie in the folder of a run, which is removed with the run, and a file that is not foreman's own there stops \
         the next run; use another folder"
    )]
    InRunFolder,
    /// The file would take the place of something that a plan needs.
    #[error(
        "it is in the folder of a plan, which needs the names plan.json, parts.json and shard-… itself; name another file"
    )]
    InPlan,
    /// The file is the record of a run.
    #[error(
        "it is the record of an interrupted run, without which the run cannot be resumed and its change not be undone; name \
         another file"
    )]
    Record,
    /// The file has something that the program has not written as such an output.
    #[error(
        "foreman has not written it as such a file, so it is not overwritten; name another file, or remove this one \
         first"
    )]
    Foreign,
    /// The file exists, but a new file was requested.
    #[error("it exists already and is not overwritten; name another file")]
    Exists,
    /// Another process is writing the file.
    #[error(
        "another foreman is writing it, or another program has locked it; name another file, or wait for its end"
    )]
    BeingWritten,
    /// A file that was made for a check cannot be removed again.
    #[error(
        "files can be made in its folder, but neither renamed nor removed (it may be append-only), so no output can be completed \
         there, and {}, which is empty, stays; name a file in another folder",
        left.shown()
    )]
    Stays {
        /// The file that was made.
        left: PathBuf,
    },
    /// The file was replaced during the check.
    #[error("something else has just replaced it; try again")]
    Changed,
    /// Somebody has put another folder in the place of the new one.
    #[error(
        "somebody has put another folder in its place while it was being filled, so its files were removed; what is there now \
         is not foreman's; name a folder in which nobody else may write"
    )]
    Exchanged,
    /// The operating system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Tells from the first bytes of a file whether the program has written it as an output of a kind.
/// It gets up to 100 bytes.
pub type IsOurs = fn(&[u8]) -> bool;

/// Which files may be replaced.
#[derive(Debug, Clone, Copy)]
enum Replaced {
    Nothing,
    /// An empty file, or one that the program has written as such an output.
    Ours(IsOurs),
    /// Any regular file that is not a database.
    File,
    /// The same, or a database with this application ID.
    DatabaseOfOurs(u32),
}

/// The place of a file that a user asks for.
#[derive(Debug)]
pub struct OutputFile {
    pub(crate) folder: Arc<Directory>,
    path: PathBuf,
    pub(crate) name: OsString,
    replaced: Replaced,
    mode: u32,
    /// The storage file of the run.
    store: Option<Identity>,
    /// What this process has written last at the path, if it writes it again and again.
    pub(crate) held: Option<WrittenFile>,
}

/// A file that is being written, beside its place. Dropping it removes the file if it is not
/// complete.
#[derive(Debug)]
pub struct NewFile<P: Borrow<OutputFile> = OutputFile> {
    place: P,
    name: OsString,
    file: Option<WrittenFile>,
    /// Whether the file has a name yet. If not, nothing is left of it when this process is killed.
    has_name: bool,
}

impl OutputFile {
    /// Checks that a file can be written at `path`. A file that is there is only replaced if it is
    /// empty or `is_ours` recognises it: any other may be evidence or the only copy of a user's
    /// notes. `store` is the storage file of the run, which is never replaced, whatever it
    /// contains.
    ///
    /// # Errors
    ///
    /// If the file at the path must not be replaced, or nothing can be written there.
    pub fn new(path: &Path, store: Option<&Path>, is_ours: IsOurs) -> Result<Self, OutputError> {
        let place = Self::at(path, Replaced::Ours(is_ours), 0o666, store)?;
        check_folder(path)?;
        NewFile::begin(&place)?.give_up()?;
        Ok(place)
    }

    /// Like [`OutputFile::new`], for a file that only its owner may read, and that replaces any
    /// file that is no database. It is for files in folders that the program has made, so the path
    /// must be real: no link on it is followed, since somebody may have put it there meanwhile.
    ///
    /// # Errors
    ///
    /// If the file at the path must not be replaced, or nothing can be written there.
    pub fn private(path: &Path) -> Result<Self, OutputError> {
        Self::in_folder(Directory::open_real(parent_of(path))?, path, Replaced::File, 0o600, None)
    }

    /// Like [`OutputFile::new`], for a file that must not exist.
    ///
    /// # Errors
    ///
    /// If the file exists or cannot be written.
    pub fn new_only(path: &Path) -> Result<Self, OutputError> {
        let place = Self::at(path, Replaced::Nothing, 0o666, None)?;
        check_folder(path)?;
        NewFile::begin(&place)?.give_up()?;
        Ok(place)
    }

    /// Like [`OutputFile::new_only`], for a file that others may read, but not change, whatever the
    /// umask is.
    ///
    /// # Errors
    ///
    /// If the file exists or cannot be written.
    pub fn own(path: &Path) -> Result<Self, OutputError> {
        let place = Self::at(path, Replaced::Nothing, 0o644, None)?;
        NewFile::begin(&place)?.give_up()?;
        Ok(place)
    }

    /// Like [`OutputFile::new`], for a database that only its owner may read. It may replace an
    /// empty file, or a database with the same application ID. The path of its folder must be real:
    /// no link on it is followed.
    ///
    /// # Errors
    ///
    /// If the file at the path must not be replaced.
    pub fn database(path: &Path, application_id: u32, store: Option<&Path>) -> Result<Self, OutputError> {
        let folder = Directory::open_real(parent_of(path))?;
        Self::in_folder(folder, path, Replaced::DatabaseOfOurs(application_id), 0o600, store)
    }

    fn at(path: &Path, replaced: Replaced, mode: u32, store: Option<&Path>) -> Result<Self, OutputError> {
        Self::in_folder(Directory::open(parent_of(path))?, path, replaced, mode, store)
    }

    fn in_folder(
        folder: Directory,
        path: &Path,
        replaced: Replaced,
        mode: u32,
        store: Option<&Path>,
    ) -> Result<Self, OutputError> {
        let name = path.file_name().ok_or(OutputError::Folder)?.to_owned();
        if path.as_os_str().as_bytes().ends_with(b"/") {
            return Err(OutputError::Folder);
        }
        check_name(&name)?;
        let store = store.and_then(|store| FileStatus::of_path(store).ok()).map(|status| status.identity());
        let folder = Arc::new(folder);
        let place = Self { folder, path: path.to_owned(), name, replaced, mode, store, held: None };
        place.check()?;
        Ok(place)
    }

    /// Returns the path that the user gave.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins to write the file.
    ///
    /// # Errors
    ///
    /// If the file at the path must not be replaced, or nothing can be written there.
    pub fn begin(self) -> Result<NewFile, OutputError> {
        NewFile::begin(self)
    }

    /// Writes the whole file. Readers see all of it or nothing.
    ///
    /// # Errors
    ///
    /// If the file at the path must not be replaced, or the file cannot be written.
    pub fn write(&self, content: &[u8]) -> Result<(), OutputError> {
        let mut new = NewFile::begin(self)?;
        new.file().write_all(content)?;
        new.publish().map(drop)
    }

    /// Returns the permissions to create the new file with, and then the group and the permissions
    /// to give it, so that nobody may read it who may not read the file that it replaces.
    fn access(&self) -> io::Result<(Mode, Option<(Gid, Mode)>)> {
        let allowed = Mode::from_bits_truncate(self.mode as libc::mode_t);
        let replaced = self
            .folder
            .status(&self.name)?
            .filter(|_| matches!(self.replaced, Replaced::Ours(_) | Replaced::File));
        let Some(replaced) = replaced else { return Ok((allowed, None)) };
        let mode = replaced.permissions() & allowed;
        if replaced.owner() == geteuid().as_raw() {
            return Ok((Mode::S_IRUSR | Mode::S_IWUSR, Some((Gid::from_raw(replaced.group()), mode))));
        }
        // Somebody else may have put the file here to get access to the new one. So it gives no
        // permission that the umask denies, and not its group.
        Ok((without_group(mode), None))
    }

    /// Refuses to replace a file that must not be lost.
    pub(crate) fn check(&self) -> Result<(), OutputError> {
        let Some(status) = self.folder.status(&self.name)? else { return Ok(()) };
        match status.kind() {
            SFlag::S_IFREG => {}
            SFlag::S_IFDIR => return Err(OutputError::Folder),
            SFlag::S_IFLNK => return Err(OutputError::Link),
            _ => return Err(OutputError::Special),
        }
        if Some(status.identity()) == self.store {
            return Err(OutputError::Store);
        }
        if matches!(self.replaced, Replaced::Nothing) {
            return Err(OutputError::Exists);
        }
        if status.has_other_names() {
            return Err(OutputError::SeveralNames);
        }
        if self.folder.own_status()?.protects(&status, geteuid().as_raw()) {
            return Err(OutputError::Protected);
        }
        let start = self.start_of(status.identity())?;
        match (content(&start), self.replaced) {
            (Content::Database(id), Replaced::DatabaseOfOurs(ours)) if id == ours => Ok(()),
            (Content::Database(_), _) => Err(OutputError::Database),
            (Content::Journal, _) => Err(OutputError::Journal),
            (Content::Record, _) => Err(OutputError::Record),
            (Content::Other, Replaced::Ours(is_ours)) if !start.is_empty() && !is_ours(&start) => {
                Err(OutputError::Foreign)
            }
            (Content::Other, Replaced::DatabaseOfOurs(_)) if !start.is_empty() => Err(OutputError::Foreign),
            (Content::Other, _) => Ok(()),
        }
    }

    /// Returns the first bytes of the file at the path, which must be the file with this identity.
    fn start_of(&self, identity: Identity) -> Result<Vec<u8>, OutputError> {
        let file = self.folder.read(&self.name)?;
        let opened = FileStatus::of(&file)?.identity();
        if Some(opened) == self.store {
            return Err(OutputError::Store);
        }
        if opened != identity {
            return Err(OutputError::Changed);
        }
        let mut start = Vec::with_capacity(LENGTH);
        file.take(LENGTH as u64).read_to_end(&mut start)?;
        Ok(start)
    }
}

/// Refuses a place in the folder of a run, or that of something which the folder of a plan has.
///
/// # Errors
///
/// If the path leads there.
pub fn check_folder(path: &Path) -> Result<(), OutputError> {
    let (folder, name) = (path.parent().unwrap_or(Path::new("")), path.file_name().unwrap_or_default());
    if is_of_a_run(folder) {
        return Err(OutputError::InRunFolder);
    }
    if is_name_in_plan(name) && is_of_a_plan(folder) {
        return Err(OutputError::InPlan);
    }
    Ok(())
}

/// Refuses a folder for what a run makes itself, if it is the folder of another run or has the name
/// of one: that run would be stopped by what is there.
///
/// # Errors
///
/// If the path leads to such a folder.
pub fn check_parent(folder: &Path) -> Result<(), OutputError> {
    let real = folder.canonicalize()?;
    if real.ancestors().any(is_of_a_run) {
        return Err(OutputError::InRunFolder);
    }
    match real.file_name().is_some_and(|name| is_name_of_run_folder(name.as_bytes())) {
        true => Err(OutputError::RunFolder),
        false => Ok(()),
    }
}

/// Refuses a name that foreman or SQLite needs for something else, also beside a storage file that
/// does not exist yet. The names of all outputs are checked by this function.
pub(crate) fn check_name(name: &OsStr) -> Result<(), OutputError> {
    match name.as_bytes() {
        name if is_name_of_companion(name) => Err(OutputError::Journal),
        name if is_name_of_run_folder(name) => Err(OutputError::RunFolder),
        _ => Ok(()),
    }
}

impl<P: Borrow<OutputFile>> NewFile<P> {
    pub(crate) fn begin(place: P) -> Result<Self, OutputError> {
        let at: &OutputFile = place.borrow();
        at.check()?;
        if matches!(at.replaced, Replaced::Nothing)
            && let Some(file) = at.folder.create_unnamed(at.mode)
        {
            let file = WrittenFile::new(file, &at.path);
            return Ok(Self { name: at.name.clone(), place, file: Some(file), has_name: false });
        }
        let name = unfinished_name(&at.name);
        let (mode, kept) = at.access()?;
        let path = at.path.clone();
        let file = BEGUN.make(&at.folder, &name, || at.folder.create(&name, mode.bits()));
        let file = file.map_err(|error| FullDisk::name(&path, error))?;
        let new = Self { place, name, file: Some(WrittenFile::new(file, &path)), has_name: true };
        if let (Some((group, mode)), Some(file)) = (kept, &new.file) {
            let file = file.as_file();
            // Users may give a file only to their own groups.
            let own = FileStatus::of(file)?.group();
            let is_given = own == group.as_raw() || fchown(file, None, Some(group)).is_ok();
            let (mode, group) = if is_given { (mode, group.as_raw()) } else { (without_group(mode), own) };
            // Not when the file is created, since the umask would deny a part of it. If the file
            // system refuses, the file has the permissions of a private file there.
            set_permissions(file, new.place.borrow().folder.limited(mode, group))?;
        }
        Ok(new)
    }

    /// Returns the file.
    pub fn file(&mut self) -> &mut WrittenFile {
        self.file.as_mut().expect("only `publish` takes it, and `publish` consumes this value")
    }

    /// Returns the temporary path of the file, for code that needs a path. A file that replaces
    /// nothing has none.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.place.borrow().path.with_file_name(&self.name)
    }

    /// Removes the file.
    fn give_up(mut self) -> Result<(), OutputError> {
        self.file = None;
        match self.has_name.then(|| BEGUN.remove(&self.place.borrow().folder, &self.name)) {
            Some(Err(_)) => Err(OutputError::Stays { left: self.path() }),
            _ => Ok(()),
        }
    }

    /// Copies a file without a name into one that has a name, and publishes that.
    fn copy(mut self) -> Result<WrittenFile, OutputError> {
        let place: &OutputFile = self.place.borrow();
        let name = unfinished_name(&place.name);
        let file = BEGUN.make(&place.folder, &name, || place.folder.create(&name, place.mode));
        let mut file =
            WrittenFile::new(file.map_err(|error| FullDisk::name(&place.path, error))?, &place.path);
        let unnamed = self.file.replace(WrittenFile::new(file.as_file().try_clone()?, &place.path));
        (self.name, self.has_name) = (name, true);
        if let Some(unnamed) = unnamed {
            let mut from = unnamed.into_file();
            from.rewind()?;
            io::copy(&mut from, &mut file)?;
            file.sync_all()?;
        }
        self.publish()
    }

    /// Gives the file its final name.
    ///
    /// # Errors
    ///
    /// If there is a file by now that must not be replaced.
    pub fn publish(self) -> Result<WrittenFile, OutputError> {
        self.publish_in_place(false)
    }

    /// Gives the file its final name. If `only_new`, it replaces nothing.
    pub(crate) fn publish_in_place(mut self, only_new: bool) -> Result<WrittenFile, OutputError> {
        let OutputFile { folder, name: to, replaced, .. } = {
            let place: &OutputFile = self.place.borrow();
            place.check()?;
            place
        };
        let from: &OsStr = &self.name;
        let exists = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputError::Exists,
            _ => error.into(),
        };
        if !self.has_name {
            let file = self.file.as_ref().expect("only this function takes it");
            match BEGUN.complete(from, || folder.give_name(file.as_file(), to)) {
                // The file system cannot do that.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return self.copy(),
                named => named.map_err(exists)?,
            }
        } else if only_new || matches!(replaced, Replaced::Nothing) {
            BEGUN.complete(from, || folder.rename_new(from, to)).map_err(exists)?;
        } else {
            BEGUN.complete(from, || folder.rename(from, to))?;
        }
        Ok(self.file.take().expect("only this function takes it"))
    }
}

impl<P: Borrow<OutputFile>> Drop for NewFile<P> {
    fn drop(&mut self) {
        if self.file.is_some() && self.has_name {
            let _ = BEGUN.remove(&self.place.borrow().folder, &self.name);
        }
    }
}

/// Returns the path of the folder of a file.
fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests;
