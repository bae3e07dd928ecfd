//! Slips that people make: each gets the right word.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use serde_json::{Value, json};
use testing::{Compression, NewStore};
use tests::{Store, foreman, places};

/// Names and operators of other tools in a filter.
#[test]
fn words_of_other_tools() {
    for (slip, meant) in [
        ("eventid is 4624", "did you mean `event_identifier`?"),
        ("EventID is 4624", "did you mean `event_identifier`?"),
        ("computer_name is 'dc01'", "did you mean `hostname`?"),
        ("user is 'bob'", "did you mean `xml_string.TargetUserName`?"),
        ("data_type is 'syslog:ssh:login' and user is 'bob'", "did you mean `username`?"),
        ("message contains 'x'", "`message_body` of a syslog or journal"),
        ("data_type is 'windows:evtx:record' and message contains 'x'", "did you mean `xml_string`?"),
    ] {
        let said = foreman(["check", "--filter", slip]).succeed().stdout;
        assert!(said.contains(meant), "{slip}: {said}");
    }
    for (slip, meant) in [
        ("pid in (4624, 4625)", "did you mean `(pid is 4624 or pid is 4625)`?"),
        ("filename like '%evil%'", "did you mean `filename contains 'evil'`?"),
        ("pid between 1 and 5", "did you mean `(pid >= 1 and pid <= 5)`?"),
        (r"v regexp '\\N{BULLET}'", r"names of characters (`\N{…}`) are not supported"),
        ("data_type == windows:evtx:record", "did you mean `'windows:evtx:record'`?"),
    ] {
        let said = foreman(["check", "--filter", slip]).expect(2).stdout;
        assert!(said.contains(meant), "{slip}: {said}");
    }
}

/// With a store, its data types decide.
#[test]
fn names_that_the_store_has() {
    let store = Store::of("sample");
    let said = foreman(["check", "--filter", "user is 'bob'"]).arg(store.path()).succeed().stdout;
    assert!(said.contains("did you mean `username`?"), "{said}");
}

#[test]
fn files_that_are_no_storage_files() {
    let store = Store::empty();
    for (content, named) in [
        ("datetime,timestamp_desc,source\n", "it is a CSV file"),
        ("PK\u{3}\u{4}", "it is a ZIP archive"),
        ("{\"a\": 1}", "it is a JSON file"),
    ] {
        let file = store.beside("given", content);
        for command in ["info", "report"] {
            let said = foreman([command]).arg(&file).expect(1).stderr;
            assert!(said.contains(named), "{command}: {said}");
        }
    }
}

#[test]
fn a_storage_file_of_before_2023() {
    let store = Store::of("sample");
    store.change("UPDATE metadata SET value = '20220716' WHERE key = 'format_version'");
    for command in ["info", "report"] {
        let said = foreman([command]).arg(store.path()).expect(1).stderr;
        assert!(said.contains("is a storage file of a Plaso that is from before 2023"), "{command}: {said}");
    }
}

/// The message says who may not read which file or enter which folder.
#[test]
fn a_missing_permission() {
    const NOBODY: u32 = 65_534;
    let store = Store::of("sample");
    let open =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    open(store.path(), 0o600);
    let run = |arguments: &[&std::ffi::OsStr]| {
        let mut command = std::process::Command::new(places::program("foreman"));
        command.args(arguments).env_clear();
        if nix::unistd::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        } else {
            open(store.path(), 0o000);
        }
        command.output()
    };
    if !run(&["--version".as_ref()]).is_ok_and(|run| run.status.success()) {
        return places::skipped("another user may not run the program");
    }
    let said = run(&["info".as_ref(), store.path().as_os_str()]).unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains(": permission denied: you (user "), "{said}");
    assert!(said.contains("ask for the permission, or work on a copy that you own"), "{said}");
}

/// An analysis without results does not replace the results of an earlier one.
#[test]
fn a_filter_that_matches_nothing_replaces_nothing() {
    let store = Store::of("sample");
    let analyze = ["analyze", "--analysis", "sessionize"];
    foreman(analyze).arg(store.path()).succeed();
    let before = store.dump();
    let refused = foreman(analyze).arg(store.path()).arg("reporter is 'nobody'").expect(1).stderr;
    assert!(refused.contains("no event matches the filter, so nothing was stored"), "{refused}");
    assert!(refused.contains("\n  foreman check --filter="), "{refused}");
    assert!(refused.contains("--force"), "{refused}");
    assert!(store.dump() == before, "the store has changed");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    foreman(analyze).arg(store.path()).args(["reporter is 'nobody'", "--force"]).succeed();
    assert!(store.dump() != before, "nothing was stored");
}

#[test]
fn a_tagging_file_of_plaso_that_is_not_there() {
    let store = Store::of("sample");
    let run = foreman(["psort", "-o", "null", "--analysis", "tagging", "--tagging-file", "tag_windows.txt"]);
    let said = run.arg(store.path()).env("PATH", "/nowhere").expect(1).stderr;
    assert!(said.contains("\n  --data DIR"), "{said}");
    assert!(said.contains("\n  --tagging-file windows"), "{said}");
}

/// Commands to copy stand on lines of their own.
#[test]
fn lists_that_only_psort_has() {
    for (arguments, command) in [
        (&["-o", "list"][..], "\n  psort -o list\n"),
        (&["-o", "null", "--language", "list"], "\n  psort --language list\n"),
        (&["-o", "null", "--troubles"], "\n  psort --troubles\n"),
    ] {
        let said = foreman(["psort"]).args(arguments).expect(1).stderr;
        assert!(said.contains(command), "{said}");
    }
}

/// Rules for data types that the store does not have take one line.
#[test]
fn check_answers_first() {
    let store = Store::of("sample");
    let check = ["check", "--tagging-file", "windows"];
    let said = foreman(check).arg(store.path()).succeed().stdout;
    assert!(said.contains("rules are for data types that are not in this store; --all shows each"), "{said}");
    assert!(!said.contains("did you mean"), "{said}");
    let all = foreman(check).arg("--all").arg(store.path()).succeed().stdout;
    assert!(all.lines().count() > said.lines().count() + 100, "{all}");
    // The first matches of a filter.
    let said = foreman(["check", "--filter", "reporter is 'sshd'"]).arg(store.path()).succeed().stdout;
    assert!(said.contains("\n  event 43  2026-09-01T09:19:00Z  "), "{said}");
    assert!(said.contains("\n  and 340 more"), "{said}");
}

/// The rules that match, the most serious first, then those that came close, and of an event the
/// matching rules first.
#[test]
fn what_matches_comes_before_what_came_close() {
    let store = Store::of("sample");
    let check = |arguments: &[&str]| {
        let check = foreman(["check", "--tagging-file", "linux"]).args(arguments);
        check.arg(store.path()).succeed().stdout
    };
    let said = check(&[]);
    let (matching, close) = said.split_once("These rules match no event, the closest first:").unwrap();
    let severities: Vec<_> = [" (high): ", " (medium): ", " (low): "].map(|word| matching.find(word)).into();
    assert!(severities.is_sorted() && severities.iter().all(Option::is_some), "{said}");
    assert!(!close.contains(" (high): "), "{said}");
    let of_event = check(&["--event", "45"]);
    let first = |sign: &str| of_event.find(sign).unwrap();
    assert!(first("  ✓ sudo_command  linux:") < first("  ✗ ssh_login  linux:"), "{of_event}");
}

#[test]
fn colours_only_if_they_are_wanted() {
    let store = Store::of("sample");
    let check = |arguments: &[&str]| {
        foreman(["check", "--filter", "reporter is 'sshd'"]).args(arguments).arg(store.path())
    };
    assert!(!check(&[]).succeed().stdout.contains('\u{1b}'));
    assert!(check(&["--color", "always"]).succeed().stdout.contains('\u{1b}'));
    assert!(check(&[]).env("NO_COLOR", "").env("CLICOLOR_FORCE", "1").succeed().stdout.contains('\u{1b}'));
    assert!(
        !check(&["--color=never"])
            .env("NO_COLOR", "")
            .env("CLICOLOR_FORCE", "1")
            .succeed()
            .stdout
            .contains('\u{1b}')
    );
    let error = foreman(["--color", "always", "info", "no-such-file"]).expect(1).stderr;
    assert!(error.starts_with("\u{1b}[1;31mforeman:"), "{error}");
}

/// Headings, how serious a label is, and what a rule matched.
#[test]
fn colours_of_a_report() {
    let store = Store::of("sample");
    foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]).arg(store.path()).succeed();
    for command in ["report", "info"] {
        let run = |color| foreman([command, "--color", color]).arg(store.path()).succeed().stdout;
        let colored = run("always");
        assert!(colored.contains("\u{1b}[1mLabels\u{1b}[0m\n") || command == "info", "{colored}");
        assert!(colored.contains("\u{1b}[1;33mmedium\u{1b}[0m"), "{colored}");
        assert!(!run("auto").contains('\u{1b}') && !run("never").contains('\u{1b}'));
    }
    let mut store = NewStore::new(Compression::Zlib);
    let script = format!("{} Invoke-Mimikatz {}", "a".repeat(500), "b".repeat(500));
    let data = store.event_data(json!({"data_type": "test:x", "script": script}));
    let event = store.event(1_600_000_000_000_000, data);
    store.tag(event, &["dumped"]);
    let store = store.finish();
    let rules = store.beside("rules.txt", "dumped\n  script contains 'invoke-mimikatz'\n");
    let run = |arguments: &[&str]| {
        let run = foreman(["report", "--label", "dumped", "--tagging-file"]).arg(&rules).args(arguments);
        run.arg(store.path()).succeed().stdout
    };
    let marked = "a \u{1b}[1;32mInvoke-Mimikatz\u{1b}[0m b";
    assert!(run(&["--color", "always"]).contains(marked));
    assert!(!run(&[]).contains('\u{1b}'));
    // A file gets none, whatever is asked for.
    let file = store.folder().join("report.txt");
    run(&["--color", "always", "-w", file.to_str().unwrap()]);
    assert!(!std::fs::read_to_string(file).unwrap().contains('\u{1b}'));
}

#[test]
fn several_stores() {
    let (sample, chrome) = (Store::of("sample"), Store::of("chrome"));
    foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]).arg(sample.path()).succeed();
    let both = [sample.path(), chrome.path()];
    for command in ["info", "report"] {
        let run = |arguments: &[&str], stores: &[&Path]| {
            foreman([command]).args(arguments).args(stores).succeed().stdout
        };
        let each = |arguments: &[&str]| both.map(|store| run(arguments, &[store]));
        assert_eq!(run(&[], &both), each(&[]).join("\n"));
        let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let joined = json(run(&["--format", "json"], &both));
        assert_eq!(joined["stores"], json!(each(&["--format", "json"]).map(json)));
        assert_eq!(joined["format_version"], joined["stores"][0]["format_version"]);
    }
    let report = |arguments: &[&str]| foreman(["report"]).args(arguments).args(both);
    let markdown = report(&["--format", "markdown"]).succeed().stdout;
    assert_eq!(markdown.matches("\n## Sessions of tools\n").count(), 2, "{markdown}");
    // One of them has the label, which is enough.
    let said = report(&["--label", "ssh_login_failed"]).succeed().stdout;
    assert!(said.contains("no event has this label"), "{said}");
    let said = report(&["--label", "ssh_login_faild"]).expect(2).stderr;
    assert!(said.contains("did you mean `ssh_login_failed`?"), "{said}");
    assert!(said.contains("\nthe labels of the stores are "), "{said}");
    // The page of a label is about one store.
    let said = report(&["--format", "html", "--label", "ssh_*"]).expect(2).stderr;
    let command = |store: &Path| {
        let (page, store) = (store.with_extension("html"), store.display());
        format!("\n  foreman report --label 'ssh_*' --format html --output '{}' '{store}'", page.display())
    };
    assert!(said.contains(&(command(sample.path()) + &command(chrome.path()))), "{said}");
}

#[test]
fn an_interval_in_a_time_zone() {
    let store = Store::of("sample");
    foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]).arg(store.path()).succeed();
    let report = |arguments: &[&str]| foreman(["report"]).args(arguments).arg(store.path());
    let berlin = report(&["--time-zone", "Europe/Berlin", "--rows", "all"]).succeed().stdout;
    assert!(berlin.contains("times are in Europe/Berlin") && berlin.contains("+02:00"), "{berlin}");
    let interval = ["--from", "2026-09-03T00:00:00", "--to", "2026-09-03T23:59:59", "--format", "json"];
    let json = report(&interval).arg("--time-zone=Europe/Berlin").succeed().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let labels = json["labels"]["rows"].as_array().unwrap();
    assert!(!labels.is_empty());
    for label in labels {
        let first = label["first"].as_str().unwrap();
        assert!(first.starts_with("2026-09-03T") && first.ends_with('Z'), "{label}");
    }
    let refused = report(&["--from", "2026-09-04T00:00:00", "--to", "2026-09-03T00:00:00"]).expect(2).stderr;
    assert!(refused.contains("--from is after --to"), "{refused}");
    assert!(report(&["--time-zone", "Mars/Olympus"]).expect(2).stderr.contains("Europe/Berlin"));
}
