//! What foreman makes beside storage files: the folder of a run, and the record of a run over
//! several storage files. Both are named after something with `.foreman` at the end, so one can
//! have the name of the other: the run over `case`, and the record of the folder in which it is.

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

/// Says what lies where a folder should be, and what to do about it. What only cannot be read may
/// be a folder of foreman's, and must not be moved away.
pub(crate) fn in_the_way(path: &Path, error: &FolderError) -> String {
    let shown = path.shown();
    if let FolderError::System(error) = error {
        return format!("{shown} cannot be used: {error}; {KEEP}");
    }
    match other_kind(path, error) {
        Some(what) => format!("{shown} is in the way: {what}"),
        None => format!("{shown} is in the way: {}; move it away", why_unusable(path, error)),
    }
}

/// Says why what lies there cannot be used.
pub(super) fn why_unusable(path: &Path, error: &FolderError) -> String {
    let what = || match error {
        FolderError::Foreign => "it is not a folder of an earlier run".into(),
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
        let store = interrupted_run(Path::new(store), None);
        return Some(format!(
            "it is the folder of a run over one storage file, and it may be needed to undo a change to that file, so do not move it \
             away; wait for that run to end, or resume it with:\n  foreman analyze --resume {store}\nor discard what it has done \
             with:\n  foreman clean {store}"
        ));
    }
    is(CASE_KIND).then(|| {
        "it says which files a run over several storage files has done; wait for that run to end, or give its command again \
         with --resume; to give it up, remove this folder; or name another folder for the run over one file with \
         --temporary-directory"
            .into()
    })
}
