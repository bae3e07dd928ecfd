//! What foreman makes beside storage files: the folder of a run, and the record of a run over
//! several storage files. Both are named after something with `.foreman` at the end, so one can
//! have the name of the other: the run over `case`, and the record of the folder in which it is.

use std::io;
use std::path::Path;

use events::Shown as _;
use files::{Folder, FolderError, Kind};

use super::names::KIND;
use crate::shell::interrupted_run;

/// The file with the settings of a run over several storage files.
pub(crate) const CASE: &str = "case.json";
/// The file that says which of them are done.
pub(crate) const DONE: &str = "done.jsonl";
/// The format of [`CASE`].
pub(crate) const CASE_FORMAT: &str = "foreman case 1";
/// How the folder with both is recognised.
pub(crate) const CASE_KIND: Kind =
    Kind { marker: CASE, signature: "{\n  \"format\": \"foreman case 1\"", is_ours: |name| name == DONE };

/// How the names of both kinds of folders end.
const SUFFIX: &str = ".foreman";

/// What to do about a folder that may be foreman's and cannot be read.
const KEEP: &str = "keep it as it is, because it may be needed to resume a run or to undo a change, look for the cause, and \
     give the command again";

/// What to do about a name that is too long, so that no such folder can be there.
const SHORTEN: &str = "give the storage file or the list that it is named after a shorter name";

/// What to do about a folder of another user: it may be needed for an active run, or to undo a
/// change.
const ASK: &str = "keep it as it is; if a run of that user is active, wait for its end, and otherwise ask that user to resume or \
     discard it";

/// Says what lies where a folder should be, and what to do about it. What only cannot be read may
/// be a folder of foreman's, and must not be moved away.
pub(crate) fn in_the_way(path: &Path, error: &FolderError) -> String {
    let shown = path.shown();
    if let FolderError::System(error) = error {
        let what_to_do = match error.kind() {
            io::ErrorKind::InvalidFilename => SHORTEN,
            _ => KEEP,
        };
        return format!("{shown} cannot be used: {error}; {what_to_do}");
    }
    let what = why_unusable(path, error);
    match error {
        FolderError::Owner(_) => format!("{shown} is in the way: {what}"),
        _ if other_kind(path, error).is_some() => format!("{shown} is in the way: {what}"),
        _ => format!("{shown} is in the way: {what}; move it away"),
    }
}

/// Says why what lies there cannot be used.
pub(super) fn why_unusable(path: &Path, error: &FolderError) -> String {
    let what = || match error {
        FolderError::Foreign => "it is not a folder of an earlier run".into(),
        FolderError::Owner(_) => format!("{error}; {ASK}"),
        error => error.to_string(),
    };
    other_kind(path, error).unwrap_or_else(what)
}

/// Says which kind of folder of foreman's own this is, if it is another one than was wanted, and
/// what to do. It must not be moved away: that of a run can be needed to undo a change.
fn other_kind(path: &Path, error: &FolderError) -> Option<String> {
    let is = |kind| matches!((error, Folder::open(path, kind)), (FolderError::Foreign, Ok(Some(_))));
    if is(KIND) {
        let store = path.to_str().and_then(|path| path.strip_suffix(SUFFIX))?;
        let store = interrupted_run(Path::new(store));
        return Some(format!(
            "it is the folder of a run over one storage file, and it may be needed to undo a change to that file, so do not move it \
             away; wait for that run to end, or resume it with:\n  foreman analyze --resume {store}\nor discard what it has done \
             with:\n  foreman clean {store}"
        ));
    }
    is(CASE_KIND).then(|| {
        "it says which files a run over several storage files has done; wait for that run to end, or give its command again \
         with --resume; to give it up, remove this folder; or give the storage file another name"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_needed_is_not_to_be_moved_away() {
        let unreadable = io::Error::from(io::ErrorKind::PermissionDenied);
        let too_long = io::Error::from(nix::errno::Errno::ENAMETOOLONG);
        for (error, words, may_be_moved) in [
            (FolderError::Foreign, "it is not a folder of an earlier run", true),
            (FolderError::NoFolder, "it is a symbolic link or a file", true),
            (
                FolderError::Owner(7),
                "it belongs to user 7; keep it as it is; if a run of that user is",
                false,
            ),
            (FolderError::System(unreadable), "keep it as it is", false),
            (FolderError::System(too_long), "; give the storage file or the list", false),
        ] {
            let said = in_the_way(Path::new("/nowhere/case.foreman"), &error);
            assert!(said.contains(words), "{said}");
            assert_eq!(said.ends_with("; move it away"), may_be_moved, "{said}");
        }
    }
}
