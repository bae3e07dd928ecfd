//! How much of a long row stays on its page, and where it goes on.
//!
//! See "B-tree Pages" in <https://www.sqlite.org/fileformat.html>. No store of Plaso's reserves a
//! part of its pages.

use super::bytes::number;

/// The two kinds of trees, which leave different amounts of a long row on its page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tree {
    Table,
    Index,
}

/// The part of a row that goes on to other pages.
pub(super) struct Overflow {
    /// How many bytes of the row stay on its page.
    pub(super) kept: usize,
    /// The page that the row goes on to.
    pub(super) next: u32,
}

/// Returns where a row of this length goes on that begins at `at`, or `Some(None)` if all of it is
/// on its page. Returns `None` if the page ends before it says so.
pub(super) fn overflow(page: &[u8], tree: Tree, at: usize, length: usize) -> Option<Option<Overflow>> {
    let usable = page.len();
    let most = match tree {
        Tree::Table => usable - 35,
        Tree::Index => (usable - 12) * 64 / 255 - 23,
    };
    if length <= most {
        return Some(None);
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let kept = least + (length - least) % (usable - 4);
    let kept = if kept <= most { kept } else { least };
    let next = number(page.get(at + kept..at + kept + 4)?, 0);
    Some(Some(Overflow { kept, next }))
}
