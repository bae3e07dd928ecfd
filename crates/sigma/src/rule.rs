//! A rule, as its file has it.

use filter::{LabelMeaning, SigmaTexts, nearest};
use serde::Serialize;

use crate::budget::Budget;
use crate::condition::{Selections, condition};
use crate::correlation::Aggregation;
use crate::detection::Detection;
use crate::item::Unfolding;
use crate::level::{Level, Status, named};
use crate::placeholders::Placeholders;
use crate::problem::{Place, Problem};
use crate::selection::selection;
use crate::yaml::{Name, Node, Value};

/// Shorter names of parts of a log source have too many neighbours.
const SHORTEST_SIMILAR: usize = 5;

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

/// Where the events come from that a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub(crate) struct LogSource {
    pub(crate) product: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) service: Option<String>,
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

/// Reads selections and the condition that joins them, or another condition in its place. Members
/// with the names `others` are no selections.
pub(crate) fn selections(
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
    pub(crate) fn read(document: &Node) -> Result<Self, Problem> {
        let Some(source) = document.get("logsource") else {
            return Err(Problem::wrong(document.place, "there is no `logsource`".into()));
        };
        let mut read = Self::default();
        for (name, value) in source.members() {
            let part = match name.text.as_str() {
                "product" => &mut read.product,
                "category" => &mut read.category,
                "service" => &mut read.service,
                // It is written for readers.
                "definition" => continue,
                _ => return Err(unknown_part(name)),
            };
            *part = part_of_source(name, value)?;
        }
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

/// Returns the value of a part of a log source, or `None` if nothing is written there.
fn part_of_source(name: &Name, value: &Node) -> Result<Option<String>, Problem> {
    if let Value::Null = value.value {
        return Ok(None);
    }
    let text = value.text().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let wrong = || Problem::wrong(value.place, format!("`{}` of a log source must be one name", name.text));
    text.map(Some).ok_or_else(wrong)
}

/// Returns why a log source is refused. A part that is not understood may mean fewer events.
fn unknown_part(name: &Name) -> Problem {
    const PARTS: [&str; 4] = ["product", "category", "service", "definition"];
    let shown = &name.text;
    match nearest(shown, SHORTEST_SIMILAR, PARTS) {
        Some(meant) => {
            let reason = format!("a log source has no `{shown}`; did you mean `{meant}`?");
            Problem::wrong(name.place, reason)
        }
        None => {
            let reason = format!("`{shown}` of a log source is not supported; only {} are", PARTS.join(", "));
            Problem::at(name.place, reason)
        }
    }
}

impl std::fmt::Display for LogSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [("product", &self.product), ("category", &self.category), ("service", &self.service)];
        let parts = parts.into_iter().filter_map(|(name, part)| Some(format!("{name} {}", part.as_ref()?)));
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}
