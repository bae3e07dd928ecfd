//! Rules and records as data, and how they are written.

use std::fmt::Write as _;

use events::json;

use crate::in_memory::record;

/// A rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) source: Source,
    pub(crate) selections: Vec<(&'static str, Selection)>,
    pub(crate) condition: Condition,
}

/// The log source of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Every record.
    Windows,
    /// The records of the security log.
    Security,
    /// Sysmon's event 1, and event 4688 of the security log, which has other names of fields.
    ProcessCreation,
}

#[derive(Debug, Clone)]
pub(crate) enum Selection {
    Items(Vec<Item>),
    /// One of these.
    OneOf(Vec<Vec<Item>>),
    Keywords {
        all: bool,
        values: Vec<String>,
    },
}

/// A field with its modifiers and values.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) field: &'static str,
    pub(crate) check: Check,
    pub(crate) all: bool,
    pub(crate) negated: bool,
    pub(crate) values: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Check {
    Text { part: Part, cased: bool, windash: bool, encodings: Vec<&'static str> },
    Regex { ignore_case: bool, multi_line: bool, dot_all: bool },
    Number(&'static str),
    Network,
    Exists,
    Field(Part),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Start,
    End,
    Any,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Truth(bool),
    /// As it is written.
    Number(&'static str),
    Text(String),
    Pattern(Vec<Vec<Atom>>),
}

/// A part of a regular expression.
#[derive(Debug, Clone)]
pub(crate) struct Atom {
    pub(crate) what: What,
    pub(crate) times: Times,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Character(char),
    Class(&'static str),
    NoneOf(&'static str),
    Any,
    Start,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    Maybe,
    Often,
    AnyNumber,
}

/// A condition; numbers are those of selections.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Selection(usize),
    OneOf(&'static str),
    AllOf(&'static str),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

/// A record of a Windows event log.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) channel: &'static str,
    pub(crate) event_id: u32,
    /// Names may occur several times.
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Rule {
    /// Returns the text of the rule's file.
    pub(crate) fn yaml(&self) -> String {
        let source = match self.source {
            Source::Windows => "{product: windows}",
            Source::Security => "{product: windows, service: security}",
            Source::ProcessCreation => "{product: windows, category: process_creation}",
        };
        let mut text = format!("title: A rule\nlogsource: {source}\ndetection:\n");
        for (name, selection) in &self.selections {
            let selection = match selection {
                Selection::Items(items) => map(items),
                Selection::OneOf(maps) => {
                    format!("[{}]", maps.iter().map(|items| map(items)).collect::<Vec<_>>().join(", "))
                }
                Selection::Keywords { all, values } => {
                    let values: Vec<_> = values.iter().map(|value| json::quoted(value)).collect();
                    let values = format!("[{}]", values.join(", "));
                    if *all { format!("{{\"|all\": {values}}}") } else { values }
                }
            };
            let _ = writeln!(text, "  {name}: {selection}");
        }
        text + &format!("  condition: {}\n", self.condition.text(&self.selections))
    }
}

fn map(items: &[Item]) -> String {
    let item = |item: &Item| {
        let values: Vec<_> = item.values.iter().map(Value::yaml).collect();
        format!("{}: [{}]", json::quoted(&item.key()), values.join(", "))
    };
    format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(", "))
}

impl Item {
    /// Returns the name of the field with its modifiers.
    pub(crate) fn key(&self) -> String {
        let mut words = vec![self.field];
        let part = |part: &Part| match part {
            Part::Whole => None,
            Part::Start => Some("startswith"),
            Part::End => Some("endswith"),
            Part::Any => Some("contains"),
        };
        match &self.check {
            Check::Text { part: of, cased, windash, encodings } => {
                words.extend(cased.then_some("cased"));
                words.extend(windash.then_some("windash"));
                words.extend(encodings);
                words.extend(part(of));
            }
            Check::Regex { ignore_case, multi_line, dot_all } => {
                words.push("re");
                words.extend(ignore_case.then_some("i"));
                words.extend(multi_line.then_some("m"));
                words.extend(dot_all.then_some("s"));
            }
            Check::Number(order) => words.push(order),
            Check::Network => words.push("cidr"),
            Check::Exists => words.push("exists"),
            Check::Field(of) => {
                words.push("fieldref");
                words.extend(part(of));
            }
        }
        words.extend(self.all.then_some("all"));
        words.extend(self.negated.then_some("neq"));
        words.join("|")
    }
}

impl Value {
    fn yaml(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Truth(truth) => truth.to_string(),
            Self::Number(written) => (*written).to_owned(),
            Self::Text(text) => json::quoted(text),
            Self::Pattern(alternatives) => {
                let alternative = |atoms: &Vec<Atom>| atoms.iter().map(Atom::text).collect::<String>();
                json::quoted(&alternatives.iter().map(alternative).collect::<Vec<_>>().join("|"))
            }
        }
    }
}

impl Atom {
    fn text(&self) -> String {
        let what = match self.what {
            What::Character(c) if c.is_alphanumeric() => c.to_string(),
            What::Character(c) => format!("\\{c}"),
            What::Class(characters) => format!("[{characters}]"),
            What::NoneOf(characters) => format!("[^{characters}]"),
            What::Any => ".".into(),
            What::Start => return "^".into(),
            What::End => return "$".into(),
        };
        let times = match self.times {
            Times::Once => "",
            Times::Maybe => "?",
            Times::Often => "+",
            Times::AnyNumber => "*",
        };
        what + times
    }
}

impl Condition {
    fn text(&self, selections: &[(&'static str, Selection)]) -> String {
        let chain = |all: &[Self], between: &str| {
            format!("({})", all.iter().map(|one| one.text(selections)).collect::<Vec<_>>().join(between))
        };
        match self {
            Self::Selection(number) => selections[*number].0.into(),
            Self::OneOf(pattern) => format!("1 of {pattern}"),
            Self::AllOf(pattern) => format!("all of {pattern}"),
            Self::Not(one) => format!("not {}", one.text(selections)),
            Self::And(all) => chain(all, " and "),
            Self::Or(all) => chain(all, " or "),
        }
    }
}

impl Record {
    /// Returns the event data as Plaso stores it.
    pub(crate) fn data(&self) -> String {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let fields: String = self
            .fields
            .iter()
            .map(|(name, value)| format!("<Data Name=\"{name}\">{}</Data>", escaped(value)))
            .collect();
        let Self { channel, event_id, .. } = self;
        record(channel, *event_id, &fields)
    }
}
