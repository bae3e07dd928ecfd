//! A formatter of Plaso: how the values of a data type become a message.

use events::EventLogTexts;

use super::custom::{Custom, custom};
use super::helpers::Helper;
use super::python::Template;
use super::values::Values;
use super::yaml::Node;
use crate::show::MAXIMUM_MESSAGE;

/// A formatter.
#[derive(Debug, Clone)]
pub(super) struct Formatter {
    helpers: Vec<Helper>,
    custom: Vec<Custom>,
    pieces: Vec<Piece>,
    separator: String,
}

/// A part of a message.
#[derive(Debug, Clone)]
struct Piece {
    template: Template,
    /// The values without which the piece is left out.
    conditions: Vec<String>,
}

impl Formatter {
    /// Reads a formatter, and the data type in lower case that it is for.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn of(node: &Node) -> Result<(String, Self), String> {
        let text = |key| node.get(key).and_then(Node::text);
        let data_type = text("data_type").ok_or("a formatter has no data_type")?.to_lowercase();
        let of_type = |problem: String| format!("the formatter of {data_type}: {problem}");
        let message = node.get("message").ok_or_else(|| of_type("it has no message".into()))?;
        let (pieces, separator): (Vec<_>, _) = match text("type") {
            Some("basic") => (vec![Piece::basic(message)], ""),
            Some("conditional") => {
                (message.members().iter().map(Piece::conditional).collect(), text("separator").unwrap_or(" "))
            }
            _ => return Err(of_type("its type is neither basic nor conditional".into())),
        };
        let mut customs = Vec::new();
        for helper in node.get("custom_helpers").map_or(&[][..], Node::members) {
            let identifier = helper.get("identifier").and_then(Node::text);
            let identifier =
                identifier.ok_or_else(|| of_type("one of its custom_helpers has no identifier".into()))?;
            // psort passes over helpers that it does not know, too.
            customs.extend(custom(identifier));
        }
        let formatter = Self {
            helpers: Helper::of(node).map_err(of_type)?,
            custom: customs,
            pieces: pieces.into_iter().collect::<Result<_, _>>().map_err(of_type)?,
            separator: separator.to_owned(),
        };
        Ok((data_type, formatter))
    }

    /// Adds what the helpers make of the values.
    fn help(&self, values: &mut Values<'_, '_>, texts: &EventLogTexts) {
        for helper in &self.helpers {
            if values.are_used_up() {
                return;
            }
            helper.apply(values);
        }
        self.custom.iter().for_each(|helper| helper(values, texts));
    }

    /// Returns the message of an event.
    pub(super) fn message(&self, mut values: Values<'_, '_>, texts: &EventLogTexts) -> String {
        self.help(&mut values, texts);
        let mut out = String::new();
        let mut is_first = true;
        for Piece { template, conditions } in &self.pieces {
            if out.len() > MAXIMUM_MESSAGE || values.are_used_up() {
                break;
            }
            if conditions.iter().any(|name| values.get(name).is_none()) {
                continue;
            }
            if !std::mem::take(&mut is_first) {
                out.push_str(&self.separator);
            }
            if !template.write(&mut out, |name| values.get(name)) {
                return one_line(&values.in_words());
            }
        }
        one_line(&out)
    }
}

impl Piece {
    fn basic(message: &Node) -> Result<Self, String> {
        let text = message.text().ok_or("its message is not a text")?;
        Ok(Self { template: Template::parse(text)?, conditions: Vec::new() })
    }

    /// psort fails at an event if a piece names several attributes. Here it needs all of them.
    fn conditional(piece: &Node) -> Result<Self, String> {
        let text = piece.text().ok_or("a part of its message is not a text")?;
        let template = Template::parse(text)?;
        let conditions = template.names().map(str::to_owned).collect();
        Ok(Self { template, conditions })
    }
}

/// Removes the ends of lines, as psort does.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::super::size::MAXIMUM_READ;
    use super::super::yaml;
    use super::*;
    use crate::Attributes;

    /// A helper that has no word for a value keeps a copy of it.
    #[test]
    fn helpers_keep_copies_up_to_a_size() {
        const LENGTH: usize = 1 << 20;
        let helper =
            |number| format!("- {{input_attribute: a, output_attribute: b{number}, values: {{1: 'one'}}}}\n");
        let helpers: String = (0..100).map(helper).collect();
        let yaml = format!(
            "type: basic\ndata_type: t\nenumeration_helpers:\n{helpers}message: '{{b0:.1}}{{b99}}'\n"
        );
        let (_, formatter) = Formatter::of(&yaml::documents(&yaml).unwrap()[0]).unwrap();
        let json = format!(r#"{{"data_type": "t", "a": "{}"}}"#, "x".repeat(LENGTH));
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        let mut values = Values::new(&attributes);
        formatter.help(&mut values, &EventLogTexts::default());
        assert!(values.are_used_up());
        let kept = (0..100).filter(|number| values.get(&format!("b{number}")).is_some()).count();
        assert!(kept > 0 && kept <= MAXIMUM_READ / LENGTH, "{kept}");
    }
}
