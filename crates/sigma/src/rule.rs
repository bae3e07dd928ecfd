//! A rule, as its file has it.

use filter::{LabelMeaning, SigmaTexts};
use serde::{Deserialize, Serialize};

use crate::budget::Budget;
use crate::condition::{Selections, condition};
use crate::correlation::{self, Aggregation, Unresolved};
use crate::detection::Detection;
use crate::item::Unfolding;
use crate::meant::is_rule;
use crate::placeholders::Placeholders;
use crate::problem::{Place, Problem};
use crate::selection::selection;
use crate::yaml::Node;

/// What a rule says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Metadata {
    /// The title.
    pub title: String,
    /// The identifier, a UUID.
    pub id: Option<String>,
    /// The name by which other rules refer to the rule.
    pub name: Option<String>,
    /// Who wrote the rule.
    pub author: String,
    /// How much a match matters.
    pub level: Option<Level>,
    /// How well tried the rule is.
    pub status: Option<Status>,
    /// What the rule finds.
    pub description: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// Tags, such as those of MITRE ATT&CK.
    pub tags: Vec<String>,
    /// The file of the rule.
    pub file: String,
    /// The line where the rule begins.
    pub line: usize,
}

/// How much a match matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is worth knowing.
    Informational,
    /// It matters little.
    Low,
    /// It should be looked at.
    Medium,
    /// It should be looked at soon.
    High,
    /// It must be looked at at once.
    Critical,
}

/// How well tried a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is in use, and rarely wrong.
    Stable,
    /// It is nearly stable.
    Test,
    /// It may often be wrong.
    Experimental,
    /// Another rule replaces it.
    Deprecated,
    /// It needs what tools do not support.
    Unsupported,
}

impl Level {
    /// All levels with their names, the least first.
    pub const ALL: [(&'static str, Self); 5] = [
        ("informational", Self::Informational),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("critical", Self::Critical),
    ];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

impl Status {
    /// All states with their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("stable", Self::Stable),
        ("test", Self::Test),
        ("experimental", Self::Experimental),
        ("deprecated", Self::Deprecated),
        ("unsupported", Self::Unsupported),
    ];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, status)| *status == self).map_or("", |(name, _)| name)
    }
}

/// Where the events come from that a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub(crate) struct LogSource {
    pub(crate) product: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) service: Option<String>,
}

/// What a document of a rule file is.
#[derive(Debug, Clone)]
pub(crate) enum Document {
    Rule(Rule),
    Correlation(Unresolved),
    Filter(Filter),
    /// No rule at all, such as a list of log sources.
    Other,
}

/// A rule that can be understood.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) source: LogSource,
    pub(crate) detection: Detection,
    /// What must be true of its records together.
    pub(crate) aggregation: Option<Aggregation>,
    pub(crate) place: Place,
}

/// A condition that is added to other rules.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) source: LogSource,
    /// The identifiers and names of the rules, or `None` for all rules of the log source.
    pub(crate) rules: Option<Vec<String>>,
    pub(crate) detection: Detection,
}

impl Metadata {
    /// Reads what can be read, so that a rule that is refused has its title.
    pub(crate) fn of(document: &Node, file: &str) -> Self {
        let text = |name| document.get(name).and_then(Node::text).map(|text| text.trim().to_owned());
        let list = |name| {
            let members = document.get(name).map(Node::list).unwrap_or_default();
            members.iter().filter_map(Node::text).map(str::to_owned).collect()
        };
        let authors = document.get("author").map(Node::list).unwrap_or_default();
        let authors: Vec<_> = authors.iter().filter_map(Node::text).map(str::trim).collect();
        let level = text("level");
        let status = text("status");
        Self {
            title: text("title").unwrap_or_default(),
            id: text("id"),
            name: text("name"),
            author: authors.join(", "),
            level: level.and_then(|level| named(&Level::ALL, &level)),
            status: status.and_then(|status| named(&Status::ALL, &status)),
            description: text("description").unwrap_or_default(),
            references: list("references"),
            tags: list("tags"),
            file: file.to_owned(),
            line: document.place.line,
        }
    }
}

impl Metadata {
    /// Returns what the label of the rule means.
    #[must_use]
    pub fn meaning(&self) -> LabelMeaning {
        let texts = SigmaTexts {
            title: &self.title,
            description: &self.description,
            level: self.level.map_or("", Level::as_str),
        };
        let references = self.references.iter().map(String::as_str);
        LabelMeaning::of_sigma(texts, self.tags.iter().map(String::as_str), references)
    }
}

impl Document {
    pub(crate) fn read(document: &Node, known: &Placeholders) -> Result<Self, Problem> {
        if !is_rule(document)? {
            return Ok(Self::Other);
        }
        if let Some(action) = document.get("action") {
            let reason =
                "`action` of old rule collections is not supported; write a complete rule in each document";
            return Err(Problem::at(action.place, reason.into()));
        }
        check_words(document)?;
        if let Some(correlation) = document.get("correlation") {
            check_title(document)?;
            return Ok(Self::Correlation(correlation::read(document, correlation)?));
        }
        let source = LogSource::read(document)?;
        if let Some(filter) = document.get("filter") {
            let detection = selections(filter, &["rules"], None, known)?;
            let rules = filter.get("rules").filter(|rules| rules.text() != Some("any"));
            let rules =
                rules.map(|rules| rules.list().iter().filter_map(Node::text).map(str::to_owned).collect());
            return Ok(Self::Filter(Filter { source, rules, detection }));
        }
        check_title(document)?;
        let Some(detection) = document.get("detection") else {
            return Err(Problem::wrong(document.place, "the rule has no `detection`".into()));
        };
        let split = match detection.get("condition") {
            Some(condition) => correlation::split(detection, condition)?,
            None => None,
        };
        let (condition, aggregation) = split.unzip();
        let detection = selections(detection, &["timeframe"], condition.as_ref(), known)?;
        Ok(Self::Rule(Rule { source, detection, aggregation, place: document.place }))
    }
}

fn check_title(document: &Node) -> Result<(), Problem> {
    if document.get("title").and_then(Node::text).is_none_or(|title| title.trim().is_empty()) {
        return Err(Problem::wrong(document.place, "the rule has no title".into()));
    }
    Ok(())
}

/// Refuses a level or a status that Sigma does not have.
fn check_words(document: &Node) -> Result<(), Problem> {
    let levels = Level::ALL.map(|(name, _)| name);
    let states = Status::ALL.map(|(name, _)| name);
    for (name, words) in [("level", levels), ("status", states)] {
        let Some(value) = document.get(name) else { continue };
        let word = value.text().unwrap_or_default();
        if !words.contains(&word.trim()) {
            let reason = format!("expected {name} to be one of {}; found `{word}`", words.join(", "));
            return Err(Problem::wrong(value.place, reason));
        }
    }
    Ok(())
}

/// Reads selections and the condition that joins them, or another condition in its place. Members
/// with the names `others` are no selections.
fn selections(
    detection: &Node,
    others: &[&str],
    other_condition: Option<&Node>,
    known: &Placeholders,
) -> Result<Detection, Problem> {
    let budget = Budget::of_rule();
    let unfolding = Unfolding { known, budget: &budget };
    let mut selections = Selections::new();
    for (name, value) in detection.members() {
        if name.text != "condition" && !others.contains(&&*name.text) {
            selections.push((name.text.clone(), selection(name, value, unfolding)?));
        }
    }
    match other_condition.or_else(|| detection.get("condition")) {
        Some(value) => condition(value, &selections, &budget),
        None => Err(Problem::wrong(detection.place, "there is no `condition`".into())),
    }
}

impl LogSource {
    fn read(document: &Node) -> Result<Self, Problem> {
        let Some(source) = document.get("logsource") else {
            return Err(Problem::wrong(document.place, "there is no `logsource`".into()));
        };
        let text = |name| source.get(name).and_then(Node::text).map(|text| text.trim().to_lowercase());
        let read = Self { product: text("product"), category: text("category"), service: text("service") };
        if read == Self::default() {
            let reason = "the log source has no product, category or service".into();
            return Err(Problem::wrong(source.place, reason));
        }
        Ok(read)
    }

    /// Returns whether each part that this source names is the same in the other one.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        let fits = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        fits(&self.product, &other.product)
            && fits(&self.category, &other.category)
            && fits(&self.service, &other.service)
    }
}

impl std::fmt::Display for LogSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [("product", &self.product), ("category", &self.category), ("service", &self.service)];
        let parts = parts.into_iter().filter_map(|(name, part)| Some(format!("{name} {}", part.as_ref()?)));
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}

/// A word that Sigma does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}, found `{found}`", .words.join(", "))]
pub struct UnknownWord {
    found: String,
    words: [&'static str; 5],
}

impl std::str::FromStr for Level {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let unknown = || UnknownWord { found: word.into(), words: Self::ALL.map(|(name, _)| name) };
        named(&Self::ALL, word).ok_or_else(unknown)
    }
}

impl std::str::FromStr for Status {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let unknown = || UnknownWord { found: word.into(), words: Self::ALL.map(|(name, _)| name) };
        named(&Self::ALL, word).ok_or_else(unknown)
    }
}

fn named<T: Copy>(words: &[(&str, T)], word: &str) -> Option<T> {
    words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}
