//! One entry of a selection: a field with its modifiers and values, or keywords.

use filter::Number;
use filter::condition::{Case, Check, Network, Order, Part, Piece};

use crate::budget::{Budget, TEST};
use crate::detection::{Detection, Test};
use crate::encoding::encoded;
use crate::modifiers::{Encoding, Kind, Modifiers};
use crate::placeholders::Placeholders;
use crate::problem::{Place, Problem};
use crate::text;
use crate::yaml::{Name, Node, Value};

/// The shortest form of a value in Base64 that says something: that of three bytes.
const SHORTEST_FORM: usize = 3;

/// Reads an entry. An entry without a key, or with a key without a name, is about keywords.
pub(crate) fn item(key: Option<&Name>, value: &Node, unfolding: Unfolding<'_>) -> Result<Detection, Problem> {
    let anonymous = Name { place: value.place, text: String::new() };
    let (field, modifiers) = Modifiers::of(key.unwrap_or(&anonymous))?;
    let field = (!field.is_empty()).then(|| field.to_owned());
    if field.is_none() && matches!(modifiers.kind, Kind::Exists | Kind::Field(_)) {
        return Err(Problem::wrong(value.place, "this modifier needs the name of a field".into()));
    }
    let reader = ItemReader { field, modifiers, unfolding };
    let mut values = Vec::new();
    for value in value.list() {
        values.extend(reader.alternatives(value)?);
    }
    if values.is_empty() {
        return Err(Problem::wrong(value.place, "a list of values is empty".into()));
    }
    let Modifiers { all, negated, .. } = reader.modifiers;
    let joined = if all { Detection::all(values) } else { Detection::any(values) };
    Ok(if negated { joined.negated() } else { joined })
}

/// What values may stand for, and how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unfolding<'k> {
    pub(crate) known: &'k Placeholders,
    pub(crate) budget: &'k Budget,
}

struct ItemReader<'k> {
    field: Option<String>,
    modifiers: Modifiers,
    unfolding: Unfolding<'k>,
}

impl ItemReader<'_> {
    /// Returns a condition for each value that this value stands for. It may have placeholders for
    /// several.
    fn alternatives(&self, value: &Node) -> Result<Vec<Detection>, Problem> {
        let refused = |reason| Err(Problem::at(value.place, reason));
        if let Value::List(_) | Value::Map(_) = value.value {
            let reason = "expected a value, found a list or a map".into();
            return Err(Problem::wrong(value.place, reason));
        }
        if let Value::Null = value.value {
            let is_plain = self.modifiers.kind == Kind::Text(Part::Whole) && self.field.is_some();
            return if is_plain {
                Ok(vec![self.test(Check::Exists, value.place).negated()])
            } else {
                refused("`null` needs a field without these modifiers".into())
            };
        }
        if let (Kind::Exists, Value::Boolean(exists)) = (&self.modifiers.kind, &value.value) {
            let test = self.test(Check::Exists, value.place);
            return Ok(vec![if *exists { test } else { test.negated() }]);
        }
        if let (Kind::Text(Part::Whole), Value::Number(written), Some(_)) =
            (&self.modifiers.kind, &value.value, &self.field)
            && self.modifiers.encodings.is_empty()
        {
            return Ok(vec![self.test(number_check(written, value.place)?, value.place)]);
        }
        let text = value.text().unwrap_or_default();
        self.take(TEST + text.len()).map_err(|reason| Problem::at(value.place, reason))?;
        if !self.modifiers.expand {
            return self.of_text(text, value.place);
        }
        let expanded = self
            .unfolding
            .known
            .expand(text, self.unfolding.budget)
            .map_err(|reason| Problem::at(value.place, reason))?;
        let mut all = Vec::new();
        for text in expanded {
            all.extend(self.of_text(&text, value.place)?);
        }
        Ok(if self.modifiers.all { vec![Detection::any(all)] } else { all })
    }

    fn of_text(&self, text: &str, place: Place) -> Result<Vec<Detection>, Problem> {
        let refused = |reason: String| Problem::at(place, reason);
        // A placeholder that stands for a wrong value does not make the rule wrong.
        let is_of_rule = !self.modifiers.expand;
        let broken = |reason| if is_of_rule { refused(reason).into_error() } else { refused(reason) };
        let check = match &self.modifiers.kind {
            Kind::Text(part) => return self.of_pieces(text, *part, place).map_err(refused),
            Kind::Regex(flags) => {
                Check::Regex(filter::condition::Regex { pattern: text.into(), ..flags.clone() })
            }
            Kind::Network => {
                let network: Result<Network, _> = text.parse();
                Check::Network(network.map_err(|error| broken(format!("`{text}`: {error}")))?)
            }
            Kind::Exists => return Err(broken("`exists` needs `true` or `false`".into())),
            Kind::Field(part) => Check::Attribute(*part, text.into(), self.modifiers.case),
            Kind::Order(order) => Check::Number(*order, number(text).ok_or_else(|| broken(no_number(text)))?),
        };
        Ok(vec![self.test(check, place)])
    }

    /// Returns the conditions for a text with wildcards. If it has several forms and the field must
    /// have all values, one form of each suffices.
    fn of_pieces(&self, text: &str, part: Part, place: Place) -> Result<Vec<Detection>, String> {
        let mut forms = vec![text::pieces(text)];
        if self.modifiers.windash {
            forms = forms
                .iter()
                .map(|form| text::with_dashes(form, self.unfolding.budget))
                .collect::<Result<Vec<_>, _>>()?
                .concat();
        }
        if !self.modifiers.encodings.is_empty() {
            let longest = self.modifiers.encodings.iter().fold(1, |longest, next| longest * next.growth());
            self.take(forms.len() * (TEST + text.len() * longest))?;
            forms = forms
                .iter()
                .map(|form| encoded(form, &self.modifiers.encodings))
                .collect::<Result<Vec<_>, _>>()?
                .concat();
        }
        // Keywords may stand anywhere in a value.
        let part = if self.field.is_none() && part == Part::Whole { Part::Any } else { part };
        let is_vague = part == Part::Any && self.is_vague(&forms);
        let test = |pieces: Vec<Piece>| {
            let check = text::check(pieces, part, self.modifiers.case);
            Detection::Test(Test { field: self.field.clone(), check, place, is_vague })
        };
        let tests: Vec<_> = forms.into_iter().map(test).collect();
        Ok(if self.modifiers.all { vec![Detection::any(tests)] } else { tests })
    }

    /// Returns whether one of the forms of a value in Base64 is so short that nearly every text in
    /// Base64 has it.
    fn is_vague(&self, forms: &[Vec<Piece>]) -> bool {
        let is_short = |form: &Vec<Piece>| match form.as_slice() {
            [] => true,
            [Piece::Text(text)] => text.len() < SHORTEST_FORM,
            _ => false,
        };
        self.modifiers.encodings.contains(&Encoding::Base64Offset) && forms.iter().any(is_short)
    }

    /// Counts what will be made of a value, with the name of the field in each test.
    fn take(&self, bytes: usize) -> Result<(), String> {
        self.unfolding.budget.take(bytes + self.field.as_ref().map_or(0, String::len))
    }

    fn test(&self, check: Check, place: Place) -> Detection {
        Detection::Test(Test { field: self.field.clone(), check, place, is_vague: false })
    }
}

/// Returns the check of a number. A whole number in its usual form is compared as a text, which
/// finds the same values, and finds them faster.
fn number_check(written: &str, place: Place) -> Result<Check, Problem> {
    let number = number(written).ok_or_else(|| Problem::at(place, no_number(written)))?;
    Ok(match number {
        Number::Integer(number) if number.to_string() == written => {
            Check::Text(Part::Whole, written.into(), Case::Folded)
        }
        _ => Check::Number(Order::Equal, number),
    })
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok().map(Number::Integer);
    }
    let integer = text.parse().ok().map(Number::Integer);
    integer.or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()).map(Number::Float))
}

fn no_number(text: &str) -> String {
    format!("expected a number, found `{text}`")
}
