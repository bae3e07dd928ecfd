//! Labels as small numbers, so that merging millions of tags compares, counts and writes them
//! without an allocation.

use events::{InvalidLabel, Label, json};
use rustc_hash::FxHashMap;

use crate::label_set::{LabelNumber, LabelSet};

/// How much memory the lists of labels take that are remembered in their written form, in bytes.
/// Most runs have a few dozen short ones.
const MOST_LISTS: usize = 16 << 20;
/// What a list takes beside its text and its labels.
const LIST_OVERHEAD: usize = 64;

/// Why a text is not a list of labels.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadLabelList {
    #[error(transparent)]
    Json(#[from] json::JsonError),
    #[error(transparent)]
    Label(#[from] InvalidLabel),
}

/// The labels of a run, numbered as they come.
#[derive(Debug, Default)]
pub struct LabelTable {
    labels: Vec<Label>,
    numbers: FxHashMap<Label, LabelNumber>,
    /// Lists in their written form, with the labels in them.
    lists: FxHashMap<Box<str>, Box<[LabelNumber]>>,
    /// How much memory these take.
    list_bytes: usize,
}

impl LabelTable {
    /// The label's number.
    ///
    /// # Panics
    ///
    /// If there are more than 2^32 labels, which no memory holds.
    pub fn number(&mut self, label: &Label) -> LabelNumber {
        if let Some(&number) = self.numbers.get(label) {
            return number;
        }
        let number = LabelNumber::try_from(self.labels.len()).expect("2^32 labels fit in no memory");
        self.labels.push(label.clone());
        self.numbers.insert(label.clone(), number);
        number
    }

    /// The label of a number that this table has given.
    #[must_use]
    pub fn text(&self, number: LabelNumber) -> &str {
        self.labels[number as usize].as_str()
    }

    /// All labels, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.iter_from(0)
    }

    /// The labels from this number on.
    pub(crate) fn iter_from(&self, number: usize) -> impl Iterator<Item = &str> {
        self.labels[number..].iter().map(Label::as_str)
    }

    /// Adds the labels of a list as a task store has it, such as `["a", "b"]`.
    ///
    /// # Errors
    ///
    /// If it is no list of labels.
    pub(crate) fn add_list(&mut self, list: &str, set: &mut LabelSet) -> Result<(), BadLabelList> {
        if !self.lists.contains_key(list) {
            let texts = json::strings(list.as_bytes())?;
            let labels: Vec<Label> = texts.iter().map(|text| Label::new(text)).collect::<Result<_, _>>()?;
            let bytes = LIST_OVERHEAD + list.len() + size_of::<LabelNumber>() * labels.len();
            if self.list_bytes + bytes > MOST_LISTS {
                self.lists.clear();
                self.list_bytes = 0;
            }
            let labels = labels.iter().map(|label| self.number(label)).collect();
            self.lists.insert(list.into(), labels);
            self.list_bytes += bytes;
        }
        self.lists[list].iter().for_each(|&number| set.add(number));
        Ok(())
    }
}

/// Counts one for a label.
pub(crate) fn count(counts: &mut Vec<u64>, number: LabelNumber) {
    let position = number as usize;
    if counts.len() <= position {
        counts.resize(position + 1, 0);
    }
    counts[position] += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_one_number_each() {
        let mut table = LabelTable::default();
        let mut set = LabelSet::default();
        for list in [r#"["b", "a"]"#, r#"["a", "c"]"#, r#"["a", "c"]"#, "[]"] {
            table.add_list(list, &mut set).unwrap();
        }
        assert_eq!(set.as_slice(), [0, 1, 2]);
        assert_eq!(table.iter().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(table.number(&Label::new("c").unwrap()), 2);
        for wrong in ["", "{}", "[1]"] {
            let error = table.add_list(wrong, &mut set);
            assert!(matches!(error, Err(BadLabelList::Json(_))), "{wrong}");
        }
        let error = table.add_list(r#"["a b"]"#, &mut set);
        assert!(matches!(error, Err(BadLabelList::Label(InvalidLabel(text))) if text == "a b"));
    }
}
