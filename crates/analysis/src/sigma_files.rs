//! Sigma rules in files of their own, and in MISP events and STIX bundles.

use std::path::Path;

use indicators::ReadOptions;
use sigma::{RuleFile, RuleFilesError};

/// Reads the rules that a path names. A JSON file with indicators stands for the rules in it.
///
/// # Errors
///
/// If the file or folder cannot be read, or has no rules.
pub fn sigma_rule_files(path: &Path) -> Result<Vec<RuleFile>, RuleFilesError> {
    let mut files = Vec::new();
    for file in sigma::read(path)? {
        let rules = file.text.as_deref().map(|text| rules_among_indicators(&file.name, text));
        match rules {
            Ok(rules) if !rules.is_empty() => files.extend(rules),
            _ => files.push(file),
        }
    }
    Ok(files)
}

/// Returns the rules of MISP and STIX. A rule in YAML may begin with a bracket, too, and then there
/// are none.
fn rules_among_indicators(name: &str, text: &str) -> Vec<RuleFile> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Vec::new();
    }
    let read = indicators::read_bytes(name, text.as_bytes(), &ReadOptions::default());
    let rules = read.iter().flat_map(|read| read.sigma_rules());
    rules
        .map(|rule| RuleFile {
            name: format!("{name}, line {}", rule.place.line),
            text: Ok(rule.text.clone()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_a_misp_event_are_rules() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("event.json");
        let event = "{\"Event\": {\"info\": \"x\", \"Attribute\": [\n{\"type\": \"mutex\", \"value\": \"m\"},\n{\"type\": \
                     \"sigma\", \"value\": \"title: a\"},\n{\"type\": \"sigma\", \"value\": \"title: b\"}]}}";
        std::fs::write(&path, event).unwrap();
        let files = sigma_rule_files(&path).unwrap();
        let found: Vec<_> = files.iter().map(|file| (&*file.name, file.text.as_deref())).collect();
        assert_eq!(found, [("event.json, line 3", Ok("title: a")), ("event.json, line 4", Ok("title: b"))]);
        for text in ["{title: a, detection: {}}", "title: a"] {
            std::fs::write(&path, text).unwrap();
            let files = sigma_rule_files(&path).unwrap();
            assert_eq!((files.len(), files[0].text.as_deref()), (1, Ok(text)));
        }
    }
}
