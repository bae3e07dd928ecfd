//! The programs for developers: a slip in their arguments is an error, and no panic.

use tests::{Finished, Program, Store, places};

/// Runs a program that refuses its arguments, and returns what it says.
fn refused(name: &str, arguments: &[&str], status: i32) -> String {
    let Finished { stderr, .. } = Program::new(&places::program(name), arguments).expect(status);
    assert!(!stderr.contains("panicked"), "{name} {arguments:?}: {stderr}");
    stderr
}

#[test]
fn paths_that_lead_nowhere() {
    let empty = Store::empty();
    let (folder, nothing) = (empty.folder().to_str().unwrap(), empty.folder().join("nothing"));
    let nothing = nothing.to_str().unwrap();
    let wrong = empty.beside("wrong.txt", "evil\n  reporter iz 'x'\n");
    let wrong = wrong.to_str().unwrap();
    for (program, option, value, why) in [
        ("soak", "--store", nothing, "there is no such file"),
        ("soak", "--store", folder, "there is no such file"),
        ("soak", "--store", "/etc/passwd", "it is not a Plaso storage file"),
        ("bench", "--store", "/etc/passwd", "it is not a Plaso storage file"),
        ("bench", "--rules", "nope", "there is no such file"),
        ("bench", "--rules", folder, "there is no such file"),
        ("bench", "--sigma-rules", nothing, "there is no such file or folder"),
        ("bench", "--ioc", nothing, "there is no such file or folder"),
        ("bench", "--rules", wrong, "reporter iz 'x'"),
        ("bench", "--sigma-rules", wrong, "wrong.txt"),
        ("bench", "--psort", nothing, "there is no such file"),
        ("bench", "--psort", "/etc/passwd", "it may not be executed"),
    ] {
        let said = refused(program, &[option, value], 2);
        assert!(said.contains(option) && said.contains(why), "{program} {option} {value}: {said}");
    }
}

#[test]
fn a_bad_worker_without_a_foreman() {
    let run = |arguments: &[&str]| {
        Program::new(&places::program("bad_worker"), arguments).env("BAD_WORKER", "faults")
    };
    for (arguments, status) in [(&["--connect", "/nope"][..], 1), (&["--connect"], 2), (&[], 2)] {
        let said = run(arguments).expect(status).stderr;
        assert!(said.contains("--connect") && !said.contains("panicked"), "{said}");
    }
}
