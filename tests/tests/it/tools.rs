//! The programs for developers say how they are used, and do not panic.

use std::process::{Command, Output};

use tests::places;

const TOOLS: [&str; 5] = ["soak", "bad_worker", "parity", "scale", "bench"];

fn run(tool: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        Command::new(places::program(tool)).args(arguments).env_remove("BAD_WORKER").output().unwrap();
    let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    assert!(!said.contains("panicked"), "{tool} {arguments:?}: {said}");
    (status.code(), said)
}

#[test]
fn help() {
    for tool in TOOLS {
        let (status, said) = run(tool, &["--help"]);
        assert!(status == Some(0) && said.to_lowercase().contains("usage:"), "{tool}: {said}");
    }
}

#[test]
fn usage_errors() {
    for (tool, arguments) in [
        ("soak", &["--nonsense"][..]),
        ("soak", &["--minutes"]),
        ("soak", &["--minutes", "many"]),
        ("soak", &["--minutes", "18446744073709551615"]),
        ("soak", &["--seed", "-1"]),
        ("soak", &["--store", "/no/such.plaso"]),
        ("soak", &["more"]),
        ("bad_worker", &[]),
        ("bad_worker", &["--nonsense"]),
        ("parity", &["--nonsense"]),
        ("parity", &["more"]),
        ("scale", &["--events", "1"]),
        ("scale", &["--break-even", "NaN"]),
        ("scale", &["--break-even=-1"]),
        ("scale", &["--nonsense"]),
        ("bench", &["--events", "none"]),
        ("bench", &["--store", "/no/such.plaso"]),
        ("bench", &["--runs", "0"]),
        ("bench", &["--nonsense"]),
    ] {
        let (status, said) = run(tool, arguments);
        assert!(status == Some(2), "{tool} {arguments:?}: {status:?}: {said}");
        assert!(
            said.to_lowercase().contains("usage") || said.contains("--help"),
            "{tool} {arguments:?}: {said}"
        );
    }
}
