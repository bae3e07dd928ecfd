//! The meaning of rules, written as simply as can be, without the code under test: a rule is
//! interpreted on the names and values of a record.

use super::rule::{Atom, Check, Condition, Item, Part, Record, Rule, Selection, Source, Times, Value, What};

/// The names and values of a record.
type Fields<'r> = Vec<(&'r str, String)>;

impl Rule {
    /// Returns whether the rule matches a record.
    pub(crate) fn matches(&self, record: &Record) -> bool {
        self.source.has(record) && self.condition.holds(&self.selections, &record.named(self.source))
    }
}

impl Source {
    /// Returns whether it means a record.
    pub(crate) fn has(self, record: &Record) -> bool {
        let (security, sysmon) = ("Security", "Microsoft-Windows-Sysmon/Operational");
        match self {
            Self::Windows => true,
            Self::Security => record.channel == security,
            Self::ProcessCreation => {
                [(sysmon, 1), (security, 4688)].contains(&(record.channel, record.event_id))
            }
        }
    }
}

impl Record {
    /// Returns the names and values that rules for a log source see.
    pub(crate) fn named(&self, source: Source) -> Fields<'_> {
        let mut fields: Fields<'_> = vec![
            ("Provider_Name", "P".into()),
            ("EventID", self.event_id.to_string()),
            ("Channel", self.channel.into()),
        ];
        for (name, value) in &self.fields {
            let value = without_zeros(value);
            match (source, self.event_id, *name) {
                // Rules ask for this field of the security log by Sysmon's name.
                (Source::ProcessCreation, 4688, "NewProcessName") => {
                    fields.push(("Image", value.clone()));
                    fields.push(("NewProcessName", value));
                }
                (Source::ProcessCreation, 4688, "Image") => fields.push(("(no rule asks for it)", value)),
                (_, _, name) => fields.push((name, value)),
            }
        }
        fields
    }
}

/// Windows writes `0x1410`; Plaso stores `0x00001410`.
fn without_zeros(value: &str) -> String {
    match value.strip_prefix("0x0") {
        Some(digits) if digits.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) => {
            let number = u64::from_str_radix(&format!("0{digits}"), 16).unwrap();
            format!("{number:#x}")
        }
        _ => value.into(),
    }
}

impl Condition {
    fn holds(&self, selections: &[(&'static str, Selection)], fields: &Fields<'_>) -> bool {
        let named = |pattern: &str| -> Vec<bool> {
            let is_meant = |name: &str| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => pattern == "them",
            };
            let meant = selections.iter().filter(|(name, _)| is_meant(name));
            meant.map(|(_, selection)| selection.holds(fields)).collect()
        };
        match self {
            Self::Selection(number) => selections[*number].1.holds(fields),
            Self::OneOf(pattern) => named(pattern).contains(&true),
            Self::AllOf(pattern) => !named(pattern).contains(&false),
            Self::Not(one) => !one.holds(selections, fields),
            Self::And(all) => all.iter().all(|one| one.holds(selections, fields)),
            Self::Or(all) => all.iter().any(|one| one.holds(selections, fields)),
        }
    }
}

impl Selection {
    fn holds(&self, fields: &Fields<'_>) -> bool {
        let all_hold = |items: &[Item]| items.iter().all(|item| item.holds(fields));
        match self {
            Self::Items(items) => all_hold(items),
            Self::OneOf(maps) => maps.iter().any(|items| all_hold(items)),
            Self::Keywords { all, values } => {
                let is_there = |keyword: &String| {
                    let pattern = in_part(tokens(keyword), Part::Any);
                    fields.iter().any(|(_, value)| is_like(&pattern, value, false))
                };
                if *all { values.iter().all(is_there) } else { values.iter().any(is_there) }
            }
        }
    }
}

impl Item {
    fn holds(&self, fields: &Fields<'_>) -> bool {
        let own: Vec<&str> =
            fields.iter().filter(|(name, _)| *name == self.field).map(|(_, value)| value.as_str()).collect();
        let holds = |value: &Value| match value {
            Value::Null => own.is_empty(),
            Value::Truth(exists) => own.is_empty() != *exists,
            value => own.iter().any(|own| self.check.holds(value, own, fields)),
        };
        let is_met = if self.all { self.values.iter().all(holds) } else { self.values.iter().any(holds) };
        is_met != self.negated
    }
}

impl Check {
    fn holds(&self, wanted: &Value, found: &str, fields: &Fields<'_>) -> bool {
        match (self, wanted) {
            (Self::Text { part: Part::Whole, encodings, .. }, Value::Number(written))
                if encodings.is_empty() =>
            {
                // `5` is as it is written, and `05` is any 5.
                match written.parse::<i64>() {
                    Ok(number) if number.to_string() == *written => found == *written,
                    _ => number(found) == number(written),
                }
            }
            (Self::Text { .. }, Value::Number(written)) => self.holds_text(written, found),
            (Self::Text { .. }, Value::Text(wanted)) => self.holds_text(wanted, found),
            (Self::Regex { ignore_case, multi_line, dot_all }, Value::Pattern(alternatives)) => {
                let searched = Searched {
                    text: found.chars().collect(),
                    ignore_case: *ignore_case,
                    multi_line: *multi_line,
                    dot_all: *dot_all,
                };
                alternatives.iter().any(|atoms| searched.has(atoms))
            }
            (Self::Number(order), Value::Number(wanted)) => {
                let (Some(found), Some(wanted)) = (number(found), number(wanted)) else { return false };
                match *order {
                    "lt" => found < wanted,
                    "lte" => found <= wanted,
                    "gt" => found > wanted,
                    _ => found >= wanted,
                }
            }
            (Self::Network, Value::Text(network)) => {
                let (address, length) = network.split_once('/').unwrap();
                let start = |address: &str| Some(bits(address)?[..length.parse().unwrap()].to_owned());
                start(found).is_some_and(|found| Some(found) == start(address))
            }
            (Self::Field(part), Value::Text(other)) => {
                let others = fields.iter().filter(|(name, _)| name == other).map(|(_, value)| folded(value));
                let found = folded(found);
                others.into_iter().any(|other| match part {
                    Part::Whole => found == other,
                    Part::Start => found.starts_with(&other),
                    Part::End => found.ends_with(&other),
                    Part::Any => found.contains(&other),
                })
            }
            (check, wanted) => panic!("{check:?} with {wanted:?}"),
        }
    }

    fn holds_text(&self, wanted: &str, found: &str) -> bool {
        let Self::Text { part, cased, windash, encodings } = self else { panic!() };
        let forms = match &encodings[..] {
            [] => vec![tokens(wanted)],
            encodings => {
                encoded(wanted, encodings).iter().map(|text| text.chars().map(Token::Is).collect()).collect()
            }
        };
        forms.into_iter().any(|mut pattern| {
            if *windash {
                dashed(&mut pattern);
            }
            is_like(&in_part(pattern, *part), found, *cased)
        })
    }
}

/// A part of a text with wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Is(char),
    Dash,
    AnyOne,
    AnyText,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest: Vec<char> = text.chars().rev().collect();
    while let Some(c) = rest.pop() {
        tokens.push(match (c, rest.last()) {
            ('\\', Some('*' | '?' | '\\')) => Token::Is(rest.pop().unwrap()),
            ('*', _) => Token::AnyText,
            ('?', _) => Token::AnyOne,
            (c, _) => Token::Is(c),
        });
    }
    tokens
}

fn dashed(tokens: &mut [Token]) {
    let is_of_word =
        |token: Option<&Token>| matches!(token, Some(Token::Is(c)) if c.is_alphanumeric() || *c == '_');
    let before = tokens.to_vec();
    for (at, token) in tokens.iter_mut().enumerate() {
        let follows_word = at > 0 && is_of_word(before.get(at - 1));
        if matches!(token, Token::Is('-' | '/')) && !follows_word && is_of_word(before.get(at + 1)) {
            *token = Token::Dash;
        }
    }
}

fn in_part(mut tokens: Vec<Token>, part: Part) -> Vec<Token> {
    if matches!(part, Part::End | Part::Any) {
        tokens.insert(0, Token::AnyText);
    }
    if matches!(part, Part::Start | Part::Any) {
        tokens.push(Token::AnyText);
    }
    tokens
}

fn is_like(pattern: &[Token], text: &str, cased: bool) -> bool {
    let fold = |text: String| if cased { text } else { folded(&text) };
    let pattern: Vec<Token> = pattern
        .iter()
        .flat_map(|token| match token {
            Token::Is(c) => fold(c.to_string()).chars().map(Token::Is).collect(),
            other => vec![*other],
        })
        .collect();
    let text: Vec<char> = fold(text.to_owned()).chars().collect();
    is_like_from(&pattern, &text)
}

fn is_like_from(pattern: &[Token], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        ([Token::AnyText, rest @ ..], text) => (0..=text.len()).any(|from| is_like_from(rest, &text[from..])),
        ([Token::AnyOne, rest @ ..], [_, others @ ..]) => is_like_from(rest, others),
        ([Token::Dash, rest @ ..], ['-' | '/' | '–' | '—' | '―', others @ ..]) => {
            is_like_from(rest, others)
        }
        ([Token::Is(wanted), rest @ ..], [c, others @ ..]) if wanted == c => is_like_from(rest, others),
        _ => false,
    }
}

fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

fn number(text: &str) -> Option<f64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).ok().map(f64::from);
    }
    text.parse().ok()
}

fn bits(address: &str) -> Option<String> {
    let parts: Vec<u8> = address.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    (parts.len() == 4).then(|| parts.iter().map(|part| format!("{part:08b}")).collect())
}

/// Returns the forms of an encoded text.
fn encoded(text: &str, encodings: &[&str]) -> Vec<String> {
    let mut bytes = text.as_bytes().to_vec();
    for encoding in encodings {
        match *encoding {
            "wide" => bytes = bytes.into_iter().flat_map(|byte| [byte, 0]).collect(),
            "utf16be" => bytes = bytes.into_iter().flat_map(|byte| [0, byte]).collect(),
            "base64" => {
                let mut text = base64(&bytes, 0, true);
                while !text.len().is_multiple_of(4) {
                    text.push('=');
                }
                return vec![text];
            }
            _ => return (0..3).map(|offset| base64(&bytes, offset, false)).collect(),
        }
    }
    panic!("not text");
}

/// Returns the characters of Base64 all of whose bits are known, if `offset` unknown bytes stand
/// before these. At the end, unknown bits are 0 if the text ends there.
fn base64(bytes: &[u8], offset: usize, ends: bool) -> String {
    let mut bits: Vec<Option<bool>> = vec![None; 8 * offset];
    bits.extend(bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| Some(byte >> bit & 1 == 1))));
    while ends && !bits.len().is_multiple_of(6) {
        bits.push(Some(false));
    }
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let character = |bits: &[Option<bool>]| {
        let known: Option<Vec<bool>> = bits.iter().copied().collect();
        let number = known?.into_iter().fold(0, |number, bit| 2 * number + usize::from(bit));
        Some(char::from(alphabet[number]))
    };
    bits.chunks_exact(6).filter_map(character).collect()
}

/// A text that is searched for a regular expression.
struct Searched {
    text: Vec<char>,
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
}

impl Searched {
    fn has(&self, atoms: &[Atom]) -> bool {
        (0..=self.text.len()).any(|from| self.is_at(from, atoms))
    }

    fn is_at(&self, at: usize, atoms: &[Atom]) -> bool {
        let Some((atom, rest)) = atoms.split_first() else { return true };
        match atom.what {
            What::Start => {
                let is_start = at == 0 || self.multi_line && self.text[at - 1] == '\n';
                return is_start && self.is_at(at, rest);
            }
            What::End => {
                let left = &self.text[at..];
                let is_end = matches!(left, [] | ['\n']) || self.multi_line && left[0] == '\n';
                return is_end && self.is_at(at, rest);
            }
            _ => {}
        }
        let one = || self.text.get(at).is_some_and(|c| self.is_one(atom.what, *c));
        match atom.times {
            Times::Once => one() && self.is_at(at + 1, rest),
            Times::Maybe => self.is_at(at, rest) || one() && self.is_at(at + 1, rest),
            Times::AnyNumber => self.is_at(at, rest) || one() && self.is_at(at + 1, atoms),
            Times::Often => {
                let more = Atom { times: Times::AnyNumber, ..atom.clone() };
                let atoms: Vec<_> = [more].into_iter().chain(rest.iter().cloned()).collect();
                one() && self.is_at(at + 1, &atoms)
            }
        }
    }

    fn is_one(&self, what: What, c: char) -> bool {
        let is = |wanted: char| wanted == c || self.ignore_case && wanted.to_lowercase().eq(c.to_lowercase());
        match what {
            What::Character(wanted) => is(wanted),
            What::Class(characters) => characters.chars().any(is),
            What::NoneOf(characters) => !characters.chars().any(is),
            What::Any => self.dot_all || c != '\n',
            What::Start | What::End => false,
        }
    }
}
