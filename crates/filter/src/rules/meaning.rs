//! What a label means: a description, a severity, techniques of attackers, references.
//!
//! A store knows only the name of a label. What it means is in the rules that give it.

use std::fmt;

/// What a label means, as its rules say it. Each part may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelMeaning {
    /// What the events of the label are, or an empty text.
    pub description: String,
    /// How serious the events of the label are.
    pub severity: Option<LabelSeverity>,
    /// The identifiers of ATT&CK techniques, such as `T1003.001`, in the order of the source.
    pub techniques: Vec<String>,
    /// Where more can be read, such as addresses of pages, in the order of the source.
    pub references: Vec<String>,
}

/// How serious the events of a label are, from the least serious. The words are those of Sigma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelSeverity {
    /// It is normal, and tells what happened.
    Informational,
    /// It is seldom a sign of an attack by itself.
    Low,
    /// It should be looked at.
    Medium,
    /// It is likely a sign of an attack, and should be looked at first.
    High,
    /// It is nearly always an attack, or great damage.
    Critical,
}

/// What a Sigma rule says about itself. A store keeps it as text, so this is all text.
#[derive(Debug, Clone, Copy, Default)]
pub struct SigmaTexts<'t> {
    /// The title.
    pub title: &'t str,
    /// What the rule finds, or an empty text.
    pub description: &'t str,
    /// The level, or an empty text.
    pub level: &'t str,
}

impl LabelMeaning {
    /// Returns the meaning of the label of a Sigma rule. Its title is the first sentence of the
    /// description. Of its tags, those that name ATT&CK techniques count.
    #[must_use]
    pub fn of_sigma<'t>(
        texts: SigmaTexts<'_>,
        tags: impl IntoIterator<Item = &'t str>,
        references: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let SigmaTexts { title, description, level } = texts;
        let words: Vec<_> = description.split_whitespace().collect();
        let (title, description) = (title.trim(), words.join(" "));
        let description = match (title.is_empty(), description.is_empty()) {
            (true, _) => description,
            (_, true) => title.to_owned(),
            _ if title.ends_with(['.', '!', '?']) => format!("{title} {description}"),
            _ => format!("{title}. {description}"),
        };
        Self {
            description,
            severity: LabelSeverity::of(level),
            techniques: tags.into_iter().filter_map(technique).collect(),
            references: references.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Returns the first sentence of the description, for lists.
    #[must_use]
    pub fn summary(&self) -> &str {
        first_sentence(&self.description)
    }
}

/// Returns the technique that a tag of Sigma names: `T1003.001` for `attack.t1003.001`.
fn technique(tag: &str) -> Option<String> {
    let number = tag.trim().strip_prefix("attack.")?.strip_prefix(['t', 'T'])?;
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| format!("T{number}"))
}

/// Returns the first sentence of a text: up to a full stop before a space and a capital letter. The
/// full stop is not part of it.
#[must_use]
pub fn first_sentence(text: &str) -> &str {
    let ends_here = |&(at, _): &(usize, &str)| {
        text[at + 2..].chars().next().is_some_and(|next| next.is_uppercase() || next == '\'')
    };
    let end = text.match_indices(". ").find(ends_here).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end_matches('.')
}

impl LabelSeverity {
    /// All of them, from the most serious.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// Returns its word in a tagging file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Returns the severity with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for LabelSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities() {
        for severity in LabelSeverity::ALL {
            assert_eq!(LabelSeverity::of(severity.as_str()), Some(severity));
        }
        assert_eq!(LabelSeverity::of("High"), Some(LabelSeverity::High));
        assert_eq!(LabelSeverity::of("severe"), None);
        assert!(LabelSeverity::ALL.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn what_sigma_rules_mean() {
        let texts = SigmaTexts { title: "A log was cleared", description: "By anybody.", level: "high" };
        let tags = ["attack.defense-evasion", "attack.t1070.001", "attack.g0007", "attack.T1562", "car.2016"];
        let meaning = LabelMeaning::of_sigma(texts, tags, ["https://example.org"]);
        assert_eq!(meaning.description, "A log was cleared. By anybody.");
        assert_eq!(meaning.summary(), "A log was cleared");
        assert_eq!(meaning.severity, Some(LabelSeverity::High));
        assert_eq!(meaning.techniques, ["T1070.001", "T1562"]);
        let title = |title, description| {
            LabelMeaning::of_sigma(SigmaTexts { title, description, level: "" }, [], []).description
        };
        assert_eq!(title("Why?", "So."), "Why? So.");
        assert_eq!(title("Only a title", ""), "Only a title");
        assert_eq!(title("", "No title"), "No title");
    }

    #[test]
    fn first_sentences() {
        for (text, first) in [
            ("", ""),
            ("A log was cleared.", "A log was cleared"),
            ("A log was cleared. Security 1102.", "A log was cleared"),
            ("No full stop", "No full stop"),
            ("Programs such as sh, i.e. shells. Not e.g. vim.", "Programs such as sh, i.e. shells"),
            ("Version 2.0 ran. 'x'", "Version 2.0 ran"),
        ] {
            assert_eq!(first_sentence(text), first, "{text}");
        }
    }
}
