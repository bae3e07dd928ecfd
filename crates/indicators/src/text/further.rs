//! Values that a file has beside those that are compared: behind the first one of a line, and in
//! columns that are not compared, mostly since their names do not say what they have.
//!
//! Whoever wrote them may expect that they are compared, so they are named as left out.

use super::columns::{Column, Header, normalized};
use super::types::{Type, type_named};
use crate::model::{Indicators, Kind};
use crate::values::{Recognised, by_shape, refang};
use crate::words::is_no_value;

/// How many values say what a column has.
const SAMPLE: u32 = 20;

/// Columns that say where a list has its values from.
const SOURCES: [&str; 7] = ["source", "sources", "reference", "references", "provider", "feed", "reporter"];

const OF_KIND: &str = "no value of this column is compared; write each value in a line of its own, with its \
                       kind in a column `ioc_type` and the value in a column `ioc_value`";

/// Names the values behind the first one of a line.
pub(super) fn leave_out(first: &Recognised<'_>, fields: &[&str], line: u32, to: &mut Indicators) {
    for (value, recognised) in fields.iter().flat_map(|field| values_in(field, first.kind)) {
        if recognised != *first {
            let reason = "only the first value of a line is compared; write one value on each line, \
                          or name the columns in the first line and choose one with --ioc-column";
            to.leave_out(line, value, reason);
        }
    }
}

/// Returns the values in a field. In a sentence, only a hash, an address or a network is one:
/// `seen at bad.org` describes what is beside it.
fn values_in(field: &str, beside: Kind) -> Vec<(&str, Recognised<'_>)> {
    let mut values = Vec::new();
    let mut is_sentence = false;
    for word in field.split_whitespace() {
        match value(word, beside) {
            Some(recognised) => values.push((word, recognised)),
            None => is_sentence = true,
        }
    }
    if is_sentence {
        values.retain(|(_, recognised)| recognised.kind != Kind::Domain);
    }
    values
}

/// Recognises a word that is a hash, an address, a network or a domain. A URL, an e-mail address or
/// a file name is rather a reference or a description, beside a value of this kind.
fn value(word: &str, beside: Kind) -> Option<Recognised<'_>> {
    let recognised = by_shape(word).ok()?;
    let is_value = match recognised.kind {
        // `Backdoor.Agent` is no domain, and beside a hash, `run.py` is the name of a file.
        Kind::Domain => {
            let is_refanged = matches!(refang(word), std::borrow::Cow::Owned(_));
            is_refanged || !is_of_file(beside) && !word.bytes().any(|byte| byte.is_ascii_uppercase())
        }
        Kind::Address | Kind::Network => true,
        kind => kind.is_hash(),
    };
    is_value.then_some(recognised)
}

/// Returns whether a field is one such value alone.
fn is_value(field: &str, beside: Kind) -> bool {
    !field.is_empty() && !field.contains(char::is_whitespace) && value(field, beside).is_some()
}

fn is_of_file(kind: Kind) -> bool {
    kind.is_hash() || matches!(kind, Kind::FileName | Kind::FilePath)
}

/// Returns whether a column is named as a kind whose values have no shape of their own.
fn is_name_of_kind(name: &str) -> bool {
    use Kind::{Account, CommandLine, Pipe, RegistryKey, Service, Task};
    let is_kind = |kind| matches!(kind, Account | CommandLine | Pipe | RegistryKey | Service | Task);
    matches!(type_named(name), Type::Of(kind) if is_kind(kind))
}

/// The columns of which no value is compared.
pub(super) struct Uncompared {
    /// The kind of what is compared. Beside a hash, `run.py` is the name of a file.
    beside: Kind,
    columns: Vec<Seen>,
    /// How many columns the header has, or `None` if what is behind them does not matter.
    number: Option<usize>,
    first_line: Option<u32>,
}

/// What a column has in the first records that have anything there.
struct Seen {
    number: usize,
    values: u32,
    others: u32,
}

impl Uncompared {
    /// If the user has chosen a column, the others are not to be compared.
    pub(super) fn new(header: &Header) -> Self {
        let is_open = |(number, column): &(usize, &Column)| {
            let name = normalized(&header.names[*number]);
            **column == Column::Other && !header.is_chosen && !SOURCES.contains(&name.as_str())
        };
        let columns = header.columns.iter().enumerate().filter(is_open);
        let columns = columns.map(|(number, _)| Seen { number, values: 0, others: 0 }).collect();
        let kinds = header.columns.iter().filter_map(|column| match column {
            Column::Of(kind) => Some(*kind),
            _ => None,
        });
        let mut of_files = kinds.filter(|kind| is_of_file(*kind));
        let beside = of_files.next().unwrap_or(Kind::Domain);
        let number = (!header.is_chosen).then_some(header.columns.len());
        Self { beside, columns, number, first_line: None }
    }

    /// Looks at a record. Names the values that it has behind the last column.
    pub(super) fn look_at(&mut self, fields: &[String], line: u32, to: &mut Indicators) {
        self.first_line.get_or_insert(line);
        for seen in self.columns.iter_mut().filter(|seen| seen.values + seen.others < SAMPLE) {
            let field = fields.get(seen.number).map_or("", |field| field.trim());
            if is_no_value(field) {
                continue;
            }
            match is_value(field, self.beside) {
                true => seen.values += 1,
                false => seen.others += 1,
            }
        }
        let behind = self.number.and_then(|number| fields.get(number..)).unwrap_or_default();
        for field in behind.iter().map(|field| field.trim()).filter(|field| is_value(field, self.beside)) {
            let reason = "the record has more fields than there are columns, so this one is not compared";
            to.leave_out(line, field, reason);
        }
    }

    /// Names the columns most of whose fields are values.
    pub(super) fn leave_out(&self, header: &Header, to: &mut Indicators) {
        for seen in &self.columns {
            let name = &header.names[seen.number];
            if seen.values <= seen.others {
                if seen.others > 0 && is_name_of_kind(name) {
                    to.leave_out(self.first_line.unwrap_or(1), name, OF_KIND);
                }
                continue;
            }
            let reason = "no value of this column is compared, since its name does not say what it has";
            let detailed = format!(
                "{reason}; choose it with --ioc-column {}, \
                 or name it `value` in the file to compare it together with the others",
                normalized(name)
            );
            to.leave_out_in_detail(self.first_line.unwrap_or(1), name, reason, &detailed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_among_words() {
        let sha1 = "3395856ce81f2b7382dee72602f798b642f14140";
        for (field, expected) in [
            (format!("{sha1} 203.0.113.77 evil.example.com"), vec![sha1, "203.0.113.77", "evil.example.com"]),
            ("203.0.113.255 24".to_owned(), vec!["203.0.113.255"]),
            ("seen at bad.org".to_owned(), vec![]),
            (format!("dropped by {sha1} at bad.org"), vec![sha1]),
            (" ".to_owned(), vec![]),
        ] {
            let found: Vec<_> = values_in(&field, Kind::Address).into_iter().map(|(word, _)| word).collect();
            assert_eq!(found, expected, "{field}");
        }
    }

    #[test]
    fn values_are_told_from_descriptions() {
        let md5 = "33e4fd94e2560e008e2c3b431d0e3419";
        for (field, beside_domain, beside_hash) in [
            (md5, true, true),
            ("203.0.113.5", true, true),
            ("203.0.113.0/24", true, true),
            ("bad.org", true, false),
            ("bad[.]org", true, true),
            ("Backdoor.Agent", false, false),
            ("run.py", true, false),
            ("seen at bad.org", false, false),
            ("run.exe", false, false),
            ("http://bad.org/a", false, false),
            ("bad.org/a", false, false),
            ("a@bad.org", false, false),
            ("2021-01-01", false, false),
            ("443", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_value(field, Kind::Domain), beside_domain, "{field}");
            assert_eq!(is_value(field, Kind::Md5), beside_hash, "{field}");
        }
    }
}
