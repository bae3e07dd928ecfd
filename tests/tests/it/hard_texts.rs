//! Regular expressions that take too many steps on the texts of many events.

use std::fmt::Write as _;

use tests::{Store, foreman};

/// Rules whose expressions take all steps on each request of a web server.
fn hard_rules(expressions: usize) -> String {
    (0..expressions).fold(String::new(), |mut rules, number| {
        let _ = writeln!(rules, "hard_{number}\n  http_request regexp '(?:.|.)+~{number}(?!x)'");
        rules
    })
}

#[test]
fn are_given_up_in_a_task_with_the_same_results_for_any_number_of_workers() {
    let mut dumps = Vec::new();
    for workers in ["1", "3"] {
        let store = Store::of("sample");
        let rules = store.beside("rules.txt", &format!("{}easy\n  data_type is 'fs:stat'\n", hard_rules(12)));
        let finished = foreman(["analyze", "--analysis", "tagging", "--workers", workers, "--tagging-file"])
            .arg(&rules)
            .arg(store.path())
            .expect(3);
        assert!(finished.stdout.contains("took too many steps on many texts of a task"), "{finished:?}");
        let dump = store.dump();
        assert_eq!(dump.labels_in_tags["easy"], 210);
        dumps.push((
            dump,
            finished
                .stdout
                .lines()
                .filter(|line| line.contains("steps"))
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        ));
    }
    assert_eq!(dumps[0], dumps[1]);
}
