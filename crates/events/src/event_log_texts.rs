//! The texts with which the providers of Windows event logs describe their events.

use std::collections::BTreeMap;

/// The texts of providers of Windows event logs.
#[derive(Debug, Clone, Default)]
pub struct EventLogTexts {
    /// The providers by identifier and by source, in lower case.
    pub providers: BTreeMap<String, EventLogProvider>,
    /// The number of a message file by its path, in lower case.
    pub files: BTreeMap<String, i64>,
    /// The texts by message file and message identifier, in the syntax of Python's `str.format`.
    pub texts: BTreeMap<(i64, u32), String>,
}

/// A provider of Windows event logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventLogProvider {
    /// The paths of the files with its messages.
    pub message_files: Vec<String>,
    /// The paths of the files with the texts of parameters such as `%%1833`.
    pub parameter_files: Vec<String>,
}

/// Where Windows looks for a file that has no folder.
const DEFAULT_FOLDER: &str = "%systemroot%\\system32";
/// The files with the texts of parameters that a provider need not name.
const DEFAULT_PARAMETER_FILES: [&str; 2] =
    ["%systemroot%\\system32\\msobjs.dll", "%systemroot%\\system32\\kernel32.dll"];
/// The folder of the files in English.
const LANGUAGE: &str = "en-us";

impl EventLogTexts {
    /// Returns the form of a message file's path that is compared.
    #[must_use]
    pub fn path(path: &str) -> String {
        let lower = path.to_lowercase();
        if lower.contains('\\') { lower } else { format!("{DEFAULT_FOLDER}\\{lower}") }
    }

    /// Returns the text of a message of a provider, which has this identifier or writes to this
    /// source.
    #[must_use]
    pub fn message(&self, provider: Option<&str>, source: Option<&str>, identifier: u32) -> Option<&str> {
        let provider = self.provider(provider, source)?;
        provider.message_files.iter().find_map(|file| self.text(file, identifier))
    }

    /// Returns the text of a parameter of a provider.
    #[must_use]
    pub fn parameter(&self, provider: Option<&str>, source: Option<&str>, identifier: u32) -> Option<&str> {
        let provider = self.provider(provider, source)?;
        if !provider.parameter_files.is_empty() {
            return provider.parameter_files.iter().find_map(|file| self.text(file, identifier));
        }
        let of_messages = provider.message_files.iter().map(String::as_str);
        of_messages.chain(DEFAULT_PARAMETER_FILES).find_map(|file| self.text(file, identifier))
    }

    fn provider(&self, provider: Option<&str>, source: Option<&str>) -> Option<&EventLogProvider> {
        let of = |name: Option<&str>| self.providers.get(&name?.to_lowercase());
        of(provider).or_else(|| of(source))
    }

    /// Returns a text of a file, or of the file of its texts in English.
    fn text(&self, file: &str, identifier: u32) -> Option<&str> {
        let path = Self::path(file);
        let in_english =
            path.rsplit_once('\\').map(|(folder, name)| format!("{folder}\\{LANGUAGE}\\{name}.mui"));
        let files = std::iter::once(path).chain(in_english);
        let mut texts = files.filter_map(|path| self.texts.get(&(*self.files.get(&path)?, identifier)));
        texts.next().map(String::as_str)
    }
}
