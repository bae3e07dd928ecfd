//! Whether a journal belongs to the store that it lies beside.
//!
//! SQLite plays any journal back that has the right name. If another store was put in the place of
//! the one that the journal is of, that cuts the store off and writes pages of the other one into
//! it. A change of foreman or psort leaves marks that tell: it adds one to the change counter,
//! leaves the numbers of events as they are, and leaves the sessions that were there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use super::bytes::number;
use super::pages::Pages;
use super::rollback::RollbackJournal;
use super::rows::{Field, Row, fields, rows};
use super::writable::{is_written, writable_pages};

/// What a journal would do to the store that it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Playing it back leaves every byte as it is.
    Same,
    /// Playing it back undoes a change.
    Undoes,
}

/// Checks that a journal belongs to the store, or says why it does not. `run` is the identifier of
/// the interrupted run, if it is known: only that run may have added a session since.
pub(super) fn check(
    store: &File,
    length: u64,
    (journal, file): (&RollbackJournal, &File),
    run: Option<&str>,
) -> Result<Fit, String> {
    let unreadable = |error: std::io::Error| format!("the store cannot be read: {error}");
    let present = Pages::present(store, journal.page_size, length);
    let before = Pages::undone(store, journal, file);
    let first = present.read(1).map_err(unreadable)?.ok_or("the store is shorter than one page")?;
    check_page_size(&first, journal.page_size)?;
    check_complete(journal, present.count())?;
    let first_before = before.read(1).map_err(unreadable)?.ok_or("it would cut the store to nothing")?;
    check_first_page(&first_before, journal.page_count)?;
    let exact = length == u64::from(journal.page_count) * journal.page_size as u64;
    if exact && changes_nothing(&present, &before, journal).map_err(unreadable)? {
        return Ok(Fit::Same);
    }
    if journal.is_torn {
        return Err("it is cut off or damaged, so that it cannot undo all of the change".into());
    }
    check_successor(&first_before, &first)?;
    check_marks(&before, &present, run)?;
    check_pages(&before, &present, journal)?;
    Ok(Fit::Undoes)
}

fn check_page_size(first: &[u8], page_size: usize) -> Result<(), String> {
    if !first.starts_with(b"SQLite format 3\0") {
        return Err("the store is no SQLite database".into());
    }
    if first[18..20].contains(&2) {
        return Err("the store uses a write-ahead log, not journals".into());
    }
    let of_store = match number(first, 14) & 0xffff {
        1 => 65_536,
        size => size as usize,
    };
    if of_store != page_size {
        return Err(format!("its pages have {page_size} bytes, those of the store {of_store}"));
    }
    Ok(())
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

/// Checks that the first page from before the change is that of a store of so many pages.
fn check_first_page(first: &[u8], page_count: u32) -> Result<(), String> {
    check_page_size(first, first.len())?;
    // SQLite keeps the number of pages and both counters alike since 2010.
    if number(first, 24) != number(first, 92) || number(first, 28) != page_count {
        return Err(format!(
            "it would give the store {page_count} pages, but the first page speaks of {}",
            number(first, 28)
        ));
    }
    Ok(())
}

fn changes_nothing(
    present: &Pages<'_>,
    before: &Pages<'_>,
    journal: &RollbackJournal,
) -> std::io::Result<bool> {
    for &page in journal.pages.keys() {
        if present.read(page)? != before.read(page)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Checks that the store's first page is the one from before the change, or what one change has
/// made of it.
fn check_successor(before: &[u8], present: &[u8]) -> Result<(), String> {
    if before == present {
        return Ok(());
    }
    let (counter, found) = (number(before, 24), number(present, 24));
    // The format, the settings that no analysis changes, and the counter.
    let settings = [0..24, 44..48, 52..72];
    let same = settings.into_iter().all(|range| before[range.clone()] == present[range]);
    if found != counter.wrapping_add(1) || !same {
        return Err(format!(
            "it undoes change {} of a store, but the last change of this one was {found}",
            counter.wrapping_add(1)
        ));
    }
    Ok(())
}

/// Checks the marks that tell stores apart: how many events and event data there are, and which
/// sessions.
fn check_marks(before: &Pages<'_>, present: &Pages<'_>, run: Option<&str>) -> Result<(), String> {
    let roots = table_roots(before).ok_or("the tables from before the change cannot be read")?;
    before.take_from_journal();
    let mut is_shown = false;
    if let Some(&root) = roots.get(b"sqlite_sequence".as_slice()) {
        let was = rows(before, root).ok_or("its counts of rows cannot be read")?;
        let is_of_journal = before.take_from_journal();
        if let Some(is) = rows(present, root) {
            let (was, is) = (evidence_counts(&was), evidence_counts(&is));
            if was != is {
                return Err("it is of a store with other numbers of events".into());
            }
            is_shown |= is_of_journal && !was.is_empty();
        }
    }
    if let Some(&root) = roots.get(b"session".as_slice()) {
        let was = rows(before, root).ok_or("its sessions cannot be read")?;
        let is_of_journal = before.take_from_journal();
        if let Some(is) = rows(present, root) {
            check_sessions(&was, &is, run)?;
            is_shown |= is_of_journal && !was.is_empty();
        }
    }
    if is_shown { Ok(()) } else { Err("nothing in it shows that it is of this store".into()) }
}

/// Checks that only pages change that an analysis can have changed: evidence is not undone.
fn check_pages(before: &Pages<'_>, present: &Pages<'_>, journal: &RollbackJournal) -> Result<(), String> {
    let writable = writable_pages(before).ok_or("the pages from before the change cannot be read")?;
    for &page in journal.pages.keys().filter(|page| !writable.contains(page)) {
        let unreadable = |error: std::io::Error| format!("the store cannot be read: {error}");
        if before.read(page).map_err(unreadable)? != present.read(page).map_err(unreadable)? {
            return Err(format!("it would change page {page}, to which no analysis writes"));
        }
    }
    Ok(())
}

/// The first page of each table, by the table's name.
fn table_roots(pages: &Pages<'_>) -> Option<BTreeMap<Vec<u8>, u32>> {
    let mut roots = BTreeMap::new();
    for row in rows(pages, 1)? {
        if let [Field::Text(kind), Field::Text(name), _, Field::Integer(root), ..] = &*fields(&row.record?)?
            && kind == b"table"
        {
            roots.insert(name.clone(), u32::try_from(*root).ok()?);
        }
    }
    Some(roots)
}

/// The last number that was given in each table that no analysis writes to.
fn evidence_counts(rows: &[Row]) -> BTreeMap<Vec<u8>, i64> {
    let decoded = rows.iter().filter_map(|row| fields(row.record.as_ref()?));
    let counts = decoded.filter_map(|fields| match &*fields {
        [Field::Text(name), Field::Integer(count)] => Some((name.clone(), *count)),
        _ => None,
    });
    counts.filter(|(name, _)| !is_written(name)).collect()
}

/// Checks that the sessions from before the change are still there, and that a new one is the
/// interrupted run's.
fn check_sessions(was: &[Row], is: &[Row], run: Option<&str>) -> Result<(), String> {
    let present: BTreeMap<_, _> = is.iter().map(|row| (row.id, row)).collect();
    for row in was {
        let same = present.get(&row.id).is_some_and(|found| is_same_session(row, found));
        if !same {
            return Err("it is of a store with other sessions".into());
        }
    }
    let Some(run) = run else { return Ok(()) };
    let earlier: BTreeSet<_> = was.iter().map(|row| row.id).collect();
    let new = is.iter().filter(|row| !earlier.contains(&row.id));
    for row in new {
        let is_of_run = identifiers(row).is_none_or(|found| found.iter().any(|id| id == run.as_bytes()));
        if !is_of_run {
            return Err("the store has the results of another run than the one that was interrupted".into());
        }
    }
    Ok(())
}

/// Whether two rows are of the same session. psort completes the row of its session later.
fn is_same_session(one: &Row, other: &Row) -> bool {
    match (identifiers(one), identifiers(other)) {
        (Some(one), Some(other)) => one == other,
        // What cannot be read says nothing.
        _ => true,
    }
}

/// The identifiers in a session's row, or `None` if the row is not there as a whole.
fn identifiers(row: &Row) -> Option<Vec<Vec<u8>>> {
    let is_identifier = |text: &[u8]| {
        (32..=36).contains(&text.len()) && text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
    };
    let texts = fields(row.record.as_ref()?)?.into_iter().filter_map(|field| match field {
        Field::Text(text) if is_identifier(&text) => Some(text),
        _ => None,
    });
    Some(texts.collect())
}
