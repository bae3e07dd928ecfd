//! How much time and memory long lists take: `cargo run --release --package filter --example lists
//! file 1000000`.
//!
//! The first argument says how the list is given: as a tagging file (`file`), or to conditions that
//! ask for one of many texts, which are whole values (`whole`), their end (`end`) or a part of them
//! (`any`). The second one is the number of texts.

#![expect(clippy::print_stdout, reason = "it prints figures for people")]

use std::sync::Arc;
use std::time::Instant;

use events::{AttributeNames, Label};
use filter::condition::{Case, Check, Condition, Literals, Part};
use filter::{RuleSet, Rules, tagging_file};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_else(|| "file".into());
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let path = std::env::temp_dir().join(format!("lists-{}.txt", std::process::id()));
    if kind == "file" {
        // SHA-1, because a million rules with SHA-256 exceed the limit on the size of a file.
        let rule = |number| format!("  sha1_hash is '{:040x}'\n", scattered(number));
        let rules: String = (0..count).map(rule).collect();
        std::fs::write(&path, format!("indicator\n{rules}")).expect("a temporary file can be written");
    }
    let before = peak();
    let start = Instant::now();
    let rules = match &*kind {
        "whole" => list(Part::Whole, (0..count).map(|number| format!("{:064x}", scattered(number)))),
        "end" => list(Part::End, (0..count).map(domain)),
        "any" => list(Part::Any, (0..count).map(domain)),
        _ => tagging_file::load(&path).expect("the rules are right"),
    };
    let read = start.elapsed();
    let set = RuleSet::compile(&rules, &mut AttributeNames::default()).expect("the rules are right");
    drop(rules);
    println!(
        "{kind}, {count} texts, {} labels: read in {read:.2?}, ready after {:.2?}, {} MB (before: {before} MB)",
        set.labels().len(),
        start.elapsed(),
        peak()
    );
    // It may not be there.
    let _ = std::fs::remove_file(&path);
}

fn list(part: Part, texts: impl Iterator<Item = String>) -> Rules {
    let literals = Literals::new(part, Case::Folded, texts).expect("they are not too many");
    let condition = Condition::of("v", Check::OneOf(Arc::new(literals)));
    let label = Label::new("indicator").expect("it is a label");
    Rules::of_conditions("list", "", [(label, 1)], [(0, condition, 1)])
}

/// A number that does not follow from the one before.
fn scattered(number: usize) -> u128 {
    (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

fn domain(number: usize) -> String {
    format!("{:x}.example{}.com", scattered(number) >> 90, number % 1_000)
}

/// The most memory that this process has used so far, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
