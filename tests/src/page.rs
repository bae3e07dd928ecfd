//! Finds the elements of an HTML page.

use std::collections::BTreeMap;

/// The start tag of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The element's name, in lower case.
    pub name: String,
    /// The attributes. Their values are as written.
    pub attributes: BTreeMap<String, String>,
}

/// Elements whose text is not read as HTML.
const RAW: [&str; 2] = ["style", "script"];

/// Returns the start tags of all elements of a page, as a browser reads it.
#[must_use]
pub fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            found.push(Tag { name: "!--".into(), attributes: BTreeMap::new() });
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let tag = tag(&mut rest);
            if RAW.contains(&tag.name.as_str()) {
                let end = format!("</{}", tag.name);
                rest = rest.find(&end).map_or("", |at| &rest[at..]);
            }
            found.push(tag);
        }
    }
    found
}

/// Returns a page without the links from words to the legend, so that a test finds the words.
///
/// # Panics
///
/// If such a link has no end.
#[must_use]
pub fn without_word_links(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, link)) = rest.split_once("<a href=\"#w-") {
        let (word, behind) = link.split_once('>').unwrap().1.split_once("</a>").unwrap();
        plain.push_str(before);
        plain.push_str(word);
        rest = behind;
    }
    plain + rest
}

/// Reads the text after `<` up to `>`. A `>` within quotation marks does not count.
fn tag(rest: &mut &str) -> Tag {
    let is_name_end = |c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/' | '=');
    let name = take(rest, is_name_end).to_ascii_lowercase();
    let mut attributes = BTreeMap::new();
    loop {
        take(rest, |c| !(c.is_ascii_whitespace() || c == '/'));
        let attribute = take(rest, is_name_end).to_ascii_lowercase();
        take(rest, |c| !c.is_ascii_whitespace());
        let Some(value) = rest.strip_prefix('=') else {
            if attribute.is_empty() {
                break;
            }
            attributes.insert(attribute, String::new());
            continue;
        };
        *rest = value.trim_ascii_start();
        let quoted = ['"', '\''].into_iter().find_map(|quote| Some((quote, rest.strip_prefix(quote)?)));
        let value = if let Some((quote, value)) = quoted {
            let (value, behind) = value.split_once(quote).unwrap_or((value, ""));
            *rest = behind;
            value
        } else {
            take(rest, |c| c.is_ascii_whitespace() || c == '>')
        };
        attributes.insert(attribute, value.to_owned());
    }
    take(rest, |c| c != '>');
    Tag { name, attributes }
}

/// Cuts off and returns the text before the first such character.
fn take<'h>(rest: &mut &'h str, until: impl Fn(char) -> bool) -> &'h str {
    let (taken, behind) = rest.split_at(rest.find(until).unwrap_or(rest.len()));
    *rest = behind;
    taken
}
