//! `foreman check`: what it says about rules and filters, and about their matches in a store.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::golden::{FilterAnswer, filter_answers};
use tests::{Compression, NewStore, Program, Store, foreman, places};

/// Rules with many errors and oddities.
const ODD_RULES: &str = "\
ssh-login
  reporter is 'sshd'

cron
\treporter is '日本' and body iz 'x'
  message contains 'session opened'
  reporter regexp '(cron'
  reporter is 'cron' and reporter is 'sshd'

Cron
  reporter is 'cron' and body contains 'x'
  body contains 'x'
  filname contains 'evil'

no_rules
";

#[test]
fn everything_wrong_or_odd() {
    let store = Store::empty();
    let rules = store.beside("rules.txt", ODD_RULES);
    let rules = rules.to_string_lossy();
    let filter = "reporter is 'cron'\n  and file_size is 0";
    let check = |format| {
        let run = foreman(["check", "--tagging-file", &rules, "--tagging-file", "linux", "--format", format]);
        run.args(["--filter", filter]).expect(2).redacted(&[(store.folder(), "[FOLDER]")])
    };
    assert_snapshot!("check", check("text"));
    assert_snapshot!("check_json", check("json"));
}

#[test]
fn warnings_alone_are_no_failure() {
    let finished = foreman(["check", "--filter", "message contains 'x'"]).succeed();
    assert_snapshot!("check_warning", finished.redacted(&[]));
    assert_snapshot!("check_nothing", foreman(["check"]).expect(2).redacted(&[]));
    assert_snapshot!(
        "check_no_such_rules",
        foreman(["check", "--tagging-file", "./lunix"]).expect(2).redacted(&[])
    );
}

/// Rules for the sample: some match, and the others do not, for different reasons.
const RULES: &str = "\
sshd
  data_type is 'syslog:line' and reporter is 'sshd'
  data_type is 'syslog:line' and reporter is 'sshd' and messagebody contains 'Failed'
  data_type is 'syslog:ssh:login' and username is 'root'
  data_type is 'syslog:ssh:logins'

never
  message_body contains 'no such text' and reporter is 'sshd'
  pid is '5'
";

#[test]
fn what_matches_in_a_store() {
    let store = Store::of("sample");
    let rules = store.beside("rules.txt", RULES);
    let bytes = store.bytes();
    let check = |arguments: &[&str]| {
        let run = foreman(["check", "--tagging-file"]).arg(&rules).args(arguments).arg(store.path());
        let text = run.succeed().redacted(&[(store.folder(), "[FOLDER]")]);
        // How long it took.
        let (before, rest) = text.split_once(" events examined in ").unwrap_or((&text, "\n"));
        format!("{before}{}", rest.split_once('\n').map_or("", |(_, rest)| rest))
    };
    assert_snapshot!("matches", check(&["--filter", "reporter is 'sshd' and bodi is 'x'"]));
    assert_snapshot!("matches_json", check(&["--filter", "reporter is 'sshd'", "--format", "json"]));
    assert_snapshot!(
        "event",
        check(&["--event", "43", "--filter", "pid > 5 and not (reporter is 'sshd' or pid is 7)"])
    );
    assert_snapshot!("event_all", check(&["--event", "event.43", "--all"]));
    assert_snapshot!("event_json", check(&["--event", "43", "--filter", "pid > 5", "--format", "json"]));
    assert!(store.bytes() == bytes, "check only reads");
}

#[test]
fn slow_rules_are_named() {
    let store = Store::of("sample");
    let rules =
        "label\n  pid > 0 and pid < 9\n  data_type is 'syslog:line' and pid > 0\n  reporter is 'sshd'\n";
    let rules = store.beside("rules.txt", rules);
    let run = foreman(["check", "--tagging-file"]).arg(&rules).arg(store.path()).succeed();
    let lines: Vec<_> = run.stdout.lines().filter(|line| line.contains("slow")).map(str::trim).collect();
    assert_eq!(lines, ["slow: it was tried on 1,240 of 4,547 events, because it requires no text"]);
}

/// The counts are those of an analysis.
#[test]
fn counts_are_those_of_an_analysis() {
    let store = Store::of("sample");
    let json =
        foreman(["check", "--format", "json", "--tagging-file", "linux"]).arg(store.path()).succeed().stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let labels = json["matches"][0]["labels"].as_array().unwrap();
    let counted = labels.iter().filter(|label| label["events"] != 0);
    let counted: Vec<_> =
        counted.map(|label| format!("{} {}", label["label"].as_str().unwrap(), label["events"])).collect();
    foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]).arg(store.path()).succeed();
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    let sql = "SELECT label || ' ' || number_of_events FROM event_label_count WHERE label != 'total'";
    let mut statement = connection.prepare(sql).unwrap();
    let mut stored: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut counted = counted;
    counted.sort();
    stored.sort();
    assert!(counted.len() > 10);
    assert_eq!(counted, stored);
}

/// Each rule matches as many events as the same expression does in Plaso.
#[test]
fn counts_are_those_of_plaso() {
    let (Some(store), Some(answers)) = (places::shared_store("testdata"), filter_answers()) else { return };
    let is_rule = |answer: &&FilterAnswer| answer.matched.is_some() && !answer.expr.trim().is_empty();
    let answers: Vec<_> =
        answers.iter().filter(is_rule).filter(|answer| !answer.expr.contains("tag ")).collect();
    assert!(answers.len() > 50, "{}", answers.len());
    let rules: String = answers.iter().map(|answer| format!("  {}\n", answer.expr)).collect();
    let beside = Store::empty();
    let rules = beside.beside("rules.txt", &format!("label\n{rules}"));
    let run = foreman(["check", "--format", "json", "--tagging-file"]).arg(rules).arg(&store).succeed();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let rules = json["matches"][0]["labels"][0]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), answers.len());
    for (rule, answer) in rules.iter().zip(answers) {
        assert_eq!(rule["events"], json!(answer.matched), "{}", answer.expr);
        assert_eq!(rule["why"].is_null(), answer.matched != Some(0), "{rule}");
    }
}

/// If no event matches the filter of an analysis, a message names the command that says why.
#[test]
fn a_filter_that_matches_nothing_is_told() {
    let store = Store::of("sample");
    let analyze = |filter: &str| {
        let run = foreman(["analyze", "--analysis", "sessionize", "--dry-run"]).arg(store.path()).arg(filter);
        run.succeed().stdout
    };
    let said = analyze("reporter is 'sshed'");
    let (_, hint) = said.split_once("no event matches the filter; this says why:\n").unwrap();
    let command = hint.lines().next().unwrap();
    // The advised command works in a shell that finds this foreman.
    let folder = places::program("foreman").parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let shell = Program::new(Path::new("/bin/sh"), ["-c", command]).env("PATH", path).succeed();
    assert!(shell.stdout.contains("reach `reporter is 'sshed'`; there `reporter` is '"), "{shell:?}");
    assert!(!analyze("reporter is 'sshd'").contains("no event matches"));
    // A filter that matches events, but none in the time slice.
    let run = foreman(["analyze", "--analysis", "sessionize", "--dry-run", "--slice", "2001-01-01T00:00:00"]);
    let said = run.arg(store.path()).arg("reporter is 'sshd'").succeed().stdout;
    assert!(said.contains("foreman check --filter='(reporter is '"), "{said}");
}

#[test]
fn stores_that_cannot_be_checked() {
    let store = Store::of("chrome");
    let said = |arguments: &[&str]| {
        let run = foreman(["check"]).args(arguments).arg(store.path());
        run.run().redacted(&[(store.folder(), "[FOLDER]")])
    };
    assert_snapshot!("event_missing", said(&["--event", "100000"]));
    assert_snapshot!("event_no_number", said(&["--event", "first"]));
    let empty = NewStore::new(Compression::Zlib).finish();
    let run = foreman(["check", "--filter", "v is 1"]).arg(empty.path()).succeed();
    assert!(run.stdout.ends_with("there are no events\n"), "{run:?}");
    let rules = store.beside("rules.txt", RULES);
    let run = foreman(["check", "--tagging-file"]).args([&rules, &rules]).expect(2);
    assert!(run.stderr.contains("it is a tagging file; give it with --tagging-file"), "{run:?}");
    // Errors in rules come first.
    let run = foreman(["check", "--filter", "v iz 1"]).arg("no-such-store").expect(2);
    assert!(run.stdout.contains("did you mean `is`?"), "{run:?}");
}

/// Row numbers may have gaps, and the last may be the largest possible number.
#[test]
fn gaps_between_events() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "a", "v": "x"}));
    for time in 1..=3 {
        store.event(time, data);
    }
    store.sql("UPDATE event SET _identifier = 9223372036854775807 WHERE _identifier = 3");
    store.sql("UPDATE event SET _identifier = -9000000000000000000 WHERE _identifier = 1");
    let store = store.finish();
    let run = foreman(["check", "--filter", "v is 'x'"]).arg(store.path()).succeed();
    assert!(run.stdout.contains("filter: 3 events match"), "{run:?}");
}

/// An analysis with these rules skips such events, and ends with the same status.
#[test]
fn events_that_cannot_be_read() {
    let mut store = NewStore::new(Compression::Zlib);
    let [whole, broken] = ["{\"data_type\": \"a\", \"v\": \"x.example\"}", "{\"data_type\": \"a\", broken}"]
        .map(|data| store.event_data_json(data));
    store.event(1, whole);

    store.event(2, broken);
    let store = store.finish();
    let list = store.beside("list.txt", "x.example\n");
    let rules = store.beside("rules.txt", "label\n  v contains 'x'\n");
    foreman(["analyze", "--dry-run", "--analysis", "tagging", "--tagging-file"])
        .args([&rules, store.path()])
        .expect(3);
    for option in ["--tagging-file", "--ioc"] {
        let file = if option == "--ioc" { &list } else { &rules };
        let run = foreman(["check", option]).args([file, store.path()]).expect(3);
        assert!(run.stdout.contains("1 of which cannot be read"), "{run:?}");
    }
    foreman(["check", "--filter", "v is 'x'"]).arg(Store::of("chrome").path()).succeed();
    // Errors in rules come first.
    foreman(["check", "--filter", "v iz 1"]).arg(store.path()).expect(2);
}

/// A store with text that contains terminal commands.
#[test]
fn nothing_of_a_store_reaches_a_terminal_raw() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store
        .event_data(json!({"data_type": "a\u{1b}[31m", "t\u{1b}ext": "b\u{1b}[0m\u{202e}", "v": "\u{9b}x"}));
    let event = store.event(1, data);
    store.tag(event, &["label\u{202e}\u{9b}"]);
    let broken = store.event_data_json("{\"data_type\": \"a\", broken}");
    store.event(2, broken);
    let store = store.finish();
    let filter = ["--filter", "v is 'y' and w is 'z' or v is 'y'"];
    for arguments in [&[][..], &["--event", "1"], &["--event", "2"]] {
        for format in ["text", "json"] {
            let run =
                foreman(["check", "--format", format]).args(filter).args(arguments).arg(store.path()).run();
            if format == "json" && !run.stdout.is_empty() {
                serde_json::from_str::<Value>(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", run.stdout));
            }
            let said = run.stdout + &run.stderr;
            assert!(said.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{said:?}");
        }
    }
    let run = foreman(["check"]).args(filter).arg(store.path()).expect(3);
    assert!(run.stdout.contains("1 of which cannot be read"), "{run:?}");
}
