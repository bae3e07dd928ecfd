//! The document: elements, and the tree that they make.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::terms::{Condition, translate};
use crate::model::{Format, Full, Indicators, NewDetails};
use crate::regex::RegexCheck;
use crate::tree::{self, Origin, Tree};
use crate::words::{Switch, switch};

/// The maximum depth of conditions.
const MAXIMUM_DEPTH: usize = 32;

/// The longest text of an element, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// Reads a document. Returns `false` if it is XML of another format.
pub(crate) fn read_document(file: &str, text: &str, to: &mut Indicators) -> Result<bool, Full> {
    let mut document = Document { text, line: 1, counted: 0, ..Document::default() };
    document.regex_check = std::mem::take(to.regex_check());
    let read = document.read();
    *to.regex_check() = std::mem::take(&mut document.regex_check);
    if !document.is_openioc {
        return Ok(false);
    }
    let title = document.title.trim();
    to.begin_list(file, (!title.is_empty()).then(|| title.to_owned()), Format::OpenIoc)?;
    if let Err(reason) = read {
        to.add_problem(document.line, "", format!("the file cannot be read: {reason}"));
        return Ok(true);
    }
    if document.depth > 0 {
        let reason = "the file is cut: its last element is not closed; what is before the cut is used";
        to.add_problem(document.line, "", reason.into());
    }
    for line in document.empty {
        to.add_problem(line, "", "an `Indicator` has no conditions, and is passed over".into());
    }
    let details = to.details(&NewDetails::default())?;
    for (line, tree) in document.trees {
        tree::add(tree, Origin { line, details }, to)?;
    }
    Ok(true)
}

#[derive(Default)]
struct Document<'a> {
    text: &'a str,
    line: u32,
    /// The place up to which lines are counted.
    counted: usize,
    is_openioc: bool,
    /// The number of open elements.
    depth: usize,
    title: String,
    trees: Vec<(u32, Tree)>,
    /// The open `Indicator` elements.
    open: Vec<Operator>,
    /// The lines of those that had no conditions.
    empty: Vec<u32>,
    condition: Option<Condition>,
    /// Where the text of the current element belongs.
    target: Option<Target>,
    regex_check: RegexCheck,
}

/// An `Indicator` element: conditions joined by an operator.
struct Operator {
    name: String,
    line: u32,
    trees: Vec<Tree>,
    /// The documents that the conditions look at, such as `FileItem`.
    documents: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Title,
    Content,
}

impl Document<'_> {
    fn read(&mut self) -> Result<(), String> {
        let mut reader = Reader::from_str(self.text);
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            self.count_lines(reader.buffer_position() as usize);
            match event {
                Event::Start(element) => {
                    self.depth += 1;
                    self.start(&element)?;
                }
                Event::Empty(element) => {
                    self.start(&element)?;
                    self.end(element.local_name().as_ref());
                }
                Event::End(element) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.end(element.local_name().as_ref());
                }
                Event::Text(text) => self.add_text(&text)?,
                Event::CData(text) => self.add_text(&text)?,
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(character),
                        Ok(None) => predefined(&reference),
                        Err(error) => return Err(error.to_string()),
                    };
                    let Some(character) = resolved else {
                        return Err(format!("the entity `&{};` is not supported", &*reference));
                    };
                    self.add_text(character.encode_utf8(&mut [0; 4]))?;
                }
                Event::Eof => return self.finish(),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn finish(&self) -> Result<(), String> {
        if self.open.is_empty() { Ok(()) } else { Err("it ends in the middle of its conditions".into()) }
    }

    fn count_lines(&mut self, position: usize) {
        let between = self.text.as_bytes().get(self.counted..position).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.counted = position;
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        match element.local_name().as_ref() {
            "ioc" | "OpenIOC" => self.is_openioc = true,
            // Some exports have a list of documents in one file, each with its own title.
            "short_description" if self.title.is_empty() => self.target = Some(Target::Title),
            "Indicator" if self.is_openioc => {
                if self.open.len() == MAXIMUM_DEPTH {
                    return Err(format!("conditions are nested more than {MAXIMUM_DEPTH} deep"));
                }
                self.open.push(Operator {
                    name: attribute(element, "operator")?,
                    line: self.line,
                    trees: Vec::new(),
                    documents: Vec::new(),
                });
            }
            "IndicatorItem" if self.is_openioc => {
                self.condition = Some(Condition {
                    how: attribute(element, "condition")?,
                    negate: attribute(element, "negate")?,
                    preserves_case: switch(&attribute(element, "preserve-case")?) == Some(Switch::On),
                    line: self.line,
                    ..Condition::default()
                });
            }
            "Context" => {
                let term = attribute(element, "search")?;
                if let Some(condition) = &mut self.condition {
                    condition.term = term;
                }
            }
            "Content" => self.target = self.condition.is_some().then_some(Target::Content),
            _ => {}
        }
        Ok(())
    }

    fn add_text(&mut self, text: &str) -> Result<(), String> {
        let to = match (self.target, &mut self.condition) {
            (Some(Target::Title), _) => &mut self.title,
            (Some(Target::Content), Some(condition)) => &mut condition.content,
            _ => return Ok(()),
        };
        if to.len() + text.len() > LONGEST_TEXT {
            return Err(format!("a text is longer than {} KiB", LONGEST_TEXT >> 10));
        }
        to.push_str(text);
        Ok(())
    }

    fn end(&mut self, name: &str) {
        match name {
            "short_description" | "Content" => self.target = None,
            "IndicatorItem" => {
                if let Some(condition) = self.condition.take() {
                    let tree = match translate(&condition, &mut self.regex_check) {
                        Tree::Undecidable(undecidable) => Tree::Undecidable(undecidable.at(condition.line)),
                        tree => tree,
                    };
                    let document = condition.term.split('/').next().unwrap_or_default().to_owned();
                    self.add(condition.line, tree, vec![document]);
                }
            }
            "Indicator" => {
                match self.open.pop() {
                    // It neither holds nor fails, and would decide for all others.
                    Some(Operator { line, trees, .. }) if trees.is_empty() => self.empty.push(line),
                    Some(Operator { name, line, trees, documents }) => {
                        self.add(line, joined(&name, trees, &documents), documents);
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, line: u32, tree: Tree, documents: Vec<String>) {
        match self.open.last_mut() {
            Some(operator) => {
                operator.trees.push(tree);
                for document in documents {
                    if !operator.documents.contains(&document) {
                        operator.documents.push(document);
                    }
                }
            }
            None => self.trees.push((line, tree)),
        }
    }
}

/// Joins conditions by an operator.
fn joined(operator: &str, trees: Vec<Tree>, documents: &[String]) -> Tree {
    match &*operator.to_ascii_uppercase() {
        "AND" => all(trees, documents),
        "OR" | "" => Tree::Any(trees),
        _ => {
            let reason = format!("the operator `{operator}` is neither AND nor OR");
            Tree::undecidable(&tree::written(&Tree::All(trees)), reason)
        }
    }
}

/// Joins conditions by AND. OpenIOC asks for them on one computer. Here one event must meet them,
/// so they must be about things of which an event can have both.
fn all(trees: Vec<Tree>, documents: &[String]) -> Tree {
    let is_of_file = |document: &&String| matches!(document.as_str(), "FileItem" | "ProcessItem");
    let kinds = documents.len() - documents.iter().filter(is_of_file).count().saturating_sub(1);
    if kinds < 2 || trees.len() < 2 {
        return Tree::All(trees);
    }
    let reason = format!("AND of {} asks for several events", documents.join(" and "));
    Tree::undecidable(&tree::written(&Tree::All(trees)), reason)
}

/// Returns the value of an attribute, or the empty text.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<String, String> {
    let Some(attribute) = element.try_get_attribute(name).map_err(|error| error.to_string())? else {
        return Ok(String::new());
    };
    Ok(attribute.value.into_owned())
}

/// Returns the character that one of the five entities of XML stands for.
fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}
