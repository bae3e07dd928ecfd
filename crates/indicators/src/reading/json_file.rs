//! JSON files: recognises which format one has.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{Failed, Lines, Text, each_element, each_member, has_ending_of_json, reason};
use crate::misp;
use crate::model::{Full, Indicators};
use crate::stix;

/// How deep `response` may be nested.
const MAXIMUM_DEPTH: u32 = 4;

/// How many elements of an array that cannot be used are named. The rest is counted.
const MOST_NAMED: usize = 1_000;

/// Why JSON of no known format is not read.
const OF_NO_FORMAT: &str = "it is JSON, but neither of MISP nor of STIX";

/// The top of a JSON file, in all formats.
#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default, rename = "Event")]
    event: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "Attribute")]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    format_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    objects: Option<&'a RawValue>,
    #[serde(borrow, default)]
    matching_attributes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pattern: Option<&'a RawValue>,
}

/// Why JSON is not read.
enum Unread {
    Full,
    No(String),
}

impl From<Full> for Unread {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Self::No(malformed(&error))
    }
}

impl From<Failed<Unread>> for Unread {
    fn from(failed: Failed<Self>) -> Self {
        match failed {
            Failed::Json(error) => Self::No(format!("its JSON is malformed: {}", reason(&error))),
            Failed::Visit(unread) => unread,
        }
    }
}

/// Reads a JSON file. Returns why it is no list.
pub(super) fn read_json(
    name: &str,
    text: &str,
    feeds: &mut Vec<FeedFile>,
    to: &mut Indicators,
) -> Result<Result<(), String>, Full> {
    let top = match serde_json::from_str::<&RawValue>(text) {
        Ok(top) => top,
        // A file that is cut off is no other one that may be passed over in a folder.
        Err(error) if has_ending_of_json(name) => {
            to.add_problem_of_file(name, malformed(&error));
            return Ok(Ok(()));
        }
        Err(error) => return Ok(Err(malformed(&error))),
    };
    let mut reader = JsonReader { name, lines: Lines::new(text), feeds, to };
    match reader.read_top(top, 0) {
        Ok(()) => Ok(Ok(())),
        Err(Unread::Full) => Err(Full),
        Err(Unread::No(reason)) => Ok(Err(reason)),
    }
}

fn malformed(error: &serde_json::Error) -> String {
    format!("its JSON is malformed: {error}")
}

/// A file that the table of contents of a MISP feed names.
pub(super) struct FeedFile {
    /// The table of contents.
    pub(super) table: String,
    /// The file with an event.
    pub(super) event: String,
}

struct JsonReader<'r, 't> {
    name: &'r str,
    lines: Lines<'t>,
    feeds: &'r mut Vec<FeedFile>,
    to: &'r mut Indicators,
}

impl JsonReader<'_, '_> {
    fn read_top(&mut self, value: &RawValue, depth: u32) -> Result<(), Unread> {
        if depth > MAXIMUM_DEPTH {
            return Err(Unread::No("its answers are nested too deep".into()));
        }
        if value.get().starts_with('[') {
            return self.read_elements(value, depth);
        }
        let top: Top<'_> = serde_json::from_str(value.get())?;
        // A bundle may have members of its own, even those of MISP.
        if let Some(objects) = top.objects.filter(|_| top.kind.0 == "bundle") {
            return Ok(stix::read_bundle(self.name, objects, &self.lines, self.to)?);
        }
        if let Some(event) = top.event {
            // An attribute of a search result has its event, too, but only a few words of it.
            return Ok(misp::read_event(self.name, event, &self.lines, self.to)?);
        }
        // The `info` of an event of MISP is a text.
        let has_object = top.info.is_some_and(|info| info.get().starts_with('{'));
        if top.format_version.is_some() && has_object {
            return Err(Unread::No("it is a report of foreman".into()));
        }
        if let Some(response) = top.response {
            return self.read_top(response, depth + 1);
        }
        if top.info.is_some() {
            return Ok(misp::read_event(self.name, value, &self.lines, self.to)?);
        }
        if let Some(attributes) = top.attributes {
            return Ok(misp::read_attributes(self.name, attributes, &self.lines, self.to)?);
        }
        if let Some(objects) = top.objects {
            return Ok(stix::read_bundle(self.name, objects, &self.lines, self.to)?);
        }
        if top.pattern.is_some() {
            return Err(Unread::No("it is one object of STIX; name a bundle".into()));
        }
        if top.matching_attributes.is_some() {
            return Err(Unread::No("it is a warninglist of MISP; name it with --ioc-warninglists".into()));
        }
        self.read_contents_of_feed(value)
    }

    /// Reads an array: of events, of attributes, or of objects of STIX.
    fn read_elements(&mut self, array: &RawValue, depth: u32) -> Result<(), Unread> {
        match elements_of(array) {
            Elements::Attributes => Ok(misp::read_attributes(self.name, array, &self.lines, self.to)?),
            Elements::Objects => Ok(stix::read_bundle(self.name, array, &self.lines, self.to)?),
            Elements::Lists => self.read_lists(array, depth),
        }
    }

    /// Reads an array of events or of bundles, such as `jq --slurp` makes of several files. If at
    /// least one element is a list, each other one is a problem, and not the whole array.
    fn read_lists(&mut self, array: &RawValue, depth: u32) -> Result<(), Unread> {
        let mut has_list = false;
        let mut refused = Vec::new();
        let mut unnamed = 0_u64;
        each_element(array, |element| {
            let read = match element.get().starts_with('{') {
                true => self.read_top(element, depth + 1),
                false => Err(Unread::No(OF_NO_FORMAT.into())),
            };
            match read {
                Ok(()) => has_list = true,
                Err(Unread::Full) => return Err(Unread::Full),
                Err(Unread::No(_)) if refused.len() == MOST_NAMED => unnamed += 1,
                Err(Unread::No(reason)) => refused.push((self.lines.line_of(element.get()), reason)),
            }
            Ok(())
        })?;
        if !has_list {
            let first = refused.into_iter().next();
            return Err(Unread::No(first.map_or(OF_NO_FORMAT.into(), |(_, reason)| reason)));
        }
        for (line, reason) in refused {
            let reason = format!("an element of the array is not used: {reason}");
            self.to.add_problem_of_element(self.name, line, reason);
        }
        if unnamed > 0 {
            let reason = format!("{unnamed} more elements of the array are not used");
            self.to.add_problem_of_element(self.name, 0, reason);
        }
        Ok(())
    }

    /// Reads `manifest.json` of a feed: the titles of its events, by their UUIDs.
    fn read_contents_of_feed(&mut self, value: &RawValue) -> Result<(), Unread> {
        #[derive(Deserialize)]
        struct Entry<'a> {
            #[serde(borrow, default)]
            info: Option<&'a RawValue>,
        }
        let folder = self.name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let mut events = Vec::new();
        each_member(value, |uuid, entry| {
            let is_event = uuid.len() == 36
                && serde_json::from_str::<Entry<'_>>(entry.get()).is_ok_and(|entry| entry.info.is_some());
            if !is_event {
                return Err(Unread::No(OF_NO_FORMAT.into()));
            }
            events.push(FeedFile { table: self.name.to_owned(), event: format!("{folder}{uuid}.json") });
            Ok(())
        })?;
        if events.is_empty() {
            return Err(Unread::No("it has no indicators: it is an empty object".into()));
        }
        self.feeds.extend(events);
        self.to.add_other_file(self.name, "it is the table of contents of a MISP feed".into());
        Ok(())
    }
}

/// What an array has.
enum Elements {
    /// Attributes of MISP.
    Attributes,
    /// Objects of STIX.
    Objects,
    /// Events or bundles, or nothing that is known.
    Lists,
}

/// Returns what an array has, by its first element that tells.
fn elements_of(array: &RawValue) -> Elements {
    #[derive(Deserialize)]
    struct Element<'a> {
        #[serde(borrow, default, rename = "type")]
        kind: Text<'a>,
        #[serde(borrow, default)]
        value: Option<&'a RawValue>,
        #[serde(borrow, default)]
        to_ids: Option<&'a RawValue>,
        #[serde(borrow, default)]
        id: Option<&'a RawValue>,
        #[serde(borrow, default, rename = "Event")]
        event: Option<&'a RawValue>,
        #[serde(borrow, default)]
        info: Option<&'a RawValue>,
        #[serde(borrow, default)]
        response: Option<&'a RawValue>,
    }
    let mut elements = Elements::Lists;
    let _ = each_element(array, |element| {
        let Ok(element) = serde_json::from_str::<Element<'_>>(element.get()) else { return Ok(()) };
        elements = match element {
            // An attribute of a search result has its event, too.
            Element { value: Some(_), to_ids, id, .. } if to_ids.is_some() || id.is_none() => {
                Elements::Attributes
            }
            Element { event, info, response, .. }
                if event.or(info).or(response).is_some() || element.kind.0 == "bundle" =>
            {
                Elements::Lists
            }
            Element { id: Some(_), .. } if !element.kind.0.is_empty() => Elements::Objects,
            _ => return Ok(()),
        };
        Err(())
    });
    elements
}

#[cfg(test)]
mod tests;
