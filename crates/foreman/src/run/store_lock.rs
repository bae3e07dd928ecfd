//! Locks a store, after undoing a change to it that was interrupted.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use events::{Shown as _, with_causes};
use storage::{
    Aftermath, StorageError, StoreWriter, Undone, counts_as_write, journal_path, undo_interrupted,
};

use super::record::{RunRecord, with_lost_journal};
use crate::log::log_run;
use crate::shell::{interrupted_run, quoted_path};
use crate::supervise::os;
use crate::supervise::run_folder::{Hidden, RunFolder};

/// Locks the store for writing.
///
/// If a killed program has left an incomplete change, the change is undone first.
pub(crate) fn lock_store(path: &Path) -> Result<StoreWriter> {
    undo_incomplete_change(path)?;
    lock_undone(path)
}

/// Locks a store whose incomplete change was undone, if there was one.
pub(super) fn lock_undone(path: &Path) -> Result<StoreWriter> {
    match StoreWriter::lock(path) {
        Err(error @ StorageError::Locked { .. }) => Err(Held(format!("{error}{}", held_by(path))).into()),
        locked => locked.map_err(|error| with_lost_journal(error.into(), path)),
    }
}

/// Undoes the incomplete change that a killed program may have left. The user is always told.
pub(crate) fn undo_incomplete_change(path: &Path) -> Result<()> {
    let peeked = RunFolder::peek::<RunRecord>(path);
    let record = peeked.as_ref().ok().and_then(Option::as_ref);
    match undo_interrupted(path, record.map(RunRecord::interrupted).as_ref()) {
        Ok(None) => Ok(()),
        Ok(Some(undone)) => {
            tell_undone(path, &undone);
            Ok(())
        }
        Err(error @ StorageError::Locked { .. }) => Err(Held(format!("{error}{}", held_by(path))).into()),
        Err(error @ StorageError::StrangeJournal { is_recorded: true, is_of_later, .. }) => {
            bail!("{error}; {}", of_another_file(path, is_of_later))
        }
        Err(StorageError::StrangeJournal { .. }) if let Err(unreadable) = &peeked => {
            bail!("{}", not_known(unreadable, path))
        }
        Err(error @ StorageError::StrangeJournal { .. }) => match recorded_elsewhere(path) {
            Ok(Some(what_to_do)) => bail!("{} may be needed: {what_to_do}", journal_path(path).shown()),
            Ok(None) => bail!("{error}; {}", what_to_do(path)),
            Err(unreadable) => bail!("{}", not_known(&unreadable, path)),
        },
        Err(error) => Err(error.into()),
    }
}

/// Says what to do if the journal that a run has recorded is that of a file which was here before.
/// Only if this is certainly not the file that was changed, the journal may be moved away.
fn of_another_file(path: &Path, is_of_later: bool) -> String {
    let put_back = format!(
        "if another store was put here, put that of the run back and undo its change with:\n  foreman clean {}",
        interrupted_run(path)
    );
    let Some(folder) = RunFolder::find(path).filter(|_| is_of_later) else { return put_back };
    let [journal, folder, away] = [journal_path(path), folder, with_end(path, ".away")].map(quoted_path);
    format!(
        "{put_back}\nif the store of the run is gone, because a copy from before the run was put in its place, give the run up, and \
         move away what is left of it:\n  mkdir {away} && mv -n {journal} {folder} {away}"
    )
}

/// Says that a run may have recorded the journal beside a store as its own, because what would tell
/// it cannot be read.
fn not_known(unreadable: &anyhow::Error, path: &Path) -> String {
    let is_damaged = unreadable.downcast_ref().is_some_and(|hidden: &Hidden| !hidden.is_of_others);
    let what_to_do = match is_damaged {
        true => "go on with a copy of the file from before the run".into(),
        false => format!(
            "when the folder can be used, undo the change with:\n  foreman clean {}",
            interrupted_run(path)
        ),
    };
    format!(
        "{}; it can tell whether {} may undo a change to {}: both are left as they are, so keep them together, and {what_to_do}",
        with_causes(unreadable.as_ref()),
        journal_path(path).shown(),
        path.shown()
    )
}

/// Says which interrupted run has recorded the journal beside a store as its own, and what to do,
/// if its folder lies beside the store under the name that belongs to another path. Fails if that
/// cannot be found out.
fn recorded_elsewhere(path: &Path) -> Result<Option<String>> {
    let place = path.parent().unwrap_or(Path::new("/"));
    let Some((store, folder)) = RunRecord::of_journal(path, place)? else { return Ok(None) };
    let found = format!(
        "an interrupted run over {} has recorded it in {}, so both files are left as they are",
        store.shown(),
        folder.shown()
    );
    Ok(Some(match RunFolder::is_of(&folder, &store) {
        true if store == path => {
            format!("{found}; undo the change with:\n  foreman clean {}", interrupted_run(path))
        }
        true => format!(
            "{found}; if {} is that file, give it and its journal the old path again, and undo the change with:\n  \
             foreman clean {}\nor, if the old path cannot be used, rename that folder to {}, and then use:\n  foreman clean {}",
            path.shown(),
            interrupted_run(&store),
            quoted_path(with_end(path, ".foreman")),
            interrupted_run(path)
        ),
        false => format!(
            "{found}; give the file, its journal and that folder the names again that they had, and undo the change with \
             foreman clean"
        ),
    }))
}

/// Another program has locked the store.
#[derive(Debug)]
pub(crate) struct Held(String);

impl std::fmt::Display for Held {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Held {}

/// This is not a warning in the log, because `clean` has no log, and `--quiet` hides warnings.
fn tell_undone(path: &Path, undone: &Undone) {
    let Undone { journal, from, to } = undone;
    let text = format!(
        "an interrupted change to {} was undone with {}: the store is as it was before that change ({to} bytes; it had \
         {from})",
        path.shown(),
        journal.shown()
    );
    streams::complain(&text);
    log_run!("{text}");
}

/// Returns which programs have the store open, as the end of a message.
pub(super) fn held_by(path: &Path) -> String {
    let holders = os::holders(path);
    if holders.is_empty() { String::new() } else { format!("; it is held by {}", holders.join(", ")) }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Returns what to do about a journal that does not belong to the store. Each command ends its
/// line, so that a user can copy the line.
fn what_to_do(path: &Path) -> String {
    let journal = journal_path(path);
    let [away, journal] = [with_end(&journal, ".away"), journal].map(quoted_path);
    format!(
        "if another program was interrupted, let that program or sqlite3 open a copy of both files; if another store \
         was here, put it back and undo its change with:\n  foreman clean {}\nif nothing was interrupted, and this store is \
         complete without the journal, move the journal away with:\n  mv -n {journal} {away}",
        interrupted_run(path)
    )
}

/// Says how to remove a journal that has nothing to undo, if one lies beside the store: foreman
/// could not remove it, because the folder is append-only for example. The text continues a
/// message, and the command ends its line.
pub(super) fn remove_idle_journal(path: &Path) -> String {
    match storage::idle_journal(path) {
        Ok(Some(journal)) => format!(
            "; {} stays, because it could not be removed: it has nothing to undo, and when the folder can be written again, \
             remove it with:\n  foreman clean {}",
            journal.shown(),
            interrupted_run(path)
        ),
        Ok(None) | Err(_) => String::new(),
    }
}

/// Says that a store is as it was. SQLite does not restore free pages, which hold nothing.
fn untouched(path: &Path, has_free_pages: bool) -> String {
    let store = path.shown();
    if has_free_pages {
        format!("the content of {store} is as it was (the bytes of its free pages may have changed)")
    } else {
        format!("{store} is untouched")
    }
}

/// Returns in which state a failed change has left the store, and what to do. `resume` says how to
/// resume the run. It is empty if there is nothing to resume.
pub(crate) fn after_failure(
    path: &Path,
    has_free_pages: bool,
    aftermath: &Aftermath,
    resume: String,
) -> (String, String) {
    let store = path.shown();
    let clean = interrupted_run(path);
    let undo = if resume.is_empty() {
        format!("; undo the change with:\n  foreman clean {clean}")
    } else {
        resume.clone()
    };
    match aftermath {
        Aftermath::Untouched => (untouched(path, has_free_pages), remove_idle_journal(path) + &resume),
        Aftermath::UntouchedWithJournal(journal) => (
            format!(
                "{}, but its journal {} could not be removed and stays until the folder can be written again",
                untouched(path, has_free_pages),
                journal.shown()
            ),
            undo,
        ),
        Aftermath::Undoable { journal, whole } => (
            format!(
                "{store} has {} of the change, and {} can undo it: do not move or copy one without the other; when the folder can \
                 be written again, the next command undoes the change",
                if *whole { "all" } else { "a part" },
                journal.shown()
            ),
            undo,
        ),
        Aftermath::Changed => (
            format!(
                "{store} has all results nevertheless, and nothing can undo them: do not analyse it again"
            ),
            format!("; discard the run's folder with:\n  foreman clean {clean}"),
        ),
        Aftermath::Damaged => (
            format!(
                "{store} is not as it was, and there is no journal to undo that: it has a part of the change, or another program has \
                 written to it"
            ),
            "; use a copy of the evidence instead".into(),
        ),
        Aftermath::ByOthers => (
            format!(
                "{store} was changed by another program during the run {}, and foreman has written nothing to it",
                counts_as_write(path)
            ),
            "; start the analysis again".into(),
        ),
        Aftermath::Replaced => (
            format!("foreman has written nothing to the file that is {store} now"),
            "; if the file that was analysed has a journal beside it, keep both together".into(),
        ),
        Aftermath::Gone => (
            format!(
                "{store} is not there any more: the file, or a folder in which it is, was moved or removed during the run, and foreman \
                 has written nothing to it"
            ),
            if resume.is_empty() { String::new() } else { format!("; move it back first{resume}") },
        ),
        Aftermath::GoneDuringChange => (
            format!(
                "{store} is not there any more: the file, or a folder in which it is, was moved or removed while the results were \
                 stored, so it may have a part of the change"
            ),
            format!("; move it back first, together with its journal if there is one{undo}"),
        ),
        Aftermath::Unknown(reason) => (
            format!(
                "it is not known whether {store} was changed ({reason}): keep it together with its journal, if it has one, and \
                 check the disk, then the store"
            ),
            undo,
        ),
    }
}
