//! Warninglists of MISP: values that are often named as indicators by mistake, such as the
//! addresses of public name servers.

mod table;

use std::collections::BTreeSet;
use std::path::Path;

use files::Sha256Writer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::input::{InputFile, ListsError, each_file_and_keep};
use crate::json::{Failed, Lines, Text, each_element, has_ending_of_json, reason};
use crate::misp;
use crate::model::{Comparison, Indicator, Kind, Place, Problem, Value};
use crate::reading::read_whole;
use crate::values::canonical::{self, Host, bits};
use crate::values::url::Url;
use table::{Form, Table};

/// The maximum number of values of all lists.
const MAXIMUM_VALUES: usize = 1 << 22;

/// How many problems are kept.
const MAXIMUM_PROBLEMS: usize = 1_000;

/// Warninglists, in which indicators are looked up.
#[derive(Debug, Clone, Default)]
pub struct Warninglists {
    lists: Vec<Warninglist>,
    table: Table,
    problems: Vec<Problem>,
    values: usize,
    digest_of_kept: Option<String>,
    digest: String,
}

/// A warninglist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warninglist {
    /// The path of the file, below the folder that was given.
    pub file: String,
    /// Its name, such as `List of known IPv4 public DNS resolvers`.
    pub name: String,
    /// The kinds of indicators that it is about. There are none if it is about something else.
    pub kinds: BTreeSet<Kind>,
    /// The number of its values.
    pub values: u32,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, rename = "type")]
    form: Text<'a>,
    #[serde(borrow)]
    list: Option<&'a RawValue>,
    #[serde(borrow)]
    matching_attributes: Option<&'a RawValue>,
}

impl Warninglists {
    /// Reads a file, a folder with such files, or several, which commas separate. Files of a folder
    /// that are no warninglists are passed over.
    ///
    /// # Errors
    ///
    /// If a file or folder that the path names cannot be read, there is no list in it that can be
    /// used, or there are too many values.
    pub fn read(path: &Path) -> Result<Self, ListsError> {
        let mut read = Self::default();
        let mut digest = Sha256Writer::default();
        read.digest_of_kept = each_file_and_keep(path, &mut digest, &mut |file| {
            let name = file.name.to_owned();
            read.read_file(file);
            match read.values > MAXIMUM_VALUES {
                true => Err(ListsError::TooManyIndicators { file: name, maximum: MAXIMUM_VALUES }),
                false => Ok(()),
            }
        })?;
        read.digest = digest.digest();
        read.finish();
        read.check_usable(path)?;
        Ok(read)
    }

    /// Returns the digest of the files that they were read from, as [`keep`](crate::keep) writes
    /// them.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns the SHA-256 of the bytes that were read, if the lists were read from a file that a
    /// run has kept.
    #[must_use]
    pub fn digest_of_kept(&self) -> Option<&str> {
        self.digest_of_kept.as_deref()
    }

    /// Reads one file that is in memory. It is what fuzz tests attack.
    #[must_use]
    pub fn read_bytes(name: &str, bytes: &[u8]) -> Self {
        let mut read = Self::default();
        let mut content = bytes;
        let size = bytes.len() as u64;
        read.read_file(InputFile {
            name,
            is_in_folder: false,
            size,
            content: Ok(&mut content),
            is_database: false,
        });
        read.finish();
        read
    }

    fn finish(&mut self) {
        if let Err((list, reason)) = self.table.finish() {
            let file = self.lists[usize::from(list)].file.clone();
            self.add_problem(&file, 0, "", reason);
        }
    }

    /// Fails if no list has a value. Nothing would be known to be good, as if the option had not
    /// been given.
    fn check_usable(&self, path: &Path) -> Result<(), ListsError> {
        if self.lists.iter().any(|list| list.values > 0 && !list.kinds.is_empty()) {
            return Ok(());
        }
        let reason = match self.problems.first() {
            Some(problem) => problem.to_string(),
            None if self.lists.is_empty() => "name the folder lists of their collection".into(),
            None if self.lists.iter().any(|list| list.values > 0) => {
                "its lists are about attributes that no indicator here has, such as telephone numbers".into()
            }
            None => "its lists have no values".into(),
        };
        Err(ListsError::NoWarninglist { path: path.to_owned(), reason })
    }

    /// Returns the lists.
    #[must_use]
    pub fn lists(&self) -> &[Warninglist] {
        &self.lists
    }

    /// Returns what cannot be used.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns the names of the lists that an indicator is on. An indicator that is a pattern is on
    /// none.
    #[must_use]
    pub fn names_of(&self, indicator: &Indicator<'_>) -> Vec<&str> {
        if indicator.comparison != Comparison::Exact {
            return Vec::new();
        }
        let mut found = BTreeSet::new();
        match indicator.value {
            Value::Hash(bytes) => {
                self.table.find_text(&canonical::digits(bytes), &mut found);
            }
            Value::Address(address) => {
                self.table.find_network(address, bits(address), &mut found);
                self.table.find_text(&address.to_string(), &mut found);
            }
            Value::Network { address, prefix } => {
                self.table.find_network(address, prefix, &mut found);
                self.table.find_text(&format!("{address}/{prefix}"), &mut found);
            }
            Value::Text(text) => {
                self.table.find_text(text, &mut found);
                match host(indicator.kind, text) {
                    Some(Host::Name(name)) => self.table.find_host(&name, &mut found),
                    Some(Host::Address(address)) => {
                        self.table.find_network(address, bits(address), &mut found);
                    }
                    None => {}
                }
            }
        }
        let of_kind = found.into_iter().map(|list| &self.lists[usize::from(list)]);
        of_kind.filter(|list| list.kinds.contains(&indicator.kind)).map(|list| &*list.name).collect()
    }

    fn read_file(&mut self, file: InputFile<'_>) {
        let InputFile { name, is_in_folder, content, is_database, .. } = file;
        if is_database {
            return;
        }
        let result = content.and_then(|content| {
            let text = read_whole(content)?;
            let text = text.trim_start_matches('\u{feff}');
            let lines = Lines::new(text);
            match serde_json::from_str::<File<'_>>(text) {
                Ok(File { name: title, form, list: Some(list), matching_attributes }) => {
                    self.add_list(name, (&title.0, &form.0), list, matching_attributes, &lines)
                }
                // A file that is cut off is no other one that may be passed over.
                Err(error)
                    if !error.is_data() && has_ending_of_json(name) && text.trim_start().starts_with('{') =>
                {
                    Err(format!("its JSON is malformed: {}", reason(&error)))
                }
                _ if is_in_folder && !is_name_of_list(name) => Ok(()),
                _ => Err("it is no warninglist of MISP: a JSON object with name, type and list".into()),
            }
        });
        if let Err(reason) = result {
            self.add_problem(name, 0, "", reason);
        }
    }

    fn add_list(
        &mut self,
        file: &str,
        (title, form): (&str, &str),
        list: &RawValue,
        attributes: Option<&RawValue>,
        lines: &Lines<'_>,
    ) -> Result<(), String> {
        let form = match form {
            "cidr" => Form::Cidr,
            "string" => Form::Text,
            "hostname" => Form::Host,
            "substring" => Form::Substring,
            "regex" => Form::Regex,
            other => return Err(format!("the type {other:?} of the warninglist is not known")),
        };
        let number = u16::try_from(self.lists.len()).map_err(|_| "there are too many warninglists")?;
        let kinds = kinds(attributes)?;
        let name = if title.trim().is_empty() { file } else { title.trim() }.to_owned();
        self.lists.push(Warninglist { file: file.to_owned(), name, kinds, values: 0 });
        let visited = each_element(list, |element| {
            self.values += 1;
            if self.values > MAXIMUM_VALUES {
                return Err(());
            }
            let text = serde_json::from_str::<Text<'_>>(element.get()).unwrap_or_default();
            match self.table.add(form, text.0.trim(), number) {
                Ok(()) => self.lists[usize::from(number)].values += 1,
                Err(reason) => self.add_problem(file, lines.line_of(element.get()), &text.0, reason),
            }
            Ok(())
        });
        match visited {
            Ok(()) | Err(Failed::Visit(())) => Ok(()),
            Err(Failed::Json(error)) => Err(format!("its list is malformed: {}", reason(&error))),
        }
    }

    fn add_problem(&mut self, file: &str, line: u32, written: &str, reason: String) {
        if self.problems.len() < MAXIMUM_PROBLEMS {
            let place = Place { file: file.to_owned(), line };
            let written = written.chars().take(200).collect();
            self.problems.push(Problem { list: None, written, reason, place });
        }
    }
}

/// Returns whether a file has the name of the warninglists in their collection. Such a file is no
/// other one that may be passed over, so it must be complete.
fn is_name_of_list(name: &str) -> bool {
    name.rsplit('/').next() == Some("list.json")
}

/// Returns the kinds that attributes of these types have. Without any attribute, a list is about
/// all kinds. If it has only attributes that are not compared, such as `phone-number`, it is about
/// none.
fn kinds(attributes: Option<&RawValue>) -> Result<BTreeSet<Kind>, String> {
    let mut kinds = BTreeSet::new();
    let mut is_about_all = true;
    if let Some(attributes) = attributes {
        let visited = each_element(attributes, |name| {
            is_about_all = false;
            let name = serde_json::from_str::<Text<'_>>(name.get())?;
            misp::kinds_of_type(&name.0).for_each(|kind| {
                kinds.insert(kind);
            });
            Ok::<(), serde_json::Error>(())
        });
        visited.map_err(|_| "its matching_attributes are malformed".to_owned())?;
    }
    if is_about_all {
        kinds = Kind::ALL.into();
    }
    if kinds.contains(&Kind::Address) {
        kinds.insert(Kind::Network);
    }
    if kinds.contains(&Kind::FileName) {
        kinds.insert(Kind::FilePath);
    }
    Ok(kinds)
}

/// Returns the host of a value that has one.
fn host(kind: Kind, text: &str) -> Option<Host<'_>> {
    match kind {
        Kind::Domain => Some(Host::Name(text.into())),
        Kind::Url => Url::new(text).map(|url| url.host),
        Kind::Email => text.rsplit_once('@').map(|(_, host)| Host::Name(host.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
