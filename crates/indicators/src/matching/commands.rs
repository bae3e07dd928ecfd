//! Looks up command lines, and tells early which of them meet nothing.
//!
//! Most data of registry keys and many texts are looked up as if they were command lines, and have
//! neither a path nor a URL.

use crate::matching::index::{Index, Scratch};
use crate::meaning::words::words;
use crate::model::{IndicatorId, Kind};
use crate::values::url::after_scheme;

/// The signs that a command line has if it meets an indicator: the `/` of a URL, and the dot of a
/// file name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    has_names: bool,
}

impl Signs {
    /// Returns whether a string of JSON, without its quotes, has none of the signs. An escape
    /// sequence may stand for one, so the string has none of these either.
    pub(super) fn are_missing_in(self, string: &[u8]) -> bool {
        let found = match self.has_names {
            true => memchr::memchr3(b'/', b'.', b'\\', string),
            false => memchr::memchr2(b'/', b'\\', string),
        };
        found.is_none()
    }
}

impl Index {
    /// Returns whether no word of a text can be a path or a name of an indicator.
    fn lacks_paths(&self, text: &str) -> bool {
        let lacks_names = || self.name_ends.is_empty() || self.name_ends.have_dots() && !text.contains('.');
        !self.has_paths() && lacks_names()
    }

    /// Returns the signs that a command line has if it meets an indicator. Returns `None` if it may
    /// be any.
    pub(super) fn signs_of_commands(&self) -> Option<Signs> {
        let is_any = self.has_paths() || self.has_kind(Kind::CommandLine);
        let is_any = is_any || !self.name_ends.have_dots();
        (!is_any).then_some(Signs { has_names: !self.name_ends.is_empty() })
    }

    /// Looks up a command line, and the paths and URLs in it.
    pub(super) fn find_command(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        /// How many words of a command line are looked at.
        const MOST_WORDS: usize = 1_000;
        self.find_text(Kind::CommandLine, text, scratch, ids);
        let has_urls = after_scheme(text).is_some();
        if !has_urls && self.lacks_paths(text) {
            return;
        }
        for word in words(text).take(MOST_WORDS) {
            if has_urls && after_scheme(word).is_some() {
                self.find_url(word, scratch, ids);
            } else {
                self.find_path(word, scratch, ids);
            }
        }
    }
}
