//! Finds the texts that contain a given one, among many.

use std::ops::Range;

use crate::matcher::outcome::{FewLabels, Follow, Outcome, number};

/// Texts longer than this are looked through one by one: sorting their endings could take time
/// quadratic in their length.
const LONGEST: usize = 256;

/// Texts and what follows if they contain a value: every ending of every text, sorted, so that
/// those which begin with the value, and so the texts that contain it, stand together.
#[derive(Debug, Clone, Default)]
pub(crate) struct SuffixIndex {
    text: String,
    /// Where each ending begins in `text`, and which of the texts it belongs to.
    endings: Vec<(u32, u32)>,
    /// Where each text stands in `text`.
    texts: Vec<(Range<u32>, Follows)>,
    long: Vec<(Box<str>, Follows)>,
    labels: FewLabels,
}

/// What follows, and the label to which it leads.
type Follows = (Outcome, u32);

impl SuffixIndex {
    pub(crate) fn new(texts: Vec<(Box<str>, Outcome, u32)>) -> Self {
        let labels = texts.iter().map(|(_, _, label)| *label).collect();
        let mut built = Self { labels: FewLabels::new(&labels), ..Self::default() };
        for (text, outcome, label) in texts {
            if text.len() > LONGEST {
                built.long.push((text, (outcome, label)));
                continue;
            }
            let start = number(built.text.len());
            let at = number(built.texts.len());
            let starts = text.char_indices().map(|(offset, _)| (start + number(offset), at));
            built.endings.extend(starts);
            built.text.push_str(&text);
            built.texts.push((start..number(built.text.len()), (outcome, label)));
        }
        let mut endings = std::mem::take(&mut built.endings);
        endings.sort_unstable_by_key(|ending| (built.ending(*ending), *ending));
        built.endings = endings;
        built
    }

    fn ending(&self, (start, text): (u32, u32)) -> &str {
        let end = self.texts[text as usize].0.end;
        &self.text[start as usize..end as usize]
    }

    /// Lets `follow` follow what follows for the texts that contain `value`.
    pub(crate) fn find(&self, value: &str, follow: &mut impl Follow) {
        for (text, (outcome, label)) in &self.long {
            if follow.misses(*label) && text.contains(value) {
                follow.follow(*outcome);
            }
        }
        let mut missing = self.labels.missing(follow);
        let first = self.endings.partition_point(|ending| self.ending(*ending) < value);
        for ending in &self.endings[first..] {
            if missing == 0 || !self.ending(*ending).starts_with(value) {
                return;
            }
            let (outcome, label) = self.texts[ending.1 as usize].1;
            if follow.misses(label) {
                follow.follow(outcome);
                missing -= usize::from(!follow.misses(label));
            }
        }
    }
}
