//! Placeholders: names such as `%Workstations%` in rules with the modifier `expand`, and their
//! values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::problem::Problem;
use crate::rule_file::read_file;
use crate::yaml::{self, Node};

/// How many values one text may expand to.
const MAXIMUM_VALUES: usize = 1 << 14;

/// The values of placeholders.
#[derive(Debug, Clone, Default)]
pub struct Placeholders {
    values: BTreeMap<String, Vec<String>>,
}

/// The values of placeholders cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct PlaceholdersError {
    path: PathBuf,
    problem: Problem,
}

impl Placeholders {
    /// Reads a YAML file with a value or a list of values for each name.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not of this form.
    pub fn load(path: &Path) -> Result<Self, PlaceholdersError> {
        let failed = |problem| PlaceholdersError { path: path.to_owned(), problem };
        let text = read_file(path).map_err(|error| failed(Problem::whole(error.to_string())))?;
        Self::parse(&text).map_err(failed)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let mut read = Self::default();
        for document in yaml::documents(text)? {
            for (name, values) in document.members() {
                let value = |value: &Node| {
                    let no_text = || Problem::at(value.place, "expected a value or a list of values".into());
                    value.text().map(str::to_owned).ok_or_else(no_text)
                };
                let values = values.list().iter().map(value).collect::<Result<_, _>>()?;
                read.values.insert(name.text.clone(), values);
            }
        }
        Ok(read)
    }

    /// Returns the texts that a text stands for.
    pub(crate) fn expand(&self, text: &str) -> Result<Vec<String>, String> {
        let mut forms = vec![String::new()];
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            let Some((name, after)) = after.split_once('%').filter(|(name, _)| is_name(name)) else {
                forms.iter_mut().for_each(|form| *form += &rest[..=before.len()]);
                rest = after;
                continue;
            };
            let values = self.values.get(name).filter(|values| !values.is_empty()).ok_or_else(|| {
                format!("the placeholder `%{name}%` has no values; give them with --sigma-placeholders")
            })?;
            if forms.len() * values.len() > MAXIMUM_VALUES {
                return Err(format!("`{text}` stands for more than {MAXIMUM_VALUES} values"));
            }
            let pairs = forms.iter().flat_map(|form| values.iter().map(move |value| (form, value)));
            forms = pairs.map(|(form, value)| format!("{form}{before}{value}")).collect();
            rest = after;
        }
        forms.iter_mut().for_each(|form| form.push_str(rest));
        Ok(forms)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_values() {
        let known = Placeholders::parse("host: [a, b]\none: 1").unwrap();
        assert_eq!(known.expand("x%host%$").unwrap(), ["xa$", "xb$"]);
        assert_eq!(known.expand("5% of %host%").unwrap(), ["5% of a", "5% of b"]);
        assert_eq!(known.expand("100%").unwrap(), ["100%"]);
        assert_eq!(known.expand("%one%").unwrap(), ["1"]);
        assert!(Placeholders::parse("host: {a: b}").is_err());
        assert!(known.expand("%user%").unwrap_err().contains("`%user%` has no values"));
    }
}
