//! The labels of lists.

use events::{InvalidLabel, Label};
use indicators::{Indicators, ListId};

/// The maximum length of the part of a label that is made from a title.
const LONGEST: usize = 80;

/// The label of events that have only values that are known to be good.
const KNOWN_GOOD: &str = "ioc_known_good";

/// A label for each list.
pub(super) struct Labels {
    of_lists: Vec<Label>,
    known_good: Label,
}

impl Labels {
    /// Makes a label of the title or the name of the file of each list, or gives all lists the same
    /// label. Lists with the same title share their label.
    pub(super) fn new(indicators: &Indicators, of_all: Option<Label>) -> Result<Self, InvalidLabel> {
        let of = |list: &indicators::List| match &of_all {
            Some(label) => Ok(label.clone()),
            None => Label::new(&label(list.title.as_deref(), &list.file)),
        };
        Ok(Self {
            of_lists: indicators.lists().iter().map(of).collect::<Result<_, _>>()?,
            known_good: Label::new(KNOWN_GOOD)?,
        })
    }

    pub(super) fn of(&self, list: ListId) -> &Label {
        &self.of_lists[usize::from(list.0)]
    }

    /// Returns the label of events that have only values that are known to be good.
    pub(super) fn known_good(&self) -> &Label {
        &self.known_good
    }
}

/// Returns the label of a list. No list has the one that says that a value is harmless.
fn label(title: Option<&str>, file: &str) -> String {
    let label = format!("ioc_{}", slug(title, file));
    if label == KNOWN_GOOD { format!("{KNOWN_GOOD}_list") } else { label }
}

/// Returns a title, or else the name of a file without its ending, in lower case with an underscore
/// for each run of other characters.
fn slug(title: Option<&str>, file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let of = |text: &str| {
        let mut slug = String::new();
        for c in text.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('_') {
                slug.push('_');
            }
            if slug.len() == LONGEST {
                break;
            }
        }
        slug.trim_end_matches('_').to_owned()
    };
    [title.map(of), Some(of(stem))]
        .into_iter()
        .flatten()
        .find(|slug| !slug.is_empty())
        .unwrap_or("list".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_says_that_its_values_are_harmless() {
        for (title, file) in [(Some("Known good"), "a.json"), (None, "known-good.txt")] {
            assert_eq!(label(title, file), "ioc_known_good_list");
        }
        assert_eq!(label(None, "known-bad.txt"), "ioc_known_bad");
    }

    #[test]
    fn labels_are_titles_or_names_of_files() {
        for (title, file, expected) in [
            (Some("OSINT - Operation (X): é!"), "a.json", "osint_operation_x"),
            (None, "feeds/hash-iocs.txt", "hash_iocs"),
            (Some("…"), "feeds/hash-iocs.txt", "hash_iocs"),
            (None, "…", "list"),
        ] {
            assert_eq!(slug(title, file), expected);
        }
        assert_eq!(slug(Some(&"a".repeat(100)), "").len(), LONGEST);
    }
}
