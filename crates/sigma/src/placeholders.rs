//! Placeholders: names such as `%Workstations%` in rules with the modifier `expand`, and their
//! values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use events::Shown as _;

use crate::budget::{Budget, TEST};
use crate::problem::Problem;
use crate::rule_file::read_raw;
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
#[error("{}: {problem}", path.shown())]
pub struct PlaceholdersError {
    path: PathBuf,
    problem: Problem,
}

impl Placeholders {
    /// Reads a YAML file with a value or a list of values for each name. Also returns the bytes
    /// that were read.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not of this form.
    pub fn load(path: &Path) -> Result<(Self, Vec<u8>), PlaceholdersError> {
        let failed = |problem| PlaceholdersError { path: path.to_owned(), problem };
        let raw = read_raw(path).map_err(|error| failed(Problem::whole(error.to_string())))?;
        let placeholders = Self::parse(raw.strip_prefix('\u{feff}').unwrap_or(&raw)).map_err(failed)?;
        Ok((placeholders, raw.into_bytes()))
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
    pub(crate) fn expand(&self, text: &str, budget: &Budget) -> Result<Vec<String>, String> {
        let mut forms = vec![String::new()];
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            let Some((name, after)) = after.split_once('%').filter(|(name, _)| is_name(name)) else {
                budget.take(forms.len() * (1 + before.len()))?;
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
            let of_values: usize = values.iter().map(String::len).sum();
            let of_forms: usize = forms.iter().map(|form| TEST + form.len() + before.len()).sum();
            // Each form with each value.
            budget.take(of_forms * values.len() + of_values * forms.len())?;
            let pairs = forms.iter().flat_map(|form| values.iter().map(move |value| (form, value)));
            forms = pairs.map(|(form, value)| format!("{form}{before}{value}")).collect();
            rest = after;
        }
        budget.take(forms.len() * rest.len())?;
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
        assert_eq!(known.expand("x%host%$", &Budget::of_rule()).unwrap(), ["xa$", "xb$"]);
        assert_eq!(known.expand("5% of %host%", &Budget::of_rule()).unwrap(), ["5% of a", "5% of b"]);
        assert_eq!(known.expand("100%", &Budget::of_rule()).unwrap(), ["100%"]);
        assert_eq!(known.expand("%one%", &Budget::of_rule()).unwrap(), ["1"]);
        let long =
            Placeholders::parse(&format!("long: [{}]", vec!["x".repeat(1_000); 100].join(", "))).unwrap();
        let forms = long.expand("%long%%long%", &Budget::of_rule());
        assert_eq!(forms.map(|forms| forms.len()), Ok(10_000));
        let refused = long.expand(&format!("%long%%long%{}", "y".repeat(10_000)), &Budget::of_rule());
        assert!(refused.unwrap_err().contains("more than 32 MiB"));
        assert!(Placeholders::parse("host: {a: b}").is_err());
        assert!(known.expand("%user%", &Budget::of_rule()).unwrap_err().contains("`%user%` has no values"));
    }
}
