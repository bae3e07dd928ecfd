//! Whether a page that an analysis writes to belongs to evidence, too.
//!
//! In a malformed store, the list of free pages or the inner pages of a table of results can lead
//! to pages of other tables. SQLite would write results over them without noticing.

use std::collections::BTreeSet;

use super::bytes::{number, short};
use super::pages::Pages;
use super::rows::{Field, fields, rows};
use super::writable::{FILE_HEADER, INDEX_INTERIOR, TABLE_INTERIOR, is_written, writable_pages};

/// How many levels of inner pages a table may have; SQLite reads no more, either.
const DEEPEST: usize = 20;

/// Checks that the pages that an analysis writes to belong to no other table, or says which one
/// does. Of the other tables only the inner pages are read, which name all others except those that
/// long rows go on to: a hundredth of the store.
pub(crate) fn check_shared_pages(pages: &Pages<'_>) -> Result<(), String> {
    let written =
        writable_pages(pages).ok_or("the tables of results or the list of free pages cannot be read")?;
    for (table, root) in other_trees(pages).ok_or("the list of tables cannot be read")? {
        let table = String::from_utf8_lossy(&table).into_owned();
        let shared = shared_page(pages, root, &written);
        if let Some(page) = shared.ok_or_else(|| format!("the pages of the table {table} cannot be read"))? {
            return Err(format!("page {page} of the table {table} is also free, or of a table of results"));
        }
    }
    Ok(())
}

/// The names and first pages of the tables that no analysis writes to, and of their indexes.
fn other_trees(pages: &Pages<'_>) -> Option<Vec<(Vec<u8>, u32)>> {
    let mut trees = Vec::new();
    for row in rows(pages, 1)? {
        if let [Field::Text(_), Field::Text(_), Field::Text(table), Field::Integer(root), ..] =
            &*fields(&row.record?)?
            && *root != 0
            && !is_written(table)
        {
            trees.push((table.clone(), u32::try_from(*root).ok()?));
        }
    }
    Some(trees)
}

/// Returns the first page of this tree that is among those that are written; `None` if the tree
/// cannot be read.
fn shared_page(pages: &Pages<'_>, root: u32, written: &BTreeSet<u32>) -> Option<Option<u32>> {
    if written.contains(&root) {
        return Some(Some(root));
    }
    let mut seen = BTreeSet::from([root]);
    let mut waiting = vec![(root, levels(pages, root)?)];
    while let Some((page, levels)) = waiting.pop() {
        if levels == 0 {
            continue;
        }
        for child in children(pages, page)? {
            if written.contains(&child) {
                return Some(Some(child));
            }
            // The pages of the last level, by far the most, need not be read.
            if levels > 1 && seen.insert(child) {
                waiting.push((child, levels - 1));
            }
        }
    }
    Some(None)
}

/// How many levels of inner pages a tree has. In SQLite's trees all ways down are of the same
/// length.
fn levels(pages: &Pages<'_>, root: u32) -> Option<usize> {
    let mut page = root;
    for level in 0..DEEPEST {
        match children(pages, page)?.first() {
            None => return Some(level),
            Some(&child) => page = child,
        }
    }
    None
}

/// The pages that an inner page leads to; none if it is of the last level.
fn children(pages: &Pages<'_>, page: u32) -> Option<Vec<u32>> {
    let content = pages.read(page).ok()??;
    let start = if page == 1 { FILE_HEADER } else { 0 };
    if !matches!(*content.get(start)?, INDEX_INTERIOR | TABLE_INTERIOR) {
        return Some(Vec::new());
    }
    let mut children = vec![number(content.get(start + 8..start + 12)?, 0)];
    for index in 0..short(&content, start + 3)? {
        let cell = short(&content, start + 12 + 2 * index)?;
        children.push(number(content.get(cell..cell + 4)?, 0));
    }
    Some(children)
}
