//! Values of options that psort refuses, and those that it takes, through `foreman psort` and
//! `foreman analyze`.

use tests::{Store, foreman, places};

/// The outcome of a command line: its exit status, and the message if it fails.
#[derive(Clone, Copy)]
enum Outcome {
    Runs,
    Refused(i32, &'static str),
}

use Outcome::{Refused, Runs};

/// Options in addition to `-o null`, the exit status of psort 20260720, and the outcomes of
/// `foreman psort` and `foreman analyze`.
type Row = (&'static [&'static str], i32, Outcome, Outcome);

const SESSIONS: &str = "--analysis=sessionize";
const PAUSE: &str = "the value must be from 1 to";
const PORT: &str = "the value must be from 1 to 65535";
const NUMBER: &str = "expected a whole number";
const EMPTY: &str = "has an empty name; remove the extra comma";
const TIME: &str = "expected a date and time such as";
const NEGATIVE: &str = "invalid value '-1' for '--";

const VALUES: &[Row] = &[
    (&[SESSIONS, "--maximum-pause", "0"], 1, Refused(1, PAUSE), Refused(2, PAUSE)),
    (&[SESSIONS, "--maximum-pause", "-1"], 1, Refused(1, PAUSE), Refused(2, PAUSE)),
    (&[SESSIONS, "--maximum_pause=-1"], 1, Refused(1, PAUSE), Refused(2, PAUSE)),
    (&[SESSIONS, "--maximum-pause", "1.5"], 2, Refused(2, NUMBER), Refused(2, NUMBER)),
    (&[SESSIONS, "--maximum-pause", "x"], 2, Refused(2, NUMBER), Refused(2, NUMBER)),
    (&[SESSIONS, "--maximum-pause", ""], 2, Refused(2, NUMBER), Refused(2, NUMBER)),
    (&[SESSIONS, "--maximum-pause", " +1_0 "], 0, Runs, Runs),
    // Longer than the whole range of times.
    (&[SESSIONS, "--maximum-pause", "5000000000"], 0, Refused(1, PAUSE), Refused(2, PAUSE)),
    (&["--analysis", "sessionize,"], 1, Refused(1, EMPTY), Refused(2, EMPTY)),
    (&["--analysis", ",sessionize"], 1, Refused(1, EMPTY), Refused(2, EMPTY)),
    (&["--analysis", "tagging,,x"], 1, Refused(1, EMPTY), Refused(2, EMPTY)),
    (&["--analysis", ","], 1, Refused(1, EMPTY), Refused(2, EMPTY)),
    (&["--analysis", " "], 1, Refused(1, "no analysis plugin"), Refused(2, "no analysis plugin")),
    // psort only checks whether the file is a store.
    (&["--analysis", ""], 0, Runs, Refused(2, "no analysis plugin")),
    (&["--analysis", "sessionize, unique_domains_visited"], 0, Runs, Runs),
    (&["--analysis", "sessionize,sessionize"], 0, Runs, Runs),
    (&["--analysis", "Sessionize"], 1, Refused(1, "no analysis plugin"), Refused(2, "no analysis plugin")),
    (
        &["--analysis", "list,sessionize"],
        1,
        Refused(1, "no analysis plugin"),
        Refused(2, "no analysis plugin"),
    ),
    (&["--analysis", "LIST"], 0, Runs, Runs),
    (&["--analysis", "tagging"], 1, Refused(1, "needs --tagging-file"), Refused(2, "needs --tagging-file")),
    (&[SESSIONS, "--slice", "soon"], 1, Refused(1, TIME), Refused(2, TIME)),
    (&[SESSIONS, "--slice", "-1"], 1, Refused(1, TIME), Refused(2, TIME)),
    (&[SESSIONS, "--slice", "2026-10-12 10:00:00"], 1, Refused(1, TIME), Refused(2, TIME)),
    (&[SESSIONS, "--slice", "2026-13-12T10:00:00"], 1, Refused(1, TIME), Refused(2, TIME)),
    (&[SESSIONS, "--slice", "2026-10-12T10:00:00+25:00"], 1, Refused(1, TIME), Refused(2, TIME)),
    (&[SESSIONS, "--slice", "1326326424"], 1, Refused(1, TIME), Refused(2, TIME)),
    (&[SESSIONS, "--slice", "2026-10-12"], 0, Runs, Runs),
    (&[SESSIONS, "--slice", "2026-10-12T10:00:00.5"], 0, Runs, Runs),
    (&[SESSIONS, "--slice", "2026-10-12T10:00:00Z", "--slice_size", "0"], 0, Runs, Runs),
    (
        &[SESSIONS, "--slice", "2026-10-12", "--slice_size", "x"],
        2,
        Refused(2, NUMBER),
        Refused(2, "--slice-size"),
    ),
    (
        &[SESSIONS, "--slice", "2026-10-12", "--slice_size", ""],
        2,
        Refused(2, NUMBER),
        Refused(2, "--slice-size"),
    ),
    // In psort the slice restricts nothing; in foreman it would leave no event.
    (&[SESSIONS, "--slice", "2026-10-12", "--slice_size", "-1"], 0, Runs, Refused(2, NEGATIVE)),
    (&[SESSIONS, "--slice", ""], 0, Runs, Refused(2, TIME)),
    (
        &[SESSIONS, "--slice", "2026-10-12", "--slicer"],
        1,
        Refused(1, "exclude each other"),
        Refused(2, "psort"),
    ),
    (&[SESSIONS, "--worker_timeout", "0"], 1, Refused(1, "greater than 0"), Runs),
    (&[SESSIONS, "--worker_timeout", "-1"], 1, Refused(2, NEGATIVE), Refused(2, NEGATIVE)),
    (
        &[SESSIONS, "--worker_timeout", "x"],
        2,
        Refused(2, "a number of minutes"),
        Refused(2, "a number of minutes"),
    ),
    (&[SESSIONS, "--worker_timeout", "0.5"], 0, Runs, Runs),
    (&[SESSIONS, "--worker_memory_limit", "-1"], 1, Refused(2, NEGATIVE), Refused(2, NEGATIVE)),
    (&[SESSIONS, "--worker_memory_limit", "0"], 0, Runs, Runs),
    (&[SESSIONS, "--status_view_interval", "0"], 1, Refused(1, "greater than 0"), Runs),
    (&[SESSIONS, "--status_view_interval", "-1"], 1, Refused(2, NEGATIVE), Refused(2, NEGATIVE)),
    (&[SESSIONS, "--status_view", "nosuch"], 2, Refused(2, "possible values"), Refused(2, "possible values")),
    (&[SESSIONS, "--temporary_directory", "/no/such"], 1, Refused(1, "/no/such"), Refused(1, "/no/such")),
    (&["--analysis", "nsrlsvr", "--nsrlsvr-port", "-1"], 1, Refused(1, PORT), Refused(2, PORT)),
    (&["--analysis", "nsrlsvr", "--nsrlsvr-port", "65536"], 1, Refused(1, PORT), Refused(2, PORT)),
    (
        &["--analysis", "nsrlsvr", "--nsrlsvr-hash", "MD5"],
        2,
        Refused(2, "possible values"),
        Refused(2, "possible values"),
    ),
    (
        &["--analysis", "bloom", "--bloom-hash", "sha512"],
        2,
        Refused(2, "possible values"),
        Refused(2, "possible values"),
    ),
    (&["--analysis", "bloom", "--bloom-file", "/no/such"], 1, Refused(1, "/no/such"), Refused(2, "/no/such")),
    // An option of a plugin that is not run.
    (
        &[SESSIONS, "--tagging-file", "x"],
        2,
        Refused(1, "not among the plugins to run"),
        Refused(2, "not among the plugins to run"),
    ),
    (&["--maximum-pause", "5"], 2, Refused(1, "not among the plugins to run"), Refused(2, "--analysis")),
];

fn check(command: &[&str], options: &[&str], store: &Store, expected: Outcome) {
    let told = format!("{command:?} {options:?}");
    let run = foreman(command).args(options).arg(store.path()).run();
    let (status, words) = match expected {
        Runs => (0, ""),
        Refused(status, words) => (status, words),
    };
    assert_eq!(run.status, Some(status), "{told}: {}", run.stderr);
    assert!(run.stderr.contains(words), "{told}: {}", run.stderr);
    assert!(!run.stderr.contains("use '-- -1'"), "{told}: {}", run.stderr);
}

#[test]
fn values_are_refused_as_psort_refuses_them() {
    let store = Store::of("chrome");
    for (options, of_psort, in_psort, in_analyze) in VALUES {
        // What psort refuses is refused; its status is 1 or 2.
        if let (1.., Runs) = (*of_psort, in_psort) {
            panic!("{options:?} are refused by psort");
        }
        check(&["psort", "-o", "null", "-q", "--dry-run"], options, &store, *in_psort);
        check(&["analyze", "-q", "--dry-run"], options, &store, *in_analyze);
    }
}

/// psort takes no filter of white space either.
#[test]
fn a_filter_of_white_space() {
    let store = Store::of("sample");
    for filter in [" ", "\t\n", "\u{a0}"] {
        for (command, status) in [(["psort", "-o", "null"].as_slice(), 1), (&["analyze"], 2)] {
            let run = foreman(command).args([SESSIONS, "--dry-run"]).arg(store.path()).arg(filter);
            let refused = run.expect(status).stderr;
            assert!(refused.contains("expected an expression, or no text at all"), "{refused}");
        }
    }
    foreman(["analyze", SESSIONS, "--dry-run"]).arg(store.path()).arg("").succeed();
}

/// A list without a name would mean that nothing is searched for, or all.
#[test]
fn lists_without_names() {
    let store = Store::of("sample");
    let rules = store.folder().join("rules");
    std::fs::create_dir(&rules).unwrap();
    for list in [",", "", " , "] {
        for command in [
            ["check", "--tagging-file", list].as_slice(),
            &["check", "--sigma-rules", list],
            &["check", "--ioc", list],
            &["report", "--tagging-file", list],
            &["analyze", "--analysis", "tagging", "--tagging-file", list],
            &["analyze", "--analysis", "sigma", "--sigma-rules", list],
            &["analyze", "--analysis", "ioc", "--ioc", list],
        ] {
            let refused = foreman(command).arg(store.path()).expect(2).stderr;
            assert!(
                refused.contains("names no file") || refused.contains("a value is required"),
                "{refused}"
            );
        }
        for option in ["--sigma-status", "--sigma-exclude"] {
            let run = foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(&rules);
            let refused = run.arg(format!("{option}={list}")).arg(store.path()).expect(2).stderr;
            assert!(refused.contains(&format!("{option} has nothing but commas and spaces")), "{refused}");
        }
    }
}

/// A folder that looks like an installation of Plaso, with a program `psort` that must not be run.
fn installation(folder: &std::path::Path) {
    let data = folder.join("lib/python3.11/site-packages/plaso/data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::copy(places::data("sample-rules.txt"), data.join("tag_linux.txt")).unwrap();
    std::fs::create_dir_all(folder.join("bin")).unwrap();
}

/// The command line that most recipes use.
#[test]
fn tagging_files_of_plaso() {
    let store = Store::of("sample");
    let folder = store.folder();
    let (plaso, path) = (folder.join("venv"), folder.join("path"));
    installation(&plaso);
    std::fs::create_dir(&path).unwrap();
    let psort = path.join("psort");
    let named = |command: &[&str], file: &str| {
        let run = foreman(command).args(["--analysis", "tagging", "--tagging-file", file]);
        run.arg(store.path()).current_dir(folder).env("PATH", &path)
    };
    let run = |command: &[&str]| named(command, "tag_linux.txt");
    let commands: [&[&str]; 2] = [&["psort", "-o", "null"], &["analyze", "--dry-run"]];
    // If there is none, the message names all places that were searched, and does not offer our own
    // rules as a replacement.
    for (command, status) in commands.into_iter().zip([1, 2]) {
        let refused = run(command).expect(status).stderr;
        for words in
            ["tag_linux.txt", "/usr/share/plaso", "no psort is on PATH", "--data DIR", "foreman's own"]
        {
            assert!(refused.contains(words), "{words}: {refused}");
        }
    }
    // Plaso's data is found by the interpreter that the script names, and by the folder of the
    // script behind a link.
    let script = format!("#!{}\nraise SystemExit(1)\n", plaso.join("bin/python3").display());
    std::fs::write(&psort, script).unwrap();
    for command in commands {
        let found = run(command).succeed();
        assert!(found.stderr.contains("site-packages/plaso/data/tag_linux.txt"), "{}", found.stderr);
    }
    std::fs::write(plaso.join("bin/psort"), "#!/nowhere/else/python3\n").unwrap();
    std::fs::remove_file(&psort).unwrap();
    std::os::unix::fs::symlink(plaso.join("bin/psort"), &psort).unwrap();
    commands.into_iter().for_each(|command| drop(run(command).succeed()));
    let checked = foreman(["check", "--tagging-file", "tag_linux.txt"]).env("PATH", &path).succeed();
    assert!(checked.stdout.contains("no errors"), "{}", checked.stdout);
    // The folder that --data names is the only one, unless it does not exist.
    let data = |data: &std::path::Path| run(commands[0]).arg("--data").arg(data);
    let refused = data(&path).expect(1).stderr;
    assert!(refused.contains(&*path.to_string_lossy()) && !refused.contains("/usr/share"), "{refused}");
    data(&folder.join("nosuch")).succeed();
    data(&plaso.join("lib/python3.11/site-packages/plaso/data")).succeed();
    // A file in the current folder comes first.
    std::fs::write(folder.join("tag_linux.txt"), "label with spaces\n").unwrap();
    run(commands[1]).expect(2);
}
