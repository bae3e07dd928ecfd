//! The columns of all CSV lists, to tell whether one of them is the one that was chosen.

use std::collections::BTreeSet;

use crate::input::ListsError;
use crate::text::Header;

/// How many columns are kept and named.
const MOST_NAMED: usize = 50;

/// The longest name of a column in a message, in characters.
const LONGEST_NAME: usize = 60;

/// The columns so far.
#[derive(Default)]
pub(super) struct Columns {
    names: BTreeSet<String>,
    is_chosen_there: bool,
}

impl Columns {
    pub(super) fn add(&mut self, header: &Header) {
        self.is_chosen_there |= header.is_chosen;
        for name in header.names.iter().filter(|name| !name.is_empty()) {
            if self.names.len() <= MOST_NAMED {
                self.names.insert(name.chars().take(LONGEST_NAME).collect());
            }
        }
    }

    /// Fails if a column was chosen that no list has. Its name is misspelt, and the lists would be
    /// compared by another column in silence.
    pub(super) fn check(&self, chosen: Option<&str>) -> Result<(), ListsError> {
        let Some(column) = chosen.filter(|_| !self.is_chosen_there) else { return Ok(()) };
        let named: Vec<_> = self.names.iter().take(MOST_NAMED).map(String::as_str).collect();
        let columns = match named.len() {
            0 => "no list is CSV with the names of its columns in the first line".to_owned(),
            _ if self.names.len() > MOST_NAMED => format!("there are {}, and more", named.join(", ")),
            _ => format!("there are {}", named.join(", ")),
        };
        Err(ListsError::NoColumn { column: column.to_owned(), columns })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::reading::{ReadOptions, read};

    fn refused(folder: &Path, column: &str) -> String {
        read(folder, &ReadOptions { column: Some(column.into()) }).unwrap_err().to_string()
    }

    /// The good domain would be compared, and not the evil one.
    #[test]
    fn a_column_that_no_list_has_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("plain.txt", "a.com\n");
        assert_eq!(
            refused(folder.path(), "x"),
            "--ioc-column: no CSV list has a column \"x\"; \
             no list is CSV with the names of its columns in the first line"
        );
        write("a.csv", "domain,Malicious Domain\ngood.com,evil.com\n");
        write("b.csv", "url,note\nhttp://a.com/,b\n");
        assert_eq!(
            refused(folder.path(), "malicous_domain"),
            "--ioc-column: no CSV list has a column \"malicous_domain\"; \
             there are Malicious Domain, domain, note, url"
        );
        // One list has it. The others are read by what their names say.
        let options = ReadOptions { column: Some("malicious_domain".into()) };
        let read = read(folder.path(), &options).unwrap();
        let values: Vec<_> = read.iter().map(|indicator| format!("{:?}", indicator.value)).collect();
        assert_eq!(values, ["Text(\"evil.com\")", "Text(\"http://a.com/\")", "Text(\"a.com\")"]);
    }

    #[test]
    fn many_columns_are_not_all_named() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..200).map(|number| format!("c{number}")).collect();
        let text = format!("domain,{}\ngood.com{}\n", names.join(","), ",".repeat(200));
        std::fs::write(folder.path().join("a.csv"), text).unwrap();
        let refused = refused(folder.path(), "x");
        assert!(refused.len() < 500 && refused.ends_with(", and more"), "{refused}");
    }
}
