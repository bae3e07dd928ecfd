//! What follows for each of many texts.

use crate::matcher::outcome::{Follow, Outcome};
use crate::text_set::TextSet;

/// Texts, and what follows for each of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextOutcomes {
    texts: TextSet,
    /// What follows first for each text, by its number. For nearly all texts, that is all.
    first: Vec<Outcome>,
    /// What else follows, for the number of a text.
    more: Vec<(u32, Outcome)>,
}

impl TextOutcomes {
    pub(crate) fn insert(&mut self, text: &str, outcome: Outcome) {
        let number = self.texts.insert(text);
        match self.first.get(number as usize) {
            None => self.first.push(outcome),
            Some(first) if *first != outcome => self.more.push((number, outcome)),
            Some(_) => {}
        }
    }

    /// Prepares for searching.
    pub(crate) fn finish(mut self) -> Self {
        self.more.sort_unstable();
        self.more.dedup();
        self.first.shrink_to_fit();
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Lets `follow` follow what follows for a text.
    pub(crate) fn find(&self, text: &str, follow: &mut impl Follow) {
        let Some(number) = self.texts.number_of(text) else { return };
        follow.follow(self.first[number as usize]);
        let start = self.more.partition_point(|(other, _)| *other < number);
        for (_, outcome) in self.more[start..].iter().take_while(|(other, _)| *other == number) {
            follow.follow(*outcome);
        }
    }
}
