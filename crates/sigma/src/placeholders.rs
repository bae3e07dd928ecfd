//! Placeholders: names such as `%Workstations%` in rules with the modifier `expand`, and their
//! values.

use std::collections::BTreeMap;

/// How many values one text may expand to.
const MAXIMUM_VALUES: usize = 1 << 14;

/// The values of placeholders.
#[derive(Debug, Clone, Default)]
pub struct Placeholders {
    values: BTreeMap<String, Vec<String>>,
}

impl Placeholders {
    /// Sets the values of a placeholder, one in each line of a text. Empty lines have no value.
    pub fn set(&mut self, name: &str, text: &str) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        self.values.insert(name.to_owned(), lines.map(str::to_owned).collect());
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
        let mut known = Placeholders::default();
        known.set("host", "a\n\n b \n");
        assert_eq!(known.expand("x%host%$").unwrap(), ["xa$", "xb$"]);
        assert_eq!(known.expand("5% of %host%").unwrap(), ["5% of a", "5% of b"]);
        assert_eq!(known.expand("100%").unwrap(), ["100%"]);
        assert!(known.expand("%user%").unwrap_err().contains("`%user%` has no values"));
    }
}
