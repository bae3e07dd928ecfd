//! Paths of indicators, found by the last components of a value.

use crate::matching::table::KeyTable;
use crate::meaning::path;
use crate::meaning::placeholder::{Placeholder, placeholder};
use crate::model::IndicatorId;

/// The paths of all indicators.
#[derive(Debug, Clone, Default)]
pub(super) struct PathIndex {
    /// The last components, without what [`Before`] says.
    table: KeyTable,
    /// For each entry of the table.
    rules: Vec<Rule>,
    /// The numbers of components that paths have, and those that folders have, ascending.
    lengths: Vec<usize>,
    folder_lengths: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    before: Before,
    /// Whether it is a folder: a path that ends with a separator. It stands for all that is in it.
    pub(super) is_folder: bool,
}

/// What must be before the components of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Any,
    /// A drive, or what stands for a volume, or nothing.
    Drive(u8),
    Placeholder(&'static str, &'static [&'static str]),
}

impl PathIndex {
    pub(super) fn add(&mut self, text: &str, id: IndicatorId, is_again: impl Fn(IndicatorId) -> bool) {
        let path = path::path(text);
        let (before, key) = match (placeholder(&path), path::split_drive(&path)) {
            (Some(found), _) => (Before::Placeholder(found.name, found.folders), found.rest),
            (None, (Some(drive), rest)) => (Before::Drive(drive), rest),
            (None, (None, rest)) => (Before::Any, rest),
        };
        if key.is_empty() {
            return;
        }
        let is_folder = text.ends_with(['/', '\\']);
        let lengths = if is_folder { &mut self.folder_lengths } else { &mut self.lengths };
        let count = path::count(key);
        if let Err(position) = lengths.binary_search(&count) {
            lengths.insert(position, count);
        }
        let Self { table, rules, .. } = self;
        let rule = Rule { before, is_folder };
        if table.insert(key.as_bytes(), id, |entry, other| rules[entry] == rule && is_again(other)) {
            rules.push(rule);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Adds the indicators that are the last components of a path, and the folders that the path
    /// is in. `starts` has the starts of its components.
    pub(super) fn find(&self, path: &str, starts: &[usize], ids: &mut Vec<IndicatorId>) {
        for length in &self.lengths {
            let Some(start) = starts.get(length - 1) else { break };
            self.find_at(path, *start, path.len(), false, ids);
        }
        for length in &self.folder_lengths {
            for (after, start) in starts.iter().skip(length - 1).enumerate() {
                let end = after.checked_sub(1).map_or(path.len(), |after| starts[after] - 1);
                self.find_at(path, *start, end, true, ids);
            }
        }
    }

    fn find_at(&self, path: &str, start: usize, end: usize, is_folder: bool, ids: &mut Vec<IndicatorId>) {
        let before = path[..start].strip_suffix('/').unwrap_or("");
        self.table.find(&path.as_bytes()[start..end], |entry, id| {
            let rule = self.rules[entry];
            if rule.is_folder == is_folder && rule.allows(before) {
                ids.push(id);
            }
        });
    }

    /// Returns all entries: what is searched for, the indicator, and what must be before it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], IndicatorId, Rule)> {
        self.table.iter().zip(&self.rules).map(|((key, id), rule)| (key, id, *rule))
    }
}

impl Rule {
    /// Returns whether this may be before the components.
    pub(super) fn allows(&self, before: &str) -> bool {
        match self.before {
            Before::Any => true,
            Before::Placeholder(name, folders) => Placeholder::may_be(name, folders, before),
            Before::Drive(drive) => path::may_be_drive(before, Some(drive)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(indicator: &str, value: &str) -> bool {
        let mut index = PathIndex::default();
        index.add(indicator, IndicatorId(0), |_| false);
        let value = path::path(value);
        let (mut starts, mut ids) = (Vec::new(), Vec::new());
        path::write_starts(&value, &mut starts);
        index.find(&value, &starts, &mut ids);
        !ids.is_empty()
    }

    #[test]
    fn paths_end_with_indicators() {
        for (indicator, value, expected) in [
            (r"Temp\evil.exe", r"C:\Windows\Temp\evil.exe", true),
            (r"Temp\evil.exe", "/windows/temp/EVIL.EXE", true),
            (r"Temp\evil.exe", r"C:\Windows\MyTemp\evil.exe", false),
            (r"Temp\evil.exe", r"C:\Windows\Temp\evil.exe.txt", false),
            (r"C:\Windows\evil.exe", r"C:\Windows\evil.exe", true),
            (r"C:\Windows\evil.exe", r"\Windows\evil.exe", true),
            (r"C:\Windows\evil.exe", r"<My Computer> C:\\Windows\\evil.exe", true),
            (r"C:\Windows\evil.exe", r"\VOLUME{01d0-3e}\WINDOWS\EVIL.EXE", true),
            (r"C:\Windows\evil.exe", r"\Device\HarddiskVolume2\Windows\evil.exe", true),
            (r"C:\Windows\evil.exe", r"D:\Windows\evil.exe", false),
            (r"C:\Windows\evil.exe", r"C:\Backup\Windows\evil.exe", false),
            (r"C:\evil.exe", r"\Users\bob\evil.exe", false),
            (r"%APPDATA%\evil.exe", r"C:\Users\bob\AppData\Roaming\evil.exe", true),
            (r"%APPDATA%\evil.exe", r"C:\Users\bob\AppData\Local\evil.exe", false),
            (r"%APPDATA%\evil.exe", r"%APPDATA%\evil.exe", true),
            (r"C:\ProgramData\Evil\", r"C:\ProgramData\Evil\a\b.txt", true),
            (r"C:\ProgramData\Evil\", r"C:\ProgramData\Evil", true),
            (r"C:\ProgramData\Evil\", r"C:\ProgramData\Evil2\a", false),
            (r"Evil\", r"C:\ProgramData\Evil\a", true),
            (r"C:\ProgramData\Evil", r"C:\ProgramData\Evil\a", false),
            ("/tmp/evil", "/mnt/disk/tmp/evil", true),
            ("/tmp/evil", "/var/tmp/evils", false),
            ("/", "/a", false),
        ] {
            assert_eq!(is_found(indicator, value), expected, "{indicator} in {value}");
        }
    }
}
