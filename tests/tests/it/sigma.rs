//! Sigma rules on event logs: labels, counts of records, and what is said of rules.

use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use tests::{Program, Store, foreman};

use crate::support::interrupt;

/// Rules of our own: one for each kind of event that the sample has, and some that are not used.
const RULES: [(&str, &str); 7] = [
    (
        "windows/cleared_log.yml",
        "title: A log was cleared\nid: 00000000-0000-4000-8000-000000000001\nstatus: stable\nauthor: A. Nonymous\n\
         level: high\ntags: [attack.t1070.001]\nreferences: ['https://example.org/cleared']\n\
         logsource: {product: windows, service: security}\ndetection:\n  selection:\n    EventID: 1102\n  condition: selection\n",
    ),
    (
        "windows/shell.yml",
        "title: A shell was started\nid: 00000000-0000-4000-8000-000000000002\nstatus: test\nauthor: [A, B]\nlevel: low\n\
         logsource: {product: windows, category: process_creation}\ndetection:\n  selection:\n    Image|endswith:\n      - '\\CMD.EXE'\n\
         \x20     - '\\powershell.exe'\n  filter_main_empty:\n    CommandLine: ''\n  condition: selection and not 1 of filter_main_*\n",
    ),
    (
        "windows/script.yml",
        "title: A script\nstatus: experimental\nauthor: C\nlevel: informational\n\
         logsource: {product: windows, category: ps_script}\ndetection:\n  keywords:\n    - 'function'\n  condition: keywords\n",
    ),
    (
        "windows/placeholder.yml",
        "title: An account\nauthor: D\nlevel: medium\nlogsource: {product: windows, service: security}\n\
         detection:\n  selection:\n    TargetUserName|expand: '%accounts%'\n  condition: selection\n",
    ),
    (
        "retired.yml",
        "title: Retired\nstatus: deprecated\nlevel: critical\nlogsource: {product: windows, service: system}\n\
         detection: {selection: {EventID: 7045}, condition: selection}\n",
    ),
    (
        "network.yml",
        "title: A network\nlevel: high\nlogsource: {product: zeek, service: dns}\ndetection: {selection: {query: a}, condition: selection}\n",
    ),
    (
        "broken.yml",
        "title: Broken\nlevel: high\nlogsource: {product: windows, service: system}\n\
         detection:\n  selection:\n    EventID|greater: 5\n  condition: selection\n",
    ),
];

/// A copy of the sample of event logs, and a folder with rules beside it.
struct Case {
    store: Store,
    rules: PathBuf,
}

impl Case {
    fn new() -> Self {
        let store = Store::of("evtx-sample");
        let rules = store.folder().join("rules");
        for (name, text) in RULES {
            let path = rules.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self { store, rules }
    }

    fn analyze(&self) -> Program {
        foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(&self.rules).arg(self.store.path())
    }

    /// The rows of results: label, level, author, events and records.
    fn results(&self) -> String {
        let query = "SELECT label || ' | ' || level || ' | ' || author || ' | ' || number_of_events || ' | ' || \
                     number_of_records FROM sigma_analysis_result";
        self.store.texts(query).join("\n")
    }
}

#[test]
fn both_events_of_a_record_get_the_label_and_count_once() {
    let case = Case::new();
    case.analyze().succeed();
    assert_snapshot!(case.results());
    let dump = case.store.dump();
    let labels: Vec<_> =
        dump.labels_in_tags.iter().map(|(label, events)| format!("{label} {events}")).collect();
    assert_snapshot!(labels.join("\n"));
    assert_eq!(dump.reports.len(), 1);
    assert_eq!(dump.reports[0].counter["sigma_cleared_log"], dump.labels_in_tags["sigma_cleared_log"]);
}

/// The licence of SigmaHQ's rules demands that their authors are named with each match.
#[test]
fn a_report_names_rules_and_their_authors() {
    let case = Case::new();
    case.analyze().succeed();
    let report =
        |format: &str| foreman(["report", "--format", format]).arg(case.store.path()).succeed().stdout;
    let text = report("text");
    let (_, rules) = text.split_once("Sigma rules").unwrap();
    assert_snapshot!("report", rules.lines().take(6).collect::<Vec<_>>().join("\n"));
    let json: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    assert_snapshot!(
        "report_as_json",
        serde_json::to_string_pretty(&json["sigma_rules"]["rows"][0]).unwrap()
    );
    assert!(report("html").contains("A. Nonymous"));
}

/// A store has only names of labels, but its results have the rules.
#[test]
fn labels_mean_what_their_rules_say() {
    let case = Case::new();
    let run = case.analyze().succeed();
    let shown = |arguments: &[&str]| foreman(arguments).arg(case.store.path()).succeed().stdout;
    let label = ["report", "--label", "sigma_cleared_log"];
    for text in [run.stdout + &run.stderr, shown(&["info"]), shown(&["report"]), shown(&label)] {
        assert!(text.contains("high") && text.contains("A log was cleared"), "{text}");
    }
    let page = shown(&["report", "--format", "html"]);
    assert!(page.contains("A log was cleared, by A. Nonymous (windows/cleared_log.yml)"));
    let json: serde_json::Value = serde_json::from_str(&shown(&["report", "--format", "json"])).unwrap();
    let label = &json["labels"]["rows"][0];
    assert_eq!(label["label"], "sigma_cleared_log");
    assert_eq!((&label["severity"], &label["description"]), (&"high".into(), &"A log was cleared".into()));
    assert_eq!(label["techniques"][0]["id"], "T1070.001");
    assert_eq!(label["references"][0], "https://example.org/cleared");
    assert_eq!(json["sigma_rules"]["rows"][0]["tactics"][0], "Defense Evasion");
    assert_eq!(json["unread_event_logs"], 13);
}

/// The events of the rule that it names are found all the same.
#[test]
fn filters_without_effect_are_named() {
    let case = Case::new();
    let filter = case.rules.join("filter.yml");
    let text = "title: F\nlogsource: {product: windows}\nfilter: {rules: [absent], a: {EventID: 1}, condition: not a}\n";
    std::fs::write(&filter, text).unwrap();
    let reason = "no rule has the id or the name `absent`";
    let said = foreman(["check", "--sigma-rules"]).arg(&filter).succeed().stdout;
    assert!(said.contains(&format!("filter.yml: line 1: the filter has no effect: {reason}")), "{said}");
    let run = case.analyze().succeed();
    let note = format!("a Sigma filter, or a part of it, has no effect: filter.yml: line 1: {reason}");
    assert!((run.stdout + &run.stderr).contains(&note));
    let report = foreman(["report"]).arg(case.store.path()).succeed().stdout;
    assert!(report.contains(&note), "{report}");
    let run = case.analyze().args(["--sigma-exclude", "filter.yml"]).succeed();
    assert!(!(run.stdout + &run.stderr).contains("has no effect"));
}

#[test]
fn options_choose_rules() {
    let labels = |arguments: &[&str]| {
        let case = Case::new();
        case.analyze().args(arguments).succeed();
        let labels = case.store.dump().labels_in_tags.into_keys();
        labels.filter(|label| label.starts_with("sigma_")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(labels(&["--sigma-level", "medium"]), "sigma_cleared_log");
    assert_eq!(labels(&["--sigma-status", "deprecated, test"]), "sigma_retired sigma_shell");
    let excluded = "00000000-0000-4000-8000-000000000001,script.yml";
    assert_eq!(labels(&["--sigma-exclude", excluded]), "sigma_shell");

    let case = Case::new();
    let file = case.store.folder().join("placeholders.yml");
    std::fs::write(&file, "accounts: [admmig, nobody]\n").unwrap();
    case.analyze().args(["--sigma-level", "medium", "--sigma-placeholders"]).arg(&file).succeed();
    assert!(case.store.dump().labels_in_tags.contains_key("sigma_placeholder"));
}

/// What a browser and a shell remember is asked for.
#[test]
fn state_is_used_only_if_it_is_asked_for() {
    let store = Store::of("sample");
    let rules = store.folder().join("rules");
    std::fs::create_dir(&rules).unwrap();
    for (name, source, selection) in [
        ("page", "{category: proxy}", "{cs-host|contains: '.', c-uri|startswith: http}"),
        ("agent", "{category: proxy}", "{c-useragent|contains: curl}"),
        ("command", "{product: linux, category: process_creation}", "{CommandLine|contains: ' '}"),
    ] {
        let rule =
            format!("title: A {name}\nlogsource: {source}\ndetection: {{s: {selection}, condition: s}}\n");
        std::fs::write(rules.join(format!("{name}.yml")), rule).unwrap();
    }
    let run = |arguments: &[&str]| {
        let store = Store::of("sample");
        let run = foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(&rules).args(arguments);
        run.arg(store.path()).succeed();
        let labels = store.dump().labels_in_tags.into_keys();
        labels.filter(|label| label.starts_with("sigma_")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(run(&[]), "");
    assert_eq!(run(&["--sigma-state"]), "sigma_command sigma_page");
    let check =
        |arguments: &[&str]| foreman(["check", "--sigma-rules"]).arg(&rules).args(arguments).succeed().stdout;
    assert_snapshot!("without_state", check(&[]).replace(&store.folder().display().to_string(), "[FOLDER]"));
    assert_snapshot!(
        "with_state",
        check(&["--sigma-state"]).replace(&store.folder().display().to_string(), "[FOLDER]")
    );
}

/// A rule looks at one value of a registry key at a time.
#[test]
fn values_of_registry_hives_are_state() {
    let Some(store) = Store::shared("testdata") else { return };
    let rules = store.folder().join("rules");
    std::fs::create_dir(&rules).unwrap();
    for (name, selection) in [
        ("dialer", "{TargetObject|endswith: '\\HandoffPriorities\\RequestMakeCall', Details: dialer.exe}"),
        ("other_value", "{TargetObject|endswith: '\\MailBeep\\(Default)', Details|contains: '@mm'}"),
        ("same_value", "{TargetObject|endswith: '\\MailBeep\\DispFileName', Details|contains: '@mm'}"),
    ] {
        let rule = format!(
            "title: A {name}\nlogsource: {{product: windows, category: registry_set}}\ndetection: {{s: {selection}, condition: s}}\n"
        );
        std::fs::write(rules.join(format!("{name}.yml")), rule).unwrap();
    }
    let run = foreman(["analyze", "--analysis", "sigma", "--sigma-state", "--sigma-rules"]).arg(&rules);
    run.arg(store.path()).succeed();
    let labels = store.dump().labels_in_tags;
    let of_sigma = labels.into_iter().filter(|(label, _)| label.starts_with("sigma_"));
    assert_eq!(of_sigma.collect::<Vec<_>>(), [("sigma_dialer".into(), 4), ("sigma_same_value".into(), 5)]);
}

#[test]
fn what_cannot_be_used_is_refused() {
    let case = Case::new();
    let bytes = case.store.bytes();
    let refused = |run: Program| run.expect(2).redacted(&[(case.store.folder(), "[FOLDER]")]);
    let elsewhere = |path: &Path| {
        let run = foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(path);
        refused(run.arg(case.store.path()))
    };
    assert_snapshot!(
        [
            refused(case.analyze().arg("--strict-compat")),
            refused(case.analyze().args(["--sigma-status", "stabel"])),
            refused(case.analyze().args(["--sigma-exclude", "script.yml,windows/shel.yml"])),
            elsewhere(&case.rules.join("network.yml")),
            elsewhere(&case.rules.join("nothing")),
            refused(foreman(["analyze", "--analysis", "sigma"]).arg(case.store.path())),
        ]
        .join("\n\n")
    );
    assert_eq!(case.store.bytes(), bytes, "the file has changed");
}

/// Nothing is searched for with a rule that is refused, so a run must say it even if it is quiet.
#[test]
fn refused_rules_leave_a_trace() {
    let case = Case::new();
    std::fs::write(case.rules.join("yaml.yml"), "title: [\n").unwrap();
    std::fs::write(
        case.rules.join("capitals.YML"),
        "title: Nowhere\ndetection: {s: {EventID: 1}, condition: s}\n",
    )
    .unwrap();
    std::fs::write(case.rules.join("noext"), "title: Unread\n").unwrap();
    let summary = case.store.folder().join("summary.json");
    case.analyze().args(["--quiet", "--summary"]).arg(&summary).succeed();
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
    let note = &json["results"]["notes"][0];
    assert_eq!(note["count"], 4, "{note}");
    let text = note["message"].as_str().unwrap();
    for named in ["broken.yml: line ", "yaml.yml: line ", "capitals.YML: line ", "there is no `logsource`"] {
        assert!(text.contains(named), "{named}: {text}");
    }
    let warnings = case.store.texts("SELECT message FROM analysis_warning");
    assert_eq!(warnings, [format!("{text} (4 times)")]);
    for format in ["text", "html"] {
        let report = foreman(["report", "--format", format]).arg(case.store.path()).succeed().stdout;
        assert!(report.contains("capitals.YML"), "{format}");
    }
    let again = case.analyze().succeed();
    assert!(again.stdout.contains("a Sigma rule was refused and not used"), "{}", again.stdout);
    assert!(again.stderr.contains("do not end in .yml or .yaml: 1 (noext)"), "{}", again.stderr);

    let check = |path: &Path| foreman(["check", "--sigma-rules"]).arg(path);
    let account = check(&case.rules).expect(2).stdout;
    assert!(account.contains("do not end in .yml or .yaml: 1 (noext)"), "{account}");
    for (file, status) in [("yaml.yml", 2), ("capitals.YML", 2), ("broken.yml", 2), ("network.yml", 0)] {
        check(&case.rules.join(file)).expect(status);
    }
}

/// Without a trace, nobody can see why nothing was found.
#[test]
fn filters_in_use_leave_a_trace() {
    let case = Case::new();
    let text = "title: F\nlogsource: {product: windows}\nfilter: {rules: any, a: {EventID|exists: true}, condition: not a}\n";
    std::fs::write(case.rules.join("filter.yml"), text).unwrap();
    let run = case.analyze().succeed();
    let note = "sigma: a Sigma filter is added to rules, which find less with it: filter.yml: line 1 (";
    assert!((run.stdout + &run.stderr).contains(note));
    let report = foreman(["report"]).arg(case.store.path()).succeed().stdout;
    assert!(report.contains(note), "{report}");
}

#[test]
fn check_gives_an_account_of_every_rule() {
    let case = Case::new();
    let check = || foreman(["check", "--sigma-rules"]).arg(&case.rules);
    let shown = |run: Program| run.expect(2).redacted(&[(case.store.folder(), "[FOLDER]")]);
    assert_snapshot!("account", shown(check()));
    let json: serde_json::Value =
        serde_json::from_str(&check().args(["--format", "json"]).expect(2).stdout).unwrap();
    assert_eq!(json["sigma"][0]["used"].as_array().unwrap().len(), 3);
    assert_eq!(json["sigma"][0]["others"].as_array().unwrap().len(), 4);
    let counted = shown(check().arg(case.store.path()));
    assert!(counted.contains("sigma_cleared_log (high): 62 events"), "{counted}");
}

/// A rule may choose what is named, and who gives a file may choose the names of kept rules, but
/// neither may add lines.
#[test]
fn rules_forge_no_lines_of_the_account() {
    let store = Store::of("evtx-sample");
    let forged = "\\nb.yml: refused";
    let source = format!(
        "title: A\nlogsource: {{product: \"x{forged}\"}}\ndetection: {{s: {{F: 1}}, condition: s}}\n"
    );
    let hint = "title: A\nlogsource: {product: windows}\ndetection: {s: {F|base64offset|contains: a}, condition: s}\n";
    let kept = format!(
        "Sigma rules of a run of foreman, version 1\n{{\"name\": \"x{forged}\", \"text\": {{\"Ok\": {}}}}}\n",
        serde_json::json!(hint)
    );
    for (name, text) in [("source.yml", source), ("kept.txt", kept)] {
        let path = store.beside(name, &text);
        let account = foreman(["check", "--sigma-rules"]).arg(path).succeed().stdout;
        assert!(account.contains("x\\nb.yml: refused"), "{account}");
        assert!(!account.contains("\nb.yml"), "{account}");
    }
}

#[test]
fn check_names_fields_that_no_event_has() {
    let store = Store::of("evtx-sample");
    let rules = store.folder().join("rules");
    std::fs::create_dir(&rules).unwrap();
    let rule = "title: A\nlogsource: {product: windows, category: process_creation}\ndetection:\n  s: {Imge|endswith: a, \
                commandline: b, Parent Image: c, SubjectUserName: d, Elsewhere: e}\n  t: [f]\n  condition: s or t\n";
    std::fs::write(rules.join("a.yml"), rule).unwrap();
    std::fs::write(rules.join("b.yml"), rule.replace("category: process_creation", "service: security"))
        .unwrap();
    let check = || foreman(["check", "--sigma-rules"]).arg(&rules);
    assert_snapshot!(check().succeed().redacted(&[(store.folder(), "[FOLDER]")]));
    let json: serde_json::Value =
        serde_json::from_str(&check().args(["--format", "json"]).succeed().stdout).unwrap();
    let used = &json["sigma"][0]["used"];
    assert_eq!(used[0]["unknown_fields"][2]["similar"], "CommandLine");
    assert_eq!(used[1]["unknown_fields"], serde_json::Value::Null);
}

/// The run keeps a copy of the rules. It is resumed with this copy, and only if the rules that are
/// named are the same.
#[test]
fn an_interrupted_run_keeps_its_rules() {
    let case = Case::new();
    let folder = case.store.folder().join("evtx-sample.plaso.foreman");
    interrupt(case.analyze().args(["--workers", "1"]), &folder);

    let path = case.rules.join("windows/cleared_log.yml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("1102", "1103")).unwrap();
    let refused = case.analyze().arg("--resume").expect(1);
    assert!(
        refused.stderr.contains("the settings of sigma, or its files, were different"),
        "{}",
        refused.stderr
    );
    foreman(["analyze", "--resume"]).arg(case.store.path()).succeed();
    assert_eq!(case.store.dump().labels_in_tags["sigma_cleared_log"], 62);
}

#[test]
fn the_number_of_workers_does_not_matter() {
    let [one, many] = ["1", "4"].map(|workers| {
        let case = Case::new();
        case.analyze().args(["--workers", workers]).succeed();
        (case.results(), case.store.dump())
    });
    assert_eq!(one.0, many.0);
    one.1.assert_same(&many.1);
}
