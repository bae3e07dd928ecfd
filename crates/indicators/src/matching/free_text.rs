//! Values of indicators anywhere in texts for people, at the boundaries of their kind.

use filter::ManyTexts;

use crate::matching::error::BuildError;
use crate::matching::index::{Index, Scratch};
use crate::matching::paths::Rule;
use crate::meaning::text::fold_into;
use crate::model::{IndicatorId, Indicators, Kind};

/// How many bytes of names and paths are searched for. An automaton takes some tens of bytes for
/// each.
const MAXIMUM_SEARCHED: usize = 16 << 20;

/// The kinds whose values are searched for as they are. Names of services, tasks and accounts are
/// not: they are usual words.
const SEARCHED: [Kind; 6] =
    [Kind::FileName, Kind::UserAgent, Kind::CommandLine, Kind::Pipe, Kind::Mutex, Kind::RegistryValue];

/// The search in texts.
#[derive(Debug)]
pub(super) struct FreeText {
    automaton: Option<ManyTexts>,
    /// For each text of the automaton.
    searched: Vec<Searched>,
}

#[derive(Debug, Clone, Copy)]
struct Searched {
    id: IndicatorId,
    rule: Option<Rule>,
    /// Whether there may be a `/` before it.
    is_of_path: bool,
}

impl FreeText {
    pub(super) fn new(index: &Index) -> Result<Self, BuildError> {
        let mut keys = Vec::<Vec<u8>>::new();
        let mut searched = Vec::new();
        let mut size = 0;
        let mut add = |key: &[u8], id, rule, is_of_path| {
            size += key.len();
            keys.push(key.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect());
            searched.push(Searched { id, rule, is_of_path });
        };
        for kind in SEARCHED {
            for (key, id) in index.values.texts[kind as usize].iter() {
                add(key, id, None, kind != Kind::UserAgent && kind != Kind::CommandLine);
            }
        }
        index.paths.iter().for_each(|(key, id, rule)| add(key, id, Some(rule), true));
        index.keys.iter().for_each(|(key, id)| add(key, id, None, true));
        if size > MAXIMUM_SEARCHED {
            let reason = format!(
                "the names and paths take {} MiB, and at most {} MiB can be searched for in texts",
                size >> 20,
                MAXIMUM_SEARCHED >> 20
            );
            return Err(BuildError::of_all(reason));
        }
        let automaton = (!keys.is_empty()).then(|| ManyTexts::new(&keys)).transpose();
        let automaton = automaton.map_err(|error| BuildError::of_all(error.to_string()))?;
        Ok(Self { automaton, searched })
    }

    /// Adds the indicators whose values are in a text.
    pub(super) fn find(
        &self,
        indicators: &Indicators,
        index: &Index,
        text: &str,
        scratch: &mut Scratch,
        ids: &mut Vec<IndicatorId>,
    ) {
        index.find_hashes(indicators, text, ids);
        for word in text.split(|c: char| c.is_whitespace() || "\"'`<>()[]{}|".contains(c)) {
            find_urls(index, word, scratch, ids);
            for word in word.split([',', ';', '=']) {
                find_hosts(index, word, scratch, ids);
                if word.contains('@') {
                    index.find_email(word.trim_matches(SENTENCE), scratch, ids);
                }
            }
        }
        self.find_names(text, &mut scratch.form, ids);
    }

    fn find_names(&self, text: &str, form: &mut String, ids: &mut Vec<IndicatorId>) {
        let Some(automaton) = &self.automaton else { return };
        write_form(text, form);
        let form = form.as_str();
        for (number, place) in automaton.find(form.as_bytes()) {
            let (before, after) = (&form[..place.start], &form[place.end..]);
            let Searched { id, rule, is_of_path } = self.searched[number];
            let is_folder = rule.is_some_and(|rule| rule.is_folder);
            let starts =
                before.chars().next_back().is_none_or(|c| is_boundary(c) && (is_of_path || c != '/'));
            let ends = match after.chars().next() {
                None => true,
                Some('/') => is_folder,
                // The end of a sentence, and not that of a name.
                Some('.') => after[1..].chars().next().is_none_or(|c| c.is_whitespace()),
                Some(c) => is_boundary(c),
            };
            if starts && ends && rule.is_none_or(|rule| allows(rule, before)) {
                ids.push(id);
            }
        }
    }
}

/// The signs of a sentence that may follow a value.
const SENTENCE: [char; 6] = ['.', ':', '!', '?', ',', ';'];

/// Looks up the URLs in a word: with a scheme, or with a host that has a dot. A comma or a
/// semicolon is part of a URL or divides two of them, so both are tried.
fn find_urls(index: &Index, word: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
    let divided = word.contains([',', ';']);
    let parts = word.split([',', ';']).filter(|_| divided);
    for text in std::iter::once(word).chain(parts).filter(|text| text.contains('/')) {
        let text = without_name(text.trim_matches(SENTENCE));
        let start = text.strip_prefix("//").unwrap_or(text);
        let has_host = start.split_once('/').is_some_and(|(host, _)| host.contains('.'));
        if has_host || text.contains("://") {
            index.find_url(text, scratch, ids);
        }
    }
}

/// Returns the value of `name=value`. A `=` behind the first `/` is part of a URL.
fn without_name(text: &str) -> &str {
    match text.split_once('=') {
        Some((name, value)) if !name.contains('/') => value,
        _ => text,
    }
}

/// Looks up the hosts and addresses in a word.
fn find_hosts(index: &Index, word: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
    let is_of_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    for part in word.split(|c| !is_of_host(c)) {
        let part = part.trim_matches(['.', ':']);
        // An address, or a host with a dot, which may have a port.
        if index.find_address(part, ids) || index.find_address(word.trim_matches(['[', ']']), ids) {
            continue;
        }
        for host in part.split(':').filter(|host| host.contains('.')) {
            index.find_host(host, scratch, ids);
        }
    }
}

/// Returns whether what is before a path in a text may be so.
fn allows(rule: Rule, before: &str) -> bool {
    /// The maximum length of the beginning of a path, in bytes.
    const LONGEST: usize = 256;
    let Some(before) = before.strip_suffix('/') else { return rule.allows("") };
    let mut start = before.len().saturating_sub(LONGEST);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    let delimiter = before[start..].rfind(['"', '\'', '<', '>', '=', '\n', '\t']);
    rule.allows(&before[delimiter.map_or(start, |at| start + at + 1)..])
}

fn is_boundary(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '~'))
}

/// Writes a text in lower case, with one `/` for each run of separators.
fn write_form(text: &str, form: &mut String) {
    form.clear();
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    for c in folded.chars() {
        match c {
            '/' | '\\' if form.ends_with('/') => {}
            '/' | '\\' => form.push('/'),
            c => form.push(c),
        }
    }
    for number in 1..=9 {
        let name = format!("/controlset00{number}/");
        if form.contains(&name) {
            *form = form.replace(&name, "/currentcontrolset/");
        }
    }
}
