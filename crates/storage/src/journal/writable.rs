//! Which pages of a store a change by an analysis can touch.
//!
//! A journal that fits its store in all other ways may still be made up to change evidence.
//! Analyses write to tables of their own only, so a journal of theirs holds pages of these tables,
//! of the schema and of the list of free pages.

use std::collections::BTreeSet;

use super::bytes::{number, short, varint};
use super::overflow::{Tree, overflow};
use super::pages::Pages;
use super::rows::{Field, fields, rows};
use crate::format::{ANALYSIS_TABLES, RESULT_SUFFIX};

/// The length of the file header on the first page.
pub(super) const FILE_HEADER: usize = 100;
pub(super) const INDEX_INTERIOR: u8 = 2;
pub(super) const TABLE_INTERIOR: u8 = 5;
const INDEX_LEAF: u8 = 10;
const TABLE_LEAF: u8 = 13;

/// Returns the pages that an analysis may change in this state of a store, or `None` if they cannot
/// be read.
pub(super) fn writable_pages(pages: &Pages<'_>) -> Option<BTreeSet<u32>> {
    let mut found = BTreeSet::new();
    let mut trees = vec![1];
    for row in rows(pages, 1)? {
        if let [Field::Text(_), Field::Text(_), Field::Text(table), Field::Integer(root), ..] =
            &*fields(&row.record?)?
            && *root != 0
            && is_written(table)
        {
            trees.push(u32::try_from(*root).ok()?);
        }
    }
    while let Some(page) = trees.pop() {
        if found.insert(page) {
            add_tree_page(pages, page, &mut trees, &mut found)?;
        }
    }
    add_free_pages(pages, &mut found)?;
    Some(found)
}

/// Whether analyses write to the table of this name. SQLite takes names in any case.
pub(super) fn is_written(table: &[u8]) -> bool {
    let table = &*table.to_ascii_lowercase();
    table == b"sqlite_sequence"
        || table.ends_with(RESULT_SUFFIX.as_bytes())
        || ANALYSIS_TABLES.iter().any(|written| written.as_bytes() == table)
}

/// Adds what a page of a tree leads to: the pages below it, and those that its long rows go on to.
fn add_tree_page(
    pages: &Pages<'_>,
    page: u32,
    below: &mut Vec<u32>,
    found: &mut BTreeSet<u32>,
) -> Option<()> {
    let content = pages.read(page).ok()??;
    let start = if page == 1 { FILE_HEADER } else { 0 };
    let kind = *content.get(start)?;
    let is_interior = matches!(kind, INDEX_INTERIOR | TABLE_INTERIOR);
    if !is_interior && !matches!(kind, INDEX_LEAF | TABLE_LEAF) {
        return None;
    }
    if is_interior {
        below.push(number(content.get(start + 8..start + 12)?, 0));
    }
    let header = if is_interior { 12 } else { 8 };
    for index in 0..short(&content, start + 3)? {
        let mut cell = short(&content, start + header + 2 * index)?;
        if is_interior {
            below.push(number(content.get(cell..cell + 4)?, 0));
            cell += 4;
        }
        if kind != TABLE_INTERIOR
            && let Some(next) = next_page(&content, cell, kind)?
        {
            add_chain(pages, next, found)?;
        }
    }
    Some(())
}

/// The page that the row in this cell goes on to, if it does not fit on its own.
fn next_page(page: &[u8], cell: usize, kind: u8) -> Option<Option<u32>> {
    let (length, mut at) = varint(page, cell)?;
    let mut tree = Tree::Index;
    if kind == TABLE_LEAF {
        (_, at) = varint(page, at)?;
        tree = Tree::Table;
    }
    let overflow = overflow(page, tree, at, usize::try_from(length).ok()?)?;
    Some(overflow.map(|overflow| overflow.next))
}

fn add_chain(pages: &Pages<'_>, mut next: u32, found: &mut BTreeSet<u32>) -> Option<()> {
    while next != 0 && found.insert(next) {
        next = number(pages.read(next).ok()??.get(..4)?, 0);
    }
    Some(())
}

/// Adds the free pages: lists of them, each of which leads to the next.
fn add_free_pages(pages: &Pages<'_>, found: &mut BTreeSet<u32>) -> Option<()> {
    let mut next = number(&pages.read(1).ok()??, 32);
    while next != 0 && found.insert(next) {
        let list = pages.read(next).ok()??;
        let most = list.len() / 4 - 2;
        let count = usize::try_from(number(&list, 4)).ok()?.min(most);
        for index in 0..count {
            let page = number(&list, 8 + 4 * index);
            // A made-up list could name pages without end.
            if page > pages.count() {
                return None;
            }
            found.insert(page);
        }
        next = number(&list, 0);
    }
    Some(())
}
