//! The journal of a change of this process, which is known again by what its header says.

use std::fs::File;
use std::path::Path;

use files::Input;

use super::pages::Pages;
use super::refusal::Refusal;
use super::rollback::{self, RollbackJournal};
use super::{companion, open_journal};
use crate::StorageError;
use crate::error::JOURNAL;
use crate::fingerprint::fingerprint;

/// What the journal that SQLite has just begun says of itself, by which it is known again. SQLite
/// must not have written to the store yet.
pub(crate) fn begun(path: &Path) -> Result<String, StorageError> {
    let journal = companion(path, JOURNAL);
    let header = || {
        let (file, _) = open_journal(path, &journal)?.ok_or(GONE)?;
        rollback::header_of(&file)
    };
    header().map_err(|refusal| refusal.of(path, &journal, false))
}

const GONE: &str = "it is gone, though a change has begun";

/// Whether what lies in the place of the journal is another than the one that [`begun`] has
/// described. SQLite ends a change by removing what has the journal's name, whatever that is.
pub(crate) fn is_of_another(path: &Path, own: &str) -> bool {
    match open_journal(path, &companion(path, JOURNAL)) {
        Ok(None) => false,
        Ok(Some((file, _))) => rollback::header_of(&file).map_or(true, |found| found != own),
        Err(_) => true,
    }
}

/// Returns whether the journal beside the store at `path` is the one that
/// [`StoreWriter::begin`](crate::StoreWriter::begin) has described with these words.
///
/// # Errors
///
/// If the journal cannot be read.
pub fn is_journal(path: &Path, own: &str) -> Result<bool, StorageError> {
    match own_journal(path, own) {
        Ok(_) => Ok(true),
        Err(Refusal::Strange(_) | Refusal::OlderStore(_)) => Ok(false),
        Err(refusal) => Err(refusal.of(path, &companion(path, JOURNAL), false)),
    }
}

/// Returns the [fingerprint](crate::fingerprint) that undoing the change of this process would
/// give the store now. `own` is what [`begun`] has returned.
///
/// Fails if the journal of the change is not in its place, or one of the files cannot be read.
pub(crate) fn content_without_change(path: &Path, store: &File, own: &str) -> Result<String, StorageError> {
    let refused = |refusal: Refusal, is_own| refusal.of(path, &companion(path, JOURNAL), is_own);
    let (file, length) = own_journal(path, own).map_err(|refusal| refused(refusal, false))?;
    // Until SQLite has completed the header, it has written nothing to the store.
    if !rollback::is_in_use(&file).map_err(|error| refused(error.into(), true))? {
        let content = Pages::of_database(store).and_then(|pages| fingerprint(&pages));
        return content.map_err(|error| refused(Refusal::UnreadableStore(error), true));
    }
    let journal = RollbackJournal::read(&file, length).map_err(|refusal| refused(refusal, true))?;
    let undone = Pages::undone(store, &journal, &file);
    fingerprint(&undone)
        .map_err(|error| refused(undone.failure().unwrap_or(Refusal::UnreadableStore(error)), true))
}

/// Refuses the change of this process if its journal is not in its place any more. `own` is what
/// [`begun`] has returned.
pub(crate) fn refuse_other_journal(path: &Path, own: &str) -> Result<(), StorageError> {
    own_journal(path, own).map(drop).map_err(|refusal| refusal.of(path, &companion(path, JOURNAL), false))
}

/// Opens the journal of the change that has begun, and returns it with its length. `own` is what
/// [`begun`] has returned. Returns why, if it is not in its place.
fn own_journal(path: &Path, own: &str) -> Result<(Input, u64), Refusal> {
    let opened = open_journal(path, &companion(path, JOURNAL))?;
    let (file, length) = opened.ok_or(GONE)?;
    if rollback::header_of(&file)? != own {
        return Err("it is not the one of the change that has begun".into());
    }
    Ok((file, length))
}
