//! What a label means, as sets of rules say it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use filter::{LabelMeaning, LabelSeverity, attack, first_sentence};
use serde::{Serialize, Serializer};

use crate::table::short;

/// The maximum number of techniques, and of references, of a label.
const MAXIMUM_NAMED: usize = 32;

/// How serious the events of a label are, from the least serious.
pub use filter::LabelSeverity as Severity;

/// What a label means.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Meaning {
    /// How serious its events are, if that is known.
    #[serde(serialize_with = "severity_word")]
    pub severity: Option<Severity>,
    /// What its events are, or an empty text. If several sets of rules describe the label
    /// otherwise, there is a line for each, which begins with the name of the set.
    pub description: String,
    /// The same by set of rules.
    #[serde(skip)]
    said: Vec<Said>,
    /// The techniques of attackers that its events may show.
    pub techniques: Vec<TechniqueFacts>,
    /// Where more can be read.
    pub references: Vec<String>,
}

/// What a set of rules says of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    set: String,
    description: String,
}

/// A technique in ATT&CK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TechniqueFacts {
    /// The identifier, such as `T1003.001`.
    pub id: String,
    /// The name, or an empty text if it is not known.
    pub name: String,
    /// The names of its tactics.
    pub tactics: Vec<&'static str>,
}

impl fmt::Display for TechniqueFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&technique_in_words(&self.id, &self.name))
    }
}

impl Meaning {
    /// Returns the first sentence of the description, for lists. If several sets of rules describe
    /// the label, it has the first sentence of each, unless all say the same there.
    #[must_use]
    pub fn summary(&self) -> String {
        let sentence = |said: &Said| first_sentence(&said.description).to_owned();
        match self.said.as_slice() {
            [] => String::new(),
            [first, others @ ..] if others.iter().all(|other| sentence(other) == sentence(first)) => {
                sentence(first)
            }
            all => {
                let named: Vec<_> =
                    all.iter().map(|said| format!("{}: {}", said.set, sentence(said))).collect();
                named.join("; ")
            }
        }
    }

    /// Returns the lines of the description. If `sets` has some of the sets of rules that describe
    /// the label, the lines are those of these sets.
    pub(crate) fn lines_of(&self, sets: &BTreeSet<String>) -> Vec<String> {
        let of_sets: Vec<_> = self.said.iter().filter(|said| sets.contains(&said.set)).cloned().collect();
        if of_sets.is_empty() { lines(&self.said) } else { lines(&of_sets) }
    }

    /// Returns the identifiers of the techniques, such as `T1003.001, T1078`.
    #[must_use]
    pub fn technique_ids(&self) -> String {
        self.techniques.iter().map(|technique| technique.id.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Puts together what sets of rules say of a label, each with its name.
    pub(crate) fn of(said: &[(&str, &LabelMeaning)]) -> Self {
        let mut meaning =
            Self { severity: said.iter().filter_map(|(_, of)| of.severity).max(), ..Self::default() };
        let described = said.iter().filter(|(_, of)| !of.description.is_empty());
        let described =
            described.map(|(set, of)| Said { set: (*set).to_owned(), description: short(&of.description) });
        meaning.said = described.collect();
        meaning.description = lines(&meaning.said).join("\n");
        for (_, of) in said {
            for id in &of.techniques {
                let is_known = meaning.techniques.iter().any(|known| known.id == *id);
                if !is_known && meaning.techniques.len() < MAXIMUM_NAMED {
                    meaning.techniques.push(technique(id));
                }
            }
            for text in of.references.iter().map(|text| short(text)) {
                if !meaning.references.contains(&text) && meaning.references.len() < MAXIMUM_NAMED {
                    meaning.references.push(text);
                }
            }
        }
        meaning
    }
}

/// Returns what sets of rules say, each with its name in a line of its own, unless all say the
/// same.
fn lines(said: &[Said]) -> Vec<String> {
    match said {
        [] => Vec::new(),
        [first, others @ ..] if others.iter().all(|other| other.description == first.description) => {
            vec![first.description.clone()]
        }
        all => all.iter().map(|Said { set, description }| short(&format!("{set}: {description}"))).collect(),
    }
}

/// Returns the key by which labels are listed: the most serious first, then those with the most
/// events, then by name. Labels without a severity come last.
pub(crate) fn order(severity: Option<Severity>, events: u64, label: &str) -> impl Ord + use<'_> {
    (Reverse(severity), Reverse(events), label)
}

/// Returns a technique with its name, such as `T1055 Process Injection`.
pub(crate) fn named_technique(id: &str) -> String {
    technique(id).to_string()
}

/// Returns a technique in words. Its name may be unknown.
pub(crate) fn technique_in_words(id: &str, name: &str) -> String {
    format!("{id} {name}").trim_end().to_owned()
}

fn technique(id: &str) -> TechniqueFacts {
    let known = attack::technique(id);
    TechniqueFacts {
        id: id.into(),
        name: known.map(|known| known.name.clone()).unwrap_or_default(),
        tactics: known.map(|known| known.tactics().map(|tactic| tactic.name).collect()).unwrap_or_default(),
    }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(crate) fn severity_word<S: Serializer>(
    severity: &Option<Severity>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    severity.map(LabelSeverity::as_str).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_sets_say_is_said_once_if_it_is_the_same() {
        let of =
            |description: &str| LabelMeaning { description: description.into(), ..LabelMeaning::default() };
        let (one, other) = (of("Someone came in. See sshd."), of("Someone came in. See asl."));
        let different = of("A screen was shared.");
        let summary = |said: &[(&str, &LabelMeaning)]| Meaning::of(said).summary();
        assert_eq!(summary(&[("macos", &one), ("linux", &other)]), "Someone came in");
        assert_eq!(
            summary(&[("macos", &one), ("linux", &different)]),
            "macos: Someone came in; linux: A screen was shared"
        );
        assert_eq!(summary(&[("macos", &of("Note: A text."))]), "Note: A text");
        assert_eq!(summary(&[]), "");
    }
}
