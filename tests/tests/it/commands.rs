//! Commands that messages advise are run in a shell, with file names that have a meaning in a
//! shell.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use tests::{FaultPlan, Finished, Store, foreman, places};

use crate::support::{analyze, analyze_with, interrupt};

const HOSTILE: [&str; 6] = [
    "x; touch PWNED; .plaso",
    "it's $(touch PWNED) `touch PWNED`.plaso",
    "a\nb; touch PWNED\n.plaso",
    "-w.plaso",
    "\x1b]0;title\x07 \"$HOME\" \\ %s & *.plaso",
    "\u{202e}osalp.plaso",
];

/// A folder with `foreman` and a `psort` that records its arguments.
struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(places::program("foreman"), folder.path().join("foreman")).unwrap();
        let psort = folder.path().join("psort");
        std::fs::write(&psort, "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\n").unwrap();
        std::fs::set_permissions(&psort, Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    /// Runs the line as it was printed, in this folder.
    fn run(&self, line: &str, place: &Path) -> std::process::Output {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        let output =
            Command::new("sh").args(["-c", line]).env("PATH", path).current_dir(place).output().unwrap();
        let left: Vec<_> =
            std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name == "PWNED"), "{line}");
        output
    }

    fn succeed(&self, line: &str, place: &Path) -> String {
        let output = self.run(line, place);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Returns the arguments that psort gets from this line.
    fn psort(&self, line: &str, place: &Path) -> Vec<String> {
        self.succeed(line, place).split_terminator('\0').map(str::to_owned).collect()
    }
}

/// The commands in a message: indented lines that begin with the program's name.
fn commands(message: &str, program: &str) -> Vec<String> {
    let of_program =
        |line: &&str| line.starts_with("  ") && line.trim_start().starts_with(&format!("{program} "));
    message.lines().filter(of_program).map(|line| line.trim_start().to_owned()).collect()
}

fn renamed(store: &Store, name: &str) -> PathBuf {
    let path = store.folder().join(name);
    std::fs::rename(store.path(), &path).unwrap();
    path
}

#[test]
fn going_on_and_cleaning_up() {
    let shell = Shell::new();
    for (number, name) in HOSTILE.iter().enumerate() {
        let store = Store::of("sample");
        let path = renamed(&store, name);
        let elsewhere = store.folder().join("else where; touch PWNED");
        std::fs::create_dir(&elsewhere).unwrap();
        let faults = FaultPlan::new("wait 3000");
        let run =
            analyze_with(&places::data("sample-rules.txt")).arg("--temporary-directory").arg(&elsewhere);
        let run = faults.of_workers(run).args(["--workers", "2", "--"]).arg(&path);
        let mut running = run.start();
        let is_done = |folder: &Path| {
            let runs = std::fs::read_dir(folder).unwrap().flatten();
            runs.into_iter().any(|run| run.path().join("finished.jsonl").exists())
        };
        running.until(|_| is_done(&elsewhere).then_some(())).expect("it waits");
        running.signal(Signal::SIGINT);
        let said = running.wait().expect(130).stderr;
        let [resume, clean] = &commands(&said, "foreman")[..] else { panic!("{said}") };
        let wrong = foreman(["analyze", "--resume", "--analysis", "sessionize", "--temporary-directory"]);
        let wrong = wrong.arg(&elsewhere).arg("--").arg(&path).expect(1).stderr;
        assert_eq!(commands(&wrong, "foreman"), std::slice::from_ref(clean), "{wrong}");
        if number % 2 == 0 {
            let summary = shell.succeed(resume, Path::new("/"));
            assert!(summary.contains("new labels"), "{summary}");
        } else {
            let removed = shell.succeed(clean, Path::new("/"));
            assert!(removed.starts_with("removed "), "{removed}");
        }
        assert!(!is_done(&elsewhere), "{name:?}");
    }
    // A folder beside its store.
    let store = Store::of("sample");
    let run = analyze(&store).args(["--workers", "2"]);
    let said = interrupt(run, &store.folder().join("sample.plaso.foreman")).stderr;
    shell.succeed(&commands(&said, "foreman")[1], Path::new("/"));
    assert_eq!(store.files(), ["sample.plaso"]);
}

#[test]
fn a_filter_that_matches_nothing() {
    let shell = Shell::new();
    for name in HOSTILE {
        let store = Store::of("sample");
        let path = renamed(&store, name);
        let filter = "filename contains 'it; touch PWNED' and  data_type is \"$(touch PWNED)\"";
        let run = foreman(["analyze", "--analysis", "sessionize", "--"]).arg(&path).arg(filter);
        let said = run.expect(1).stderr;
        let [check] = &commands(&said, "foreman")[..] else { panic!("{said}") };
        let checked = shell.succeed(check, Path::new("/"));
        assert!(checked.contains("filter: 0 events match"), "{checked}");
    }
}

fn refused(arguments: &[&str], folder: &Path) -> Finished {
    foreman(["psort"]).args(arguments).current_dir(folder).expect(1)
}

#[test]
fn analysis_and_export_with_everything_that_was_asked_for() {
    let shell = Shell::new();
    let filter = "reporter is 'sshd' and data_type is not \"$(touch PWNED)\"";
    for name in HOSTILE {
        let store = Store::of("sample");
        renamed(&store, name);
        std::fs::copy(places::data("sample-rules.txt"), store.folder().join("my rules;.txt")).unwrap();
        let line = [
            "-o",
            "l2tcsv",
            "-w",
            "out; touch PWNED.csv",
            "--fields=datetime,message",
            "--output_time_zone",
            "Europe/Zurich",
            "-u",
            "--analysis",
            "tagging,sessionize",
            "--tagging-file",
            "my rules;.txt",
            "--maximum_pause",
            "7",
            "--workers",
            "2",
            "--",
            name,
            filter,
        ];
        let said = refused(&line, store.folder()).stderr;
        let ([analysis, own], [export]) = (&commands(&said, "foreman")[..], &commands(&said, "psort")[..])
        else {
            panic!("{said}")
        };
        let path = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
        let expected = [
            "-o",
            "l2tcsv",
            "-w",
            "out; touch PWNED.csv",
            "--output_time_zone=Europe/Zurich",
            "--fields=datetime,message",
            &path,
            filter,
        ];
        assert_eq!(shell.psort(export, store.folder()), expected, "{export}");
        let printed = shell.succeed(analysis, store.folder());
        assert!(printed.contains("login_failed") && printed.contains("session_0"), "{printed}");
        assert!(printed.contains("Event filter : reporter is 'sshd'"), "{printed}");
        shell.succeed(own, store.folder());
        let csv = std::fs::read_to_string(store.folder().join("out; touch PWNED.csv")).unwrap();
        assert!(csv.lines().count() > 1 && csv.contains("sshd"), "{csv}");
    }
}

#[test]
fn an_export_alone() {
    let shell = Shell::new();
    let store = Store::of("sample");
    for (arguments, expected) in [
        (&["sample.plaso"][..], &["-o", "dynamic", "sample.plaso"][..]),
        (&["-ol2tcsv", "--wri=x", "sample.plaso"], &["-o", "l2tcsv", "-w", "x", "sample.plaso"]),
        (&["-o", "x y", "s", "--", "-f"], &["-o", "x y", "s", "--", "-f"]),
        (
            &["-o", "xlsx", "-a", "--slice", "2026-01-01", "s"],
            &["-o", "xlsx", "--include_all", "--slice=2026-01-01", "s"],
        ),
        (&["--data", "d d", "-o", "json"], &["-o", "json", "--data=d d"]),
    ] {
        let said = refused(arguments, store.folder()).stderr;
        let own = commands(&said, "foreman");
        assert_eq!(own.len(), usize::from(expected[1] != "x y"), "{said}");
        assert!(own.iter().all(|own| own.starts_with("foreman export --format ")), "{said}");
        assert_eq!(shell.psort(&commands(&said, "psort")[0], store.folder()), expected, "{said}");
    }
    // The own command exports the same slice, or there is none.
    let slice = ["-o", "json_line", "-w", "o", "--slice", "2026-09-07T23:17:27", "--slice_size", "7"];
    let said = refused(&[&slice[..], &["sample.plaso"]].concat(), store.folder()).stderr;
    let [own] = &commands(&said, "foreman")[..] else { panic!("{said}") };
    shell.succeed(own, store.folder());
    let exported = std::fs::read_to_string(store.folder().join("o")).unwrap().lines().count();
    assert!((1..4_547).contains(&exported), "{own}: {exported} events");
    let said = refused(&["-o", "json_line", "--slicer", "sample.plaso", "tag is 'x'"], store.folder()).stderr;
    assert!(commands(&said, "foreman").is_empty(), "{said}");
    let secret =
        refused(&["--analysis", "virustotal", "--virustotal-api-key", "s3cret", "s"], store.folder());
    assert!(!secret.stderr.contains("s3cret"), "{}", secret.stderr);
}

#[test]
fn rules_that_are_odd() {
    let shell = Shell::new();
    let store = Store::of("sample");
    let odd: String =
        (0..12).map(|n| format!("odd_{n}\n  filename is 'x' and filename is 'y'\n\n")).collect();
    for name in ["r; touch PWNED.txt", "it's \x1b r.txt", "-r.txt"] {
        let rules = store.beside(name, &odd);
        let run = foreman(["analyze", "--dry-run", "--analysis", "tagging"]).current_dir(store.folder());
        let said = run.arg(format!("--tagging-file={name}")).arg(store.path()).run().stderr;
        let [check] = &commands(&said, "foreman")[..] else { panic!("{said}") };
        let checked = shell.run(check, store.folder());
        let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.contains("12 warnings"), "{check}: {checked}");
        std::fs::remove_file(rules).unwrap();
    }
}
