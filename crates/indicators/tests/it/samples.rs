//! Lists that others have published: each is read, and nothing of it is dropped in silence.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use indicators::{Indicators, ReadOptions, read};

#[test]
fn every_file_is_read_and_what_is_not_used_is_named() {
    let Some(archive) = testing::places::shared("ioc/ioc-samples.tar.xz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(folder.path()).status();
    if !unpacked.as_ref().is_ok_and(std::process::ExitStatus::success) {
        testing::places::skipped(&format!("{} cannot be unpacked ({unpacked:?})", archive.display()));
        return;
    }
    let indicators = read(folder.path(), &ReadOptions::default()).unwrap();
    insta::assert_snapshot!(account(&indicators));
    assert_eq!(indicators.problems().len(), sum(&indicators, |list| list.problems));
    let left_out = sum(&indicators, |list| list.left_out.values().sum());
    assert_eq!(indicators.left_out().len(), left_out);
    let kinds = sum(&indicators, |list| list.kinds.values().sum());
    assert_eq!(indicators.len(), kinds);
    kept_lists_are_the_same(folder.path(), &indicators);
}

fn sum(indicators: &Indicators, number: impl Fn(&indicators::List) -> u32) -> usize {
    indicators.lists().iter().map(number).sum::<u32>() as usize
}

/// A worker reads what the run has kept, and finds the same.
fn kept_lists_are_the_same(folder: &Path, indicators: &Indicators) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("lists");
    indicators::keep(folder, &mut std::fs::File::create(&path).unwrap()).unwrap();
    let kept = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(account(&kept), account(indicators));
    assert!(kept.iter().zip(indicators.iter()).all(|(a, b)| format!("{a:?}") == format!("{b:?}")));
}

/// Returns the account of each file. The values and titles are not in it, since the lists have
/// licences of their own.
fn account(indicators: &Indicators) -> String {
    let mut text = String::new();
    for (number, list) in indicators.lists().iter().enumerate() {
        let title = if list.title.is_some() { ", with a title" } else { "" };
        let _ = writeln!(text, "{} ({}){title}", list.file, list.format.as_str());
        for (kind, number) in &list.kinds {
            let _ = writeln!(text, "    {number} {kind}");
        }
        if list.groups > 0 {
            let lines = indicators.groups().filter(|group| usize::from(group.list.0) == number);
            let lines: Vec<_> = lines.map(|group| group.line.to_string()).collect();
            let _ = writeln!(text, "    {} groups: lines {}", list.groups, lines.join(", "));
        }
        let of_list = indicators.left_out().iter().filter(|left_out| usize::from(left_out.list.0) == number);
        for left_out in of_list {
            assert!(!left_out.written.is_empty());
            let _ =
                writeln!(text, "    left out, line {}: {}", left_out.place.line, masked(&left_out.reason));
        }
        for problem in indicators.problems().iter().filter(|problem| problem.place.file == list.file) {
            let _ = writeln!(text, "    problem, line {}: {}", problem.place.line, masked(&problem.reason));
        }
    }
    for other in indicators.other_files() {
        let _ = writeln!(text, "{}: {}", other.file, other.reason);
    }
    text
}

/// Returns a reason without the values in it.
fn masked(reason: &str) -> String {
    reason.split('`').enumerate().map(|(part, text)| if part % 2 == 0 { text } else { "`…`" }).collect()
}
