//! Whether a journal is the one of an interrupted run over the store that it lies beside.
//!
//! SQLite plays any journal back that has the right name: the journal of another store, or one that
//! somebody has made up. What a journal says of itself proves nothing, since it brings its own
//! first page, tables and counts. So a run writes down which journal is its own before it changes
//! the store ([`StoreWriter::begin`](crate::StoreWriter::begin)), and only that one is played back,
//! and only if the store becomes what it was when the run began.

use std::fs::File;
use std::io;
use std::path::Path;

use super::bytes::{number, page_size};
use super::pages::Pages;
use super::refusal::Refusal;
use super::rollback::RollbackJournal;
use super::rows::{Field, Row, fields, last_row, rows, rows_after};
use super::whole::is_whole;
use super::writable::writable_pages;
use crate::fingerprint::fingerprint;

/// A run that was interrupted, as its folder tells of it.
#[derive(Debug, Clone, Copy)]
pub struct InterruptedRun<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// The [fingerprint](crate::Store::fingerprint) of the store when the run began.
    pub store: &'a str,
    /// What [`StoreWriter::begin`](crate::StoreWriter::begin) returned, if the run came to that.
    pub journal: Option<&'a str>,
}

/// What a journal would do to the store that it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Playing it back leaves every byte as it is.
    Same,
    /// Playing it back undoes a change.
    Undoes,
}

/// Checks that a journal changes nothing, or is the one of this run over this store; or says why
/// not. The store is open, and lies at `path`.
pub(super) fn check(
    (path, store): (&Path, &File),
    length: u64,
    (journal, file): (&RollbackJournal, &File),
    run: Option<&InterruptedRun<'_>>,
) -> Result<Fit, Refusal> {
    let present = Pages::present(store, journal.page_size, length);
    let before = Pages::undone(store, journal, file);
    let checked = check_states((&present, length), &before, journal, (run, path));
    // What could not be read is neither a reason to refuse the journal nor one to accept it.
    present.failure().or_else(|| before.failure()).map_or(checked, Err)
}

fn check_states(
    (present, length): (&Pages<'_>, u64),
    before: &Pages<'_>,
    journal: &RollbackJournal,
    (run, path): (Option<&InterruptedRun<'_>>, &Path),
) -> Result<Fit, Refusal> {
    let first = present.read(1).map_err(unreadable)?.ok_or("the store is shorter than one page")?;
    check_page_size(&first, journal.page_size)?;
    let exact = length == u64::from(journal.page_count) * journal.page_size as u64;
    // What is left of a damaged journal may change nothing, though the store has a part of a
    // change.
    if journal.is_torn {
        return Err("it is cut off or damaged, so that it cannot undo all of the change".into());
    }
    let recorded = check_record(journal, run);
    if exact && changes_nothing(present, before, journal).map_err(unreadable)? {
        recorded.map_or(Ok(()), |run| check_content(before, run.store))?;
        return Ok(Fit::Same);
    }
    let run = recorded?;
    let first_before = before.read(1).map_err(unreadable)?.ok_or("it would cut the store to nothing")?;
    check_successor(&first_before, &first)?;
    check_complete(journal, present.count())?;
    check_sessions(before, present, run.id, path)?;
    check_pages(before, present, journal)?;
    check_content(before, run.store)?;
    Ok(Fit::Undoes)
}

fn unreadable(error: io::Error) -> String {
    format!("the store cannot be read: {error}")
}

fn check_page_size(first: &[u8], of_journal: usize) -> Result<(), String> {
    if !first.starts_with(b"SQLite format 3\0") {
        return Err("the store is no SQLite database".into());
    }
    if first[18..20].contains(&2) {
        return Err("the store uses a write-ahead log, not journals".into());
    }
    let of_store = page_size(first).unwrap_or(0);
    if of_store != of_journal {
        return Err(format!("its pages have {of_journal} bytes, those of the store {of_store}"));
    }
    Ok(())
}

fn changes_nothing(present: &Pages<'_>, before: &Pages<'_>, journal: &RollbackJournal) -> io::Result<bool> {
    for &page in journal.pages.keys() {
        if present.read(page)? != before.read(page)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Checks that the journal is the one that the run has recorded as its own.
fn check_record<'a>(
    journal: &RollbackJournal,
    run: Option<&'a InterruptedRun<'a>>,
) -> Result<&'a InterruptedRun<'a>, String> {
    match run.and_then(|run| Some((run, run.journal?))) {
        None => Err("no interrupted run of foreman is known that has recorded it as its own".into()),
        Some((_, recorded)) if recorded != journal.header => Err(format!(
            "it has {}, but the interrupted run has recorded one with {recorded}",
            journal.header
        )),
        Some((run, _)) => Ok(run),
    }
}

/// Checks that each page from before the change is in the store or in the journal.
fn check_complete(journal: &RollbackJournal, present: u32) -> Result<(), String> {
    let missing = journal.page_count.saturating_sub(present) as usize;
    let given = journal.pages.range(present.saturating_add(1)..).count();
    if given < missing {
        return Err(format!("it is of a store of {} pages, but this one has {present}", journal.page_count));
    }
    Ok(())
}

/// Checks that the store's first page is the one from before the change, or what one change has
/// made of it: a change by another program since would be lost.
fn check_successor(before: &[u8], present: &[u8]) -> Result<(), Refusal> {
    if before == present {
        return Ok(());
    }
    let (counter, found) = (number(before, 24), number(present, 24));
    // The format, the settings that no analysis changes, and the counter.
    let settings = [0..24, 44..48, 52..72];
    let same = settings.into_iter().all(|range| before[range.clone()] == present[range]);
    if found != counter.wrapping_add(1) || !same {
        let reason = format!(
            "it undoes change {} of a store, but the last change of this one was {found}",
            counter.wrapping_add(1)
        );
        // SQLite counts all changes of a file, and an interrupted one takes none back.
        return Err(if found < counter { Refusal::OlderStore(reason) } else { reason.into() });
    }
    Ok(())
}

/// Checks what [`check`] later reads of the store from before the change. A store that fails here
/// must not be changed, since its own journal would be refused.
pub(crate) fn check_readable(before: &Pages<'_>) -> Result<(), String> {
    last_session(before).map(drop)
}

/// The first page of the table of sessions and the number of its last row, if it is there.
fn last_session(pages: &Pages<'_>) -> Result<Option<(u32, Option<i64>)>, String> {
    let root = table_root(pages, b"session").ok_or("the list of tables cannot be read")?;
    let Some(root) = root else { return Ok(None) };
    Ok(Some((root, last_row(pages, root).ok_or("the sessions cannot be read")?)))
}

/// Checks that the store has no results of another run, which would be lost: the only new session
/// is that of the interrupted run. A new session has a higher number than all before it.
///
/// In a store that was written in part, the table of sessions may lead to pages that were not
/// written yet. They still have what they had before, such as rows of a table that is gone. So a
/// row proves nothing, unless all of the store is whole.
fn check_sessions(before: &Pages<'_>, present: &Pages<'_>, run: &str, path: &Path) -> Result<(), Refusal> {
    let before = last_session(before).map_err(|error| format!("as it was before the change, {error}"))?;
    let Some((root, last)) = before else { return Ok(()) };
    // A change that was written in part may not have all of the table.
    let Some(new) = rows_after(present, root, last) else { return Ok(()) };
    let is_of_another = |row: &Row| {
        let found = identifiers(row);
        !found.is_empty() && found.iter().all(|id| id != run.as_bytes())
    };
    if new.iter().any(is_of_another) && is_whole(path).map_err(Refusal::UnreadableStore)? {
        return Err("the store has the results of another run than the one that was interrupted".into());
    }
    Ok(())
}

/// Checks that only pages change that an analysis can have changed: evidence is not undone.
fn check_pages(before: &Pages<'_>, present: &Pages<'_>, journal: &RollbackJournal) -> Result<(), String> {
    let writable = writable_pages(before).ok_or("the pages from before the change cannot be read")?;
    for &page in journal.pages.keys().filter(|page| !writable.contains(page)) {
        if before.read(page).map_err(unreadable)? != present.read(page).map_err(unreadable)? {
            return Err(format!("it would change page {page}, to which no analysis writes"));
        }
    }
    Ok(())
}

/// Checks that the store becomes what it was when the run began, sessions and all other tables
/// included.
fn check_content(before: &Pages<'_>, recorded: &str) -> Result<(), String> {
    let content = fingerprint(before).map_err(unreadable)?;
    if content != recorded {
        return Err(format!("it would give the store {content}, but when the run began it had {recorded}"));
    }
    Ok(())
}

/// The first page of the table of this name, if there is one; `None` if the tables cannot be read.
fn table_root(pages: &Pages<'_>, table: &[u8]) -> Option<Option<u32>> {
    for row in rows(pages, 1)? {
        if let [Field::Text(kind), Field::Text(name), _, Field::Integer(root), ..] = &*fields(&row.record?)?
            && kind == b"table"
            && name == table
        {
            return Some(Some(u32::try_from(*root).ok()?));
        }
    }
    Some(None)
}

/// The identifiers in a session's row, as far as the row is there.
fn identifiers(row: &Row) -> Vec<Vec<u8>> {
    let is_identifier = |text: &[u8]| {
        (32..=36).contains(&text.len()) && text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
    };
    let fields = row.record.as_deref().and_then(fields).unwrap_or_default();
    let texts = fields.into_iter().filter_map(|field| match field {
        // In a database in UTF-16, every second byte of an identifier is zero.
        Field::Text(text) => Some(text.into_iter().filter(|&byte| byte != 0).collect::<Vec<_>>()),
        _ => None,
    });
    texts.filter(|text| is_identifier(text)).collect()
}
