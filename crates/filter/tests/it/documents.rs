//! The examples in the documentation are correct.

use filter::{Expression, Filter, Severity, tagging_file};

use crate::support::{Sample, matches};

const FILTERS: &str = include_str!("../../../../docs/filters.md");
const TAGGING_FILES: &str = include_str!("../../../../docs/tagging-files.md");

/// Returns the contents of the blocks of this kind.
fn blocks(document: &'static str, kind: &str) -> Vec<&'static str> {
    let start = format!("```{kind}\n");
    let blocks: Vec<_> =
        document.split(&*start).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(!blocks.is_empty(), "{kind}");
    blocks
}

#[test]
fn filters() {
    for expression in blocks(FILTERS, "filter").into_iter().flat_map(str::lines) {
        let found = Expression::check("filter", expression);
        assert!(found.is_empty(), "{expression}\n{found}");
    }
    for expression in blocks(FILTERS, "refused").into_iter().flat_map(str::lines) {
        let found = Expression::check("filter", expression);
        assert_eq!(found.count(Severity::Error), 1, "{expression}\n{found}");
    }
}

/// Returns the texts between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn operators() {
    let table = FILTERS.split_once("| expression | matches | does not match |").unwrap().1;
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        let [expression, matching, others] = cells[..] else { panic!("{row}") };
        for (values, expected) in [(matching, true), (others, false)] {
            for value in quoted(values) {
                let expression = quoted(expression)[0];
                let sample = Sample::new(format!("\"v\": {value}"));
                assert_eq!(matches(expression, &sample), expected, "{expression} on {value}");
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn values() {
    let table = FILTERS.split_once("| value | examples |").unwrap().1;
    let examples = table.lines().skip(2).take_while(|line| line.starts_with('|')).flat_map(quoted);
    let mut names = events::AttributeNames::default();
    let mut count = 0;
    for value in examples {
        let attribute = if value.starts_with("DATETIME") { "timestamp" } else { "v" };
        let expression = Expression::parse(&format!("{attribute} is {value}")).unwrap().unwrap();
        Filter::compile(&expression, &mut names).unwrap();
        count += 1;
    }
    assert!(count > 10, "{count}");
}

#[test]
fn tagging_files() {
    for rules in blocks(TAGGING_FILES, "rules") {
        let found = tagging_file::check("rules.txt", rules);
        assert!(found.is_empty(), "{found}");
        tagging_file::parse("rules.txt", rules).unwrap();
    }
    let [wrong] = blocks(TAGGING_FILES, "rules-to-check")[..] else { panic!() };
    let [told] = blocks(TAGGING_FILES, "told")[..] else { panic!() };
    assert_eq!(format!("{}\n", tagging_file::check("rules.txt", wrong)), told);
}
