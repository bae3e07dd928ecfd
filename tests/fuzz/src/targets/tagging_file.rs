//! Texts as tagging files: all rules together must match the same as each rule alone.

use events::{AttributeNames, Label};
use filter::{Diagnostics, Expression, Filter, Position, RuleSet, tagging_file};

use super::filter::check_remark;
use crate::samples::each_event;
use crate::workplace::{file, in_empty_folder};
use crate::{Target, assert_harmless};

pub(super) const TARGET: Target = Target { name: "tagging_file", run, seeds };

fn run(data: &[u8]) {
    let loaded = match std::str::from_utf8(data) {
        Ok(text) => tagging_file::parse("rules.txt", text),
        // This also tests the messages about bytes that are not text.
        Err(_) => {
            let mut loaded = None;
            in_empty_folder(|folder| loaded = Some(tagging_file::load(&file(folder, "rules.txt", data))));
            loaded.unwrap()
        }
    };
    let text = String::from_utf8_lossy(data);
    let rules = match loaded {
        Ok(rules) => rules,
        Err(errors) => return check(&errors, &text),
    };
    let mut names = AttributeNames::default();
    match RuleSet::compile(&rules, &mut names) {
        Ok(set) => compare(&set, &alone(&text, &mut names), &names),
        Err(errors) => check(&errors, &text),
    }
}

/// Fails if the errors point outside the file or cannot be shown.
fn check(errors: &Diagnostics, text: &str) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<_> = lines(text).collect();
    assert!(errors.iter().next().is_some());
    assert_harmless(&errors.to_string());
    for error in errors.iter() {
        check_remark(&error.message);
        if let Some(Position { line, columns }) = &error.position {
            let length = lines[line - 1].chars().count();
            // Bytes that are not text may have become one character or several.
            assert!(columns.start >= 1 && columns.start <= length + 1, "{error:?} of {length}");
            assert!(columns.end > columns.start, "{error:?}");
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// Returns the rules one by one, with their labels.
fn alone(text: &str, names: &mut AttributeNames) -> Vec<(Label, Filter)> {
    let mut label = None;
    let mut filters = Vec::new();
    for line in lines(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let is_space = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
        let rule = line.trim_matches(is_space);
        if rule.is_empty() || rule.starts_with('#') {
        } else if !line.starts_with(is_space) {
            label = Some(Label::new(rule).unwrap());
        } else if let Some(expression) = Expression::parse(rule).unwrap() {
            let label = label.clone().expect("a rule has a label");
            filters.push((label, Filter::compile(&expression, names).unwrap()));
        }
    }
    filters
}

fn compare(set: &RuleSet, alone: &[(Label, Filter)], names: &AttributeNames) {
    let mut matched = Vec::new();
    each_event(names, |event| {
        set.matches(event, &mut matched);
        let together: Vec<_> = matched.iter().map(|&label| &set.labels()[label]).collect();
        let one_by_one = |label: &&Label| alone.iter().any(|(of, rule)| of == *label && rule.matches(event));
        let expected: Vec<_> = set.labels().iter().filter(one_by_one).collect();
        assert_eq!(together, expected);
    });
    set.warnings().iter().for_each(|warning| check_remark(warning));
    set.take_notes().iter().for_each(|note| check_remark(&note.message));
}

fn seeds() -> Vec<Vec<u8>> {
    let own = "one\n  data_type is 'a' and (v contains 'x' or v inset 'xyz')\n  data_type is 'fs:stat'\n\n# comment\n\
               two\n\tv is 'x'\n  body contains 'A'\n  body contains 'AB'\n  v inset 'abc x'\n  data_type is 'a' or data_type is 'b'\n\
               three\n  body regexp '(?=F).*d' and not v is 1\r\n  size > 4 or v contains 'ab'\n  tag contains 'a'\n";
    let built_in = tagging_file::BUILT_IN.iter().map(|name| {
        let rules = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/filter/rules");
        std::fs::read(rules.join(format!("{name}.txt"))).unwrap()
    });
    built_in.chain([own.as_bytes().to_vec()]).collect()
}
