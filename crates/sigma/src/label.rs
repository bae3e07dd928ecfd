//! The names of labels.

use std::collections::{BTreeMap, BTreeSet};

use events::Label;

use crate::rule::Metadata;

/// How many characters of a title a label has.
const LONGEST: usize = 80;

/// A rule that gets a label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labelled<'m> {
    pub(crate) metadata: &'m Metadata,
    /// Whether events get the label. Otherwise it is only a name for the rule.
    pub(crate) is_given: bool,
}

/// Returns the label of each rule: `sigma_` and the name of its file, if this is in the form of
/// Sigma's own and no other rule of the file labels events; otherwise `sigma_` and the title. If
/// several rules would have the same label, each has eight digits of its identifier as well. `None`
/// stands for a rule whose label another one has even then.
pub(crate) fn labels<'m>(rules: impl Iterator<Item = Labelled<'m>>) -> Vec<Option<Label>> {
    let rules: Vec<_> = rules.collect();
    let mut in_file = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.is_given) {
        *in_file.entry(&rule.metadata.file).or_insert(0) += 1;
    }
    let name = |Labelled { metadata, is_given }: &Labelled<'m>| {
        let stem = metadata.file.rsplit('/').next().unwrap_or_default();
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        let is_usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_own = *is_given
            && in_file.get(&metadata.file) == Some(&1)
            && !stem.is_empty()
            && stem.bytes().all(is_usual);
        if is_own { format!("sigma_{stem}") } else { format!("sigma_{}", slug(&metadata.title)) }
    };
    let names: Vec<_> = rules.iter().map(name).collect();
    let mut count = BTreeMap::new();
    for name in &names {
        *count.entry(name.clone()).or_insert(0) += 1;
    }
    let mut taken = BTreeSet::new();
    let mut label = |(rule, name): (&Labelled<'m>, &String)| {
        let name = match (count.get(name), &rule.metadata.id) {
            (Some(1), _) | (_, None) => name.clone(),
            (_, Some(id)) => {
                let digits = id.chars().filter(char::is_ascii_alphanumeric).take(8);
                format!("{name}_{}", digits.collect::<String>().to_lowercase())
            }
        };
        let label = Label::new(&name).ok()?;
        taken.insert(label.clone()).then_some(label)
    };
    let mut labels: Vec<_> = rules.iter().zip(&names).map(&mut label).collect();
    // Nothing depends on a label that no event gets, but rules must be told apart.
    let unnamed = labels.iter_mut().zip(&rules).zip(&names);
    for ((label, _), name) in unnamed.filter(|((label, rule), _)| label.is_none() && !rule.is_given) {
        let numbered = (2..).map_while(|number: u64| Label::new(&format!("{name}_{number}")).ok());
        *label = numbered.into_iter().find(|label| taken.insert(label.clone()));
    }
    labels
}

/// Returns a text in lower case with an underscore for each run of other characters.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().take(LONGEST) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() { "rule".into() } else { slug.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_names_of_files_or_titles() {
        let rule = |file: &str, title: &str, id: &str| Metadata {
            file: file.into(),
            title: title.into(),
            id: Some(id.into()),
            ..Metadata::default()
        };
        let rules = [
            rule("a/win_one.yml", "One", "1"),
            rule("a/My Rule.yml", "A (very) odd rule: é!", "2"),
            rule("a/two.yml", "First of two", "3"),
            rule("a/two.yml", "Second of two", "4"),
            rule("a/same.yml", "Same", "01234567-89ab"),
            rule("b/same.yml", "Same", "F1234567-89ab"),
            rule("c/same.yml", "Same", "f1234567-cdef"),
            rule("d/x-y.yml", "…", "5"),
        ];
        let given = rules.iter().map(|metadata| Labelled { metadata, is_given: true });
        let labels: Vec<_> =
            labels(given).into_iter().map(|label| label.map(|label| label.to_string())).collect();
        let labels: Vec<_> = labels.iter().map(|label| label.as_deref().unwrap_or("-")).collect();
        assert_eq!(
            labels,
            [
                "sigma_win_one",
                "sigma_a_very_odd_rule",
                "sigma_first_of_two",
                "sigma_second_of_two",
                "sigma_same_01234567",
                "sigma_same_f1234567",
                "-",
                "sigma_rule",
            ]
        );
    }
    /// The label of a correlation is the name of its file, although the file has other rules.
    #[test]
    fn rules_that_label_no_event_do_not_count() {
        let rule = |title: &str| Metadata {
            file: "a/logins.yml".into(),
            title: title.into(),
            ..Metadata::default()
        };
        let rules = [
            (rule("Failed"), false),
            (rule("Failed"), false),
            (rule("Many failed"), true),
            (rule("Failed"), false),
        ];
        let rules = rules.iter().map(|(metadata, is_given)| Labelled { metadata, is_given: *is_given });
        let labels: Vec<_> = labels(rules).into_iter().map(|label| label.unwrap().to_string()).collect();
        assert_eq!(labels, ["sigma_failed", "sigma_failed_2", "sigma_logins", "sigma_failed_3"]);
    }
}
