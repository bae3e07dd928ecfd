//! What labels mean, where they are listed, and where rules come from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use tests::{Compression, NewStore, Program, Store, foreman, places};

/// Rules whose labels have severities, and one that has none.
const RULES: &str = "\
# What is normal. It is no attack.
# severity: informational
# attack: T1078
normal
  number > 0

# Something serious happened.
# severity: high
# attack: T1003.001, T1078
# reference: https://example.org/serious
serious
  number is 3

without_meaning
  number < 3
";

/// A store with the numbers 1 to 4, each in one event, and a second event of the last.
fn numbers() -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    for number in 1..=4 {
        let data = store.event_data(json!({"data_type": "test:number", "number": number}));
        store.event(number * 1_000_000, data);
        if number == 4 {
            store.event(0, data);
        }
    }
    store.finish()
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs `tagging` with these tagging files, and returns what was said.
fn tag(store: &Store, files: &[&str], more: &[&str]) -> (String, String) {
    let run = foreman(["analyze", "--analysis", "tagging"]).args(more);
    let run = files.iter().fold(run, |run, file| run.arg("--tagging-file").arg(file));
    let finished = run.arg(store.path()).succeed();
    (finished.stdout, finished.stderr)
}

/// Returns the labels of each event that has some, as the store has them.
fn stored(store: &Store) -> Vec<(i64, String)> {
    const EVENT: &str = "CAST(substr(_event_identifier, 7) AS INTEGER)";
    let rows = store.texts(&format!("SELECT {EVENT} || ' ' || labels FROM event_tag ORDER BY {EVENT}"));
    let row =
        |row: &String| row.split_once(' ').map(|(event, labels)| (event.parse().unwrap(), labels.into()));
    rows.iter().filter_map(row).collect()
}

fn report(store: &Store, arguments: &[&str]) -> Value {
    let run = foreman(["report", "--format", "json"]).args(arguments).arg(store.path());
    serde_json::from_str(&run.succeed().stdout).unwrap()
}

fn names(rows: &Value) -> Vec<&str> {
    rows["rows"].as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap()).collect()
}

#[test]
fn the_most_serious_label_comes_first() {
    let store = numbers();
    let rules = write(store.folder(), "rules.txt", RULES);
    let (summary, _) = tag(&store, &[&rules], &[]);
    let line = |text: &str, label: &str| text.lines().position(|line| line.contains(label)).unwrap();
    assert!(line(&summary, " serious ") < line(&summary, " normal "), "{summary}");
    assert!(line(&summary, " normal ") < line(&summary, " without_meaning "), "{summary}");
    assert!(summary.contains("1  high      Something serious happened\n"), "{summary}");

    // Without the file, nothing is known of these labels, and those with most events come first.
    let plain = report(&store, &[]);
    assert_eq!(names(&plain["labels"]), ["normal", "without_meaning", "serious"]);
    assert_eq!(plain["tactics"], json!([]));
    let told = report(&store, &["--tagging-file", &rules]);
    assert_eq!(names(&told["labels"]), ["serious", "normal", "without_meaning"]);
    let serious = &told["labels"]["rows"][0];
    assert_eq!(serious["severity"], "high");
    assert_eq!(serious["description"], "Something serious happened.");
    assert_eq!(serious["references"], json!(["https://example.org/serious"]));
    assert_eq!(serious["techniques"][0]["name"], "OS Credential Dumping: LSASS Memory");
    assert_eq!(told["labels"]["rows"][2]["severity"], Value::Null);

    let text = foreman(["report", "--tagging-file", &rules]).arg(store.path()).succeed().stdout;
    assert!(line(&text, "  high      serious ") < line(&text, "  info      normal "), "{text}");
    assert!(text.contains("      Something serious happened (T1003.001, T1078)\n"), "{text}");
    assert!(text.contains("  high      TA0006 Credential Access "), "{text}");
}

/// An event with two labels of a tactic counts once.
#[test]
fn labels_are_grouped_by_tactic() {
    let store = numbers();
    let rules = write(store.folder(), "rules.txt", RULES);
    tag(&store, &[&rules], &[]);
    let report = report(&store, &["--tagging-file", &rules]);
    let tactics: Vec<_> = report["tactics"].as_array().unwrap().iter().collect();
    let shown: Vec<_> = tactics.iter().map(|t| (t["name"].as_str().unwrap(), &t["events"])).collect();
    let five = json!(5);
    assert_eq!(
        shown,
        [
            ("Initial Access", &five),
            ("Persistence", &five),
            ("Privilege Escalation", &five),
            ("Defense Evasion", &five),
            ("Credential Access", &json!(1)),
        ]
    );
    assert_eq!(tactics[0]["severity"], "high");
    assert_eq!(tactics[0]["labels"], json!(["serious", "normal"]));
    let technique = &tactics[4]["techniques"][0];
    assert_eq!((&technique["id"], &technique["events"]), (&json!("T1003.001"), &json!(1)));
}

#[test]
fn the_meaning_of_built_in_labels_is_known() {
    let store = Store::of("sample");
    let (_, said) = tag(&store, &["auto"], &[]);
    assert!(said.contains("the built-in rules for the data types of the storage file are linux"), "{said}");
    let report = report(&store, &[]);
    let rank = |row: &Value| {
        let words = ["critical", "high", "medium", "low", "informational"];
        let severity = row["severity"].as_str().expect("every built-in label has a severity");
        (words.iter().position(|word| *word == severity).unwrap(), -row["events"].as_i64().unwrap())
    };
    let rows = report["labels"]["rows"].as_array().unwrap();
    assert!(rows.len() > 10 && rows.is_sorted_by_key(rank));

    // The events of a tactic, counted again from the store.
    for tactic in report["tactics"].as_array().unwrap() {
        let of_tactic: BTreeSet<_> =
            tactic["labels"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
        let has = |labels: &String| {
            let labels: Vec<String> = serde_json::from_str(labels).unwrap();
            labels.iter().any(|label| of_tactic.contains(label.as_str()))
        };
        let events = stored(&store).iter().filter(|(_, labels)| has(labels)).count();
        assert_eq!(tactic["events"], events, "{}", tactic["name"]);
    }

    let info = foreman(["info", "--format", "json"]).arg(store.path()).succeed().stdout;
    let info: Value = serde_json::from_str(&info).unwrap();
    let counts = info["tags"]["labels"]["rows"].as_array().unwrap();
    let same: Vec<_> = counts.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(same, names(&report["labels"]));
}

#[test]
fn several_tagging_files_and_folders() {
    let first = "one\n  number is 1\nshared\n  number < 3\n";
    let second = "two\n  number is 2\nshared\n  number > 1\n";
    let expected = [
        (1, r#"["one", "shared"]"#),
        (2, r#"["shared", "two"]"#),
        (3, r#"["shared"]"#),
        (4, r#"["shared"]"#),
        (5, r#"["shared"]"#),
    ];
    let expected = expected.map(|(event, labels)| (event, labels.to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let a = write(folder.path(), "rules/b-first.txt", first);
    let b = write(folder.path(), "rules/c-second.txt", second);
    write(folder.path(), "rules/README", "not rules");
    let of_folder = folder.path().join("rules");
    let of_folder = of_folder.to_str().unwrap();
    let list = format!("{a},{b}");
    for (files, workers) in [(vec![a.as_str(), &b], "1"), (vec![&list], "3"), (vec![of_folder], "2")] {
        let store = numbers();
        tag(&store, &files, &["--workers", workers]);
        assert_eq!(stored(&store), expected, "{files:?}");
        assert_eq!(store.files().len(), 1, "the run's folder is gone");
        let report = report(&store, &[]);
        let counts = &report["plugins"]["rows"][0]["counts"]["rows"];
        let counts: BTreeMap<_, _> = counts
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["name"].as_str().unwrap(), row["number"].as_u64().unwrap()))
            .collect();
        assert_eq!(counts, BTreeMap::from([("event_tags", 5), ("one", 1), ("shared", 5), ("two", 1)]));
    }
    // The other order is another order of labels.
    let store = numbers();
    tag(&store, &[&b, &a], &[]);
    assert_eq!(stored(&store)[1].1, r#"["two", "shared"]"#);
    // The same files for `check` and `psort`.
    let store = numbers();
    let checked = foreman(["check", "--format", "json", "--tagging-file", of_folder]).arg(store.path());
    let checked: Value = serde_json::from_str(&checked.succeed().stdout).unwrap();
    assert_eq!(checked["matches"].as_array().unwrap().len(), 2);
    let psort = foreman(["psort", "-o", "null", "--analysis", "tagging", "--tagging-file", &list]);
    psort.arg(store.path()).succeed();
    assert_eq!(stored(&store), expected);
}

/// Somebody may have changed what Plaso counted, and the wrong rules find nothing.
#[test]
fn counts_that_do_not_add_up_choose_no_rules() {
    let store = Store::of("sample");
    let changed = Connection::open(store.path()).unwrap();
    changed
        .execute_batch(
            "DELETE FROM data_type_count;
             INSERT INTO data_type_count (name, number_of_events) VALUES ('windows:evtx:record', 4000)",
        )
        .unwrap();
    drop(changed);
    let run = foreman(["analyze", "--dry-run", "--analysis", "tagging", "--tagging-file", "auto"]);
    let said = run.arg(store.path()).succeed().stderr;
    assert!(said.contains("the data types of the storage file are linux\n"), "{said}");
}

#[test]
fn rules_that_fit_no_store_are_refused() {
    let store = numbers();
    let run = |store: &Store| {
        foreman(["analyze", "--analysis", "tagging", "--tagging-file", "auto"]).arg(store.path())
    };
    // The data types of a store without counts are counted.
    let said = run(&store).expect(1).stderr;
    assert!(said.contains("none has rules for one of its 1 data types"), "{said}");
    let said = run(&Store::of("sample-20230327")).succeed().stderr;
    assert!(said.contains("the data types of the storage file are linux\n"), "{said}");
    let said = foreman(["check", "--tagging-file", "auto"]).expect(2).stderr;
    assert!(said.contains("no storage file was given"), "{said}");
    let empty = tempfile::tempdir().unwrap();
    let run = foreman(["check", "--tagging-file"]).arg(empty.path());
    assert!(run.expect(2).stderr.contains("has no tagging file"));
}

#[test]
fn a_label_is_chosen_by_name_list_or_pattern() {
    let store = numbers();
    let rules = write(store.folder(), "rules.txt", RULES);
    tag(&store, &[&rules], &[]);
    let chosen = |list: &str| report(&store, &["--label", list, "--tagging-file", &rules]);
    let one = chosen("serious");
    assert_eq!((&one["label"]["label"], &one["label"]["events"]), (&json!("serious"), &json!(1)));
    assert_eq!(one["label"]["severity"], "high");
    assert_eq!(one["events"]["rows"][0]["labels"], json!(["serious"]));
    for list in ["serious,without_meaning", "*i*,serious", "without_meaning, serious"] {
        let two = chosen(list);
        assert_eq!(names(&two["labels"]), ["serious", "without_meaning"], "{list}");
        assert_eq!(two["label"]["events"], 3, "{list}");
    }
    assert_eq!(chosen("*")["label"]["events"], 5);

    let wrong = |list: &str| foreman(["report", "--label", list]).arg(store.path()).expect(2).stderr;
    assert_eq!(
        wrong("serous"),
        "foreman: no event has the label `serous`; did you mean `serious`?\n\
         the labels of the store are normal, serious, without_meaning\n"
    );
    assert!(wrong("normal,x_*").contains("no event has a label like `x_*`"), "{}", wrong("normal,x_*"));
    assert!(wrong("a\u{1b}[31m").chars().all(|c| c == '\n' || !c.is_control()));
    // A label of the rules that no event has is no mistake.
    let run = foreman(["report", "--label", "malware_detected"]).arg(store.path()).succeed();
    assert!(run.stdout.contains("no event has this label"), "{}", run.stdout);
}

#[test]
fn the_built_in_rules_are_shown() {
    let list = foreman(["rules"]).succeed().stdout;
    for part in ["linux (", "macos (", "windows (", "  high           log_cleared "] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let file = foreman(["rules", "windows"]).succeed().stdout;
    assert!(file.starts_with("# foreman tagging rules for Windows timelines.\n"));
    let block = foreman(["rules", "windows/log_cleared"]).succeed().stdout;
    assert!(file.contains(&block) && block.starts_with("# An event log was emptied, "), "{block}");
    assert!(
        block.contains("\n# severity: high\n# attack: T1070.001\nlog_cleared\n  data_type is "),
        "{block}"
    );
    assert!(!block.contains("\n\n") && block.ends_with('\n'));
    let json = foreman(["rules", "windows/log_cleared", "--format", "json"]).succeed().stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["labels"][0]["label"], "log_cleared");
    for (name, told) in [
        ("window", "there are no built-in rules `window`; did you mean `windows`?"),
        ("log_cleared", "there are no built-in rules `log_cleared`; did you mean `windows/log_cleared`?"),
        ("windows/log_claered", "have no label `log_claered`; did you mean `windows/log_cleared`?"),
    ] {
        let said = foreman(["rules", name]).expect(2).stderr;
        assert!(said.contains(told), "{said}");
    }
    // A file that is saved and used has the same rules.
    let folder = tempfile::tempdir().unwrap();
    let saved = write(folder.path(), "mine.txt", &file);
    foreman(["check", "--tagging-file", &saved]).succeed();
}

#[test]
fn info_says_what_to_do_next() {
    let store = Store::of("sample");
    let moved = store.folder().join("it's a case.plaso");
    std::fs::rename(store.path(), &moved).unwrap();
    let info = || foreman(["info"]).arg(&moved).succeed().stdout;
    let next = |text: &str| text.split("To go on:\n").nth(1).unwrap().to_owned();
    let first = next(&info());
    assert!(
        first.starts_with("  foreman analyze --analysis tagging,sessionize --tagging-file auto '"),
        "{first}"
    );
    // A shell understands the command, and it does what is promised.
    let script = first.trim().replacen("foreman", "\"$0\"", 1);
    let shell = Program::new(Path::new("sh"), ["-c", &script]).arg(places::program("foreman"));
    shell.succeed();
    let then = next(&info());
    assert!(then.starts_with("  foreman report '"), "{then}");
    assert!(then.contains("--output 'it'\\''s a case.html'"), "{then}");
    assert!(then.contains("  foreman report --label '"), "{then}");
}
