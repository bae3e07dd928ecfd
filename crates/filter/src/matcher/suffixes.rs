//! Finds the texts that contain a given one, among many.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::matcher::matched::MatchedLabels;

/// Texts longer than this are looked through one by one: sorting their endings could take time quadratic in
/// their length.
const LONGEST: usize = 256;

/// Texts and their labels: every ending of every text, sorted, so that those which begin with a value, and so
/// the texts that contain it, stand together.
#[derive(Debug, Clone, Default)]
pub(crate) struct SuffixIndex {
    text: String,
    /// Where each ending begins in `text`, and which of the texts it belongs to.
    endings: Vec<(u32, u32)>,
    /// Where each text stands in `text`, and its label.
    texts: Vec<(Range<u32>, u32)>,
    long: Vec<(Box<str>, u32)>,
    labels: BTreeSet<u32>,
}

impl SuffixIndex {
    pub(crate) fn new<'t>(texts: impl Iterator<Item = (&'t str, u32)>) -> Self {
        let mut built = Self::default();
        for (text, label) in texts {
            built.labels.insert(label);
            if text.len() > LONGEST {
                built.long.push((text.into(), label));
                continue;
            }
            let start = position(built.text.len());
            let number = position(built.texts.len());
            let starts = text.char_indices().map(|(at, _)| (start + position(at), number));
            built.endings.extend(starts);
            built.text.push_str(text);
            built.texts.push((start..position(built.text.len()), label));
        }
        let mut endings = std::mem::take(&mut built.endings);
        endings.sort_unstable_by_key(|ending| built.ending(*ending));
        built.endings = endings;
        built
    }

    fn ending(&self, (start, text): (u32, u32)) -> &str {
        let end = self.texts[text as usize].0.end;
        &self.text[start as usize..end as usize]
    }

    /// Adds the labels of the texts that contain `value`.
    pub(crate) fn find(&self, value: &str, matched: &mut MatchedLabels<'_>) {
        for (text, label) in &self.long {
            if !matched.has(*label) && text.contains(value) {
                matched.add(*label);
            }
        }
        let mut missing = self.labels.iter().filter(|label| !matched.has(**label)).count();
        let first = self.endings.partition_point(|ending| self.ending(*ending) < value);
        for ending in &self.endings[first..] {
            if missing == 0 || !self.ending(*ending).starts_with(value) {
                return;
            }
            missing -= usize::from(matched.add(self.texts[ending.1 as usize].1));
        }
    }
}

fn position(at: usize) -> u32 {
    u32::try_from(at).expect("a tagging file is below 4 GiB")
}
