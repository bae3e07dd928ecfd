//! The modifiers of a field: what follows its name, each after a `|`.

use filter::condition::{Case, Order, Part, Regex};

use crate::problem::Problem;
use crate::yaml::Name;

/// What the modifiers of a field ask for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Modifiers {
    pub(crate) kind: Kind,
    /// All values must be found, instead of one.
    pub(crate) all: bool,
    /// The values must not be found.
    pub(crate) negated: bool,
    pub(crate) case: Case,
    /// The values have placeholders.
    pub(crate) expand: bool,
    /// A dash before an option may be any dash or a slash.
    pub(crate) windash: bool,
    /// In the order in which they are applied.
    pub(crate) encodings: Vec<Encoding>,
}

/// How values are looked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// As a part of the field's text.
    Text(Part),
    /// As a regular expression with these flags.
    Regex(Regex),
    /// As a network that the field's address is in.
    Network,
    /// The value says whether the field exists.
    Exists,
    /// As the name of another field, whose value is a part of this one's.
    Field(Part),
    /// As a number.
    Order(Order),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf16Le,
    Utf16Be,
    /// UTF-16 with a byte order mark.
    Utf16,
    Base64,
    /// Base64 at any offset inside other data.
    Base64Offset,
}

/// How many encodings may follow one another. Sigma's own rules have two.
const MAXIMUM_ENCODINGS: usize = 4;

/// Modifiers that Sigma has and this program does not.
const UNSUPPORTED: [&str; 6] = ["minute", "hour", "day", "week", "month", "year"];

/// Why a modifier is refused.
struct Refusal {
    reason: String,
    /// Whether Sigma has no such modifier.
    is_unknown: bool,
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self { reason, is_unknown: false }
    }
}

impl Modifiers {
    /// Splits the name of a field from its modifiers.
    pub(crate) fn of(name: &Name) -> Result<(&str, Self), Problem> {
        let mut words = name.text.split('|');
        let field = words.next().unwrap_or_default();
        let mut modifiers = Self {
            kind: Kind::Text(Part::Whole),
            all: false,
            negated: false,
            case: Case::Folded,
            expand: false,
            windash: false,
            encodings: Vec::new(),
        };
        let refused = |reason| Problem::at(name.place, reason);
        for word in words {
            modifiers.add(word).map_err(|refusal| {
                let problem = refused(format!("`{}`: {}", name.text, refusal.reason));
                if refusal.is_unknown { problem.into_error() } else { problem }
            })?;
        }
        modifiers.check().map_err(|reason| refused(format!("`{}`: {reason}", name.text)))?;
        Ok((field, modifiers))
    }

    fn add(&mut self, word: &str) -> Result<(), Refusal> {
        match word {
            "contains" => self.part(Part::Any)?,
            "startswith" => self.part(Part::Start)?,
            "endswith" => self.part(Part::End)?,
            "all" => self.all = true,
            "neq" => self.negated = true,
            "cased" => self.case = Case::Exact,
            "expand" => self.expand = true,
            "windash" => self.windash = true,
            // Sigma's expressions are those of PCRE.
            "re" => self.kind(Kind::Regex(Regex { posix_classes: true, ..Regex::default() }))?,
            "i" | "ignorecase" => self.flags(word)?.ignore_case = true,
            "m" | "multiline" => self.flags(word)?.multi_line = true,
            "s" | "dotall" => self.flags(word)?.dot_matches_line_end = true,
            "cidr" => self.kind(Kind::Network)?,
            "exists" => self.kind(Kind::Exists)?,
            "fieldref" => {
                self.kind = match self.kind {
                    Kind::Text(part) => Kind::Field(part),
                    _ => return Err("`fieldref` cannot follow the modifier before it".to_owned().into()),
                }
            }
            "lt" => self.kind(Kind::Order(Order::Less))?,
            "lte" => self.kind(Kind::Order(Order::LessOrEqual))?,
            "gt" => self.kind(Kind::Order(Order::Greater))?,
            "gte" => self.kind(Kind::Order(Order::GreaterOrEqual))?,
            "wide" | "utf16le" => self.encoding(Encoding::Utf16Le)?,
            "utf16be" => self.encoding(Encoding::Utf16Be)?,
            "utf16" => self.encoding(Encoding::Utf16)?,
            "base64" => self.encoding(Encoding::Base64)?,
            "base64offset" => self.encoding(Encoding::Base64Offset)?,
            _ if UNSUPPORTED.contains(&word) => {
                return Err(format!("the modifier `{word}` is not supported").into());
            }
            _ => {
                let reason = format!("there is no modifier `{word}`");
                return Err(Refusal { reason, is_unknown: true });
            }
        }
        Ok(())
    }

    fn part(&mut self, part: Part) -> Result<(), String> {
        match &mut self.kind {
            Kind::Text(known @ Part::Whole) | Kind::Field(known @ Part::Whole) => *known = part,
            _ => return Err("these modifiers exclude each other".into()),
        }
        Ok(())
    }

    fn kind(&mut self, kind: Kind) -> Result<(), String> {
        if self.kind != Kind::Text(Part::Whole) {
            return Err("these modifiers exclude each other".into());
        }
        self.kind = kind;
        Ok(())
    }

    /// Adds an encoding. Each makes a text two or three times as long.
    fn encoding(&mut self, encoding: Encoding) -> Result<(), String> {
        if self.encodings.len() >= MAXIMUM_ENCODINGS {
            return Err(format!("a value can be encoded at most {MAXIMUM_ENCODINGS} times"));
        }
        self.encodings.push(encoding);
        Ok(())
    }

    fn flags(&mut self, word: &str) -> Result<&mut Regex, String> {
        match &mut self.kind {
            Kind::Regex(regex) => Ok(regex),
            _ => Err(format!("`{word}` must follow `re`")),
        }
    }

    /// Refuses what has no meaning together.
    fn check(&self) -> Result<(), String> {
        let is_text = matches!(self.kind, Kind::Text(_));
        if !is_text && (self.windash || !self.encodings.is_empty()) {
            return Err("only texts can be encoded, or have dashes".into());
        }
        if !is_text && self.expand && !matches!(self.kind, Kind::Network) {
            return Err("only texts and networks can have placeholders".into());
        }
        if self.case == Case::Exact && !matches!(self.kind, Kind::Text(_) | Kind::Field(_)) {
            return Err("`cased` needs a text".into());
        }
        let last = self.encodings.last();
        if last.is_some_and(|last| !matches!(last, Encoding::Base64 | Encoding::Base64Offset)) {
            return Err("`base64` or `base64offset` must follow UTF-16".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Place;

    fn of(text: &str) -> Result<Modifiers, String> {
        let name = Name { place: Place { line: 1, column: 1 }, text: text.into() };
        Modifiers::of(&name).map(|(_, modifiers)| modifiers).map_err(|problem| problem.reason)
    }

    #[test]
    fn modifiers_are_understood_or_refused() {
        assert_eq!(of("a|contains|all").unwrap().kind, Kind::Text(Part::Any));
        assert_eq!(of("a|startswith|fieldref").unwrap().kind, Kind::Field(Part::Start));
        assert_eq!(of("a|fieldref|endswith").unwrap().kind, Kind::Field(Part::End));
        assert_eq!(of("a|wide|base64offset|contains").unwrap().encodings.len(), 2);
        for (text, reason) in [
            ("a|containz", "`a|containz`: there is no modifier `containz`"),
            ("a|hour|gt", "`a|hour|gt`: the modifier `hour` is not supported"),
            ("a|i", "`a|i`: `i` must follow `re`"),
            ("a|contains|startswith", "`a|contains|startswith`: these modifiers exclude each other"),
            ("a|re|contains", "`a|re|contains`: these modifiers exclude each other"),
            ("a|wide", "`a|wide`: `base64` or `base64offset` must follow UTF-16"),
            ("a|cidr|cased", "`a|cidr|cased`: `cased` needs a text"),
            (
                "a|wide|wide|wide|wide|base64",
                "`a|wide|wide|wide|wide|base64`: a value can be encoded at most 4 times",
            ),
            ("a|re|windash", "`a|re|windash`: only texts can be encoded, or have dashes"),
        ] {
            assert_eq!(of(text), Err(reason.into()));
        }
    }
}
