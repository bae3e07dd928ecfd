//! Reads lists: recognises the format of each file, and calls its reader.

mod chosen_column;
mod json_file;

use std::collections::BTreeSet;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

use files::Sha256Writer;

use crate::input::{InputFile, ListsError, each_file_and_keep};
use crate::json::has_ending_of_json;
use crate::model::{Full, Indicators, MAXIMUM_INDICATORS};
use crate::openioc;
use crate::stix;
use crate::text::{self, Layout, Stopped, layout};
use chosen_column::Columns;
use json_file::{FeedFile, read_json};

/// How much of a file is looked at to recognise its format, in bytes.
const HEAD: u64 = 64 << 10;

/// The maximum size of a file that is kept in memory as a whole, in bytes.
const MAXIMUM_WHOLE: u64 = 256 << 20;

/// How lists are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The name of the column that has the values of CSV files, or `None` for those whose names say
    /// so.
    pub column: Option<String>,
}

/// Reads a file with indicators, a folder with such files, or several, which commas separate.
///
/// # Errors
///
/// If a file or folder that the path names cannot be read, or there are too many indicators. All
/// else that is wrong is a [`Problem`](crate::Problem) of the result.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Indicators, ListsError> {
    let mut reader = Reader::new(options);
    let mut names = BTreeSet::new();
    let mut digest = Sha256Writer::default();
    each_file_and_keep(path, &mut digest, &mut |file| {
        names.insert(file.name.to_owned());
        let name = file.name.to_owned();
        reader
            .read_file(file)
            .map_err(|Full| ListsError::TooManyIndicators { file: name, maximum: MAXIMUM_INDICATORS })
    })?;
    reader.columns.check(options.column.as_deref())?;
    let mut indicators = reader.indicators;
    for FeedFile { table, event } in reader.feeds {
        if !names.contains(&event) {
            indicators.add_problem_of_file(&table, format!("the feed's file {event} is missing"));
        }
    }
    indicators.finish(digest.digest());
    Ok(indicators)
}

/// Reads one file that is in memory. It is what fuzz tests attack.
///
/// # Errors
///
/// If there are too many indicators.
pub fn read_bytes(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Indicators, ListsError> {
    let mut reader = Reader::new(options);
    let mut content = bytes;
    let size = bytes.len() as u64;
    let file = InputFile { name, is_in_folder: false, size, content: Ok(&mut content), is_database: false };
    reader.read_file(file).map_err(|Full| ListsError::TooManyIndicators {
        file: name.to_owned(),
        maximum: MAXIMUM_INDICATORS,
    })?;
    reader.indicators.finish(String::new());
    Ok(reader.indicators)
}

struct Reader<'o> {
    options: &'o ReadOptions,
    indicators: Indicators,
    /// The files that must be there, too.
    feeds: Vec<FeedFile>,
    columns: Columns,
}

impl<'o> Reader<'o> {
    fn new(options: &'o ReadOptions) -> Self {
        Self { options, indicators: Indicators::default(), feeds: Vec::new(), columns: Columns::default() }
    }

    fn read_file(&mut self, file: InputFile<'_>) -> Result<(), Full> {
        let InputFile { name, is_in_folder, size, content, is_database } = file;
        let result = match content {
            Ok(content) => self.read_content(name, size, content)?,
            Err(reason) if is_database => Err(reason),
            Err(error) => {
                self.indicators.add_problem_of_file(name, error);
                return Ok(());
            }
        };
        match result {
            Ok(()) => {}
            Err(reason) if is_in_folder => self.indicators.add_other_file(name, reason),
            Err(reason) => self.indicators.add_problem_of_file(name, reason),
        }
        Ok(())
    }

    /// Reads a file. Returns why it is no list.
    fn read_content(
        &mut self,
        name: &str,
        size: u64,
        content: &mut dyn BufRead,
    ) -> Result<Result<(), String>, Full> {
        let mut head = Vec::new();
        if let Err(error) = content.take(HEAD).read_to_end(&mut head) {
            return Ok(Err(format!("the file cannot be read: {error}")));
        }
        if let Some(decoder) = utf16(&head) {
            return match whole(&head, size, content) {
                Ok(bytes) => {
                    let text = decode(&bytes, decoder);
                    self.read_text(name, &text[..text.len().min(HEAD as usize)], &mut text.as_slice())
                }
                Err(reason) => Ok(Err(reason)),
            };
        }
        if head.contains(&0) {
            return Ok(Err("it is no text; unpack it if it is an archive".into()));
        }
        let mut all = Cursor::new(&head).chain(content);
        self.read_text(name, &head, &mut all)
    }

    fn read_text(
        &mut self,
        name: &str,
        head: &[u8],
        content: &mut dyn BufRead,
    ) -> Result<Result<(), String>, Full> {
        let mark = b"\xef\xbb\xbf";
        let head = head.strip_prefix(mark).unwrap_or(head);
        let start = head.trim_ascii_start();
        let is_json =
            (has_ending_of_json(name) || begins_as_json(start)) && matches!(start, [b'{' | b'[', ..]);
        let is_json = is_json && !starts_pattern(start);
        if is_json || start.starts_with(b"<") {
            let text = match read_whole(content) {
                Ok(text) => text,
                Err(reason) => return Ok(Err(reason)),
            };
            let text = text.trim_start_matches('\u{feff}');
            return match is_json {
                true => read_json(name, text, &mut self.feeds, &mut self.indicators),
                false => self.read_xml(name, text),
            };
        }
        let head = String::from_utf8_lossy(head);
        let layout = match layout(&head, self.options.column.as_deref()) {
            Ok(layout) => layout,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Layout::Csv(header) = &layout {
            self.columns.add(header);
        }
        match text::read_lines(name, &layout, content, &mut self.indicators) {
            Ok(()) => {}
            Err(Stopped::Full) => return Err(Full),
            Err(Stopped::Io(error)) => {
                self.indicators.add_problem(0, "", format!("the file cannot be read to its end: {error}"));
            }
        }
        Ok(Ok(()))
    }

    fn read_xml(&mut self, name: &str, text: &str) -> Result<Result<(), String>, Full> {
        let is_openioc = openioc::read_document(name, text, &mut self.indicators)?;
        Ok(if is_openioc { Ok(()) } else { Err("it is XML, but not OpenIOC".into()) })
    }
}

/// Whether a text goes on as JSON does behind its first bracket: `[HKEY_USERS\x]`, `[.]evil.com`
/// and `{1234-5678}` are lines of plain lists.
fn begins_as_json(start: &[u8]) -> bool {
    let after = start.get(1..).unwrap_or_default().trim_ascii_start();
    match start.first() {
        Some(b'{') => matches!(after.first(), None | Some(b'"' | b'}')),
        _ => matches!(after.first(), None | Some(b'{' | b'"' | b'[' | b']')),
    }
}

/// A list of STIX patterns begins with a bracket, too.
fn starts_pattern(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    stix::is_pattern(&String::from_utf8_lossy(line))
        || start.get(1).is_some_and(u8::is_ascii_hexdigit) && line.contains(&b']')
}

/// Reads a file that is kept in memory as a whole.
pub(crate) fn read_whole(content: &mut dyn BufRead) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = content.take(MAXIMUM_WHOLE + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > MAXIMUM_WHOLE {
        return Err(format!(
            "it is JSON or XML of more than {} MiB; divide it, or export it as CSV",
            MAXIMUM_WHOLE >> 20
        ));
    }
    String::from_utf8(bytes).or_else(|error| Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Returns how the two bytes of a character stand in a file of UTF-16, which begins with a mark.
fn utf16(head: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match head {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn whole(head: &[u8], size: u64, content: &mut dyn BufRead) -> Result<Vec<u8>, String> {
    if size > MAXIMUM_WHOLE {
        return Err(format!("it is UTF-16 of more than {} MiB; save it as UTF-8", MAXIMUM_WHOLE >> 20));
    }
    let mut bytes = head.to_vec();
    let read = content.take(MAXIMUM_WHOLE).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error: io::Error| format!("the file cannot be read: {error}"))
}

fn decode(bytes: &[u8], decoder: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes[2..].as_chunks::<2>().0.iter().map(|unit| decoder(*unit));
    let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    text.collect::<String>().into_bytes()
}
