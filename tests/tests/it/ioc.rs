//! Indicators of compromise: labels, rows, reports, and what is said of lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use libdeflater::Decompressor;
use serde_json::Value;
use tests::{Program, Store, foreman};

use crate::shards::Planned;
use crate::support::interrupt;

/// A storage file, with a folder of lists beside it.
struct Case {
    store: Store,
    lists: PathBuf,
}

impl Case {
    fn new(store: Store, lists: &[(&str, &str)]) -> Self {
        let folder = store.folder().join("lists");
        std::fs::create_dir(&folder).unwrap();
        for (name, text) in lists {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Self { store, lists: folder }
    }

    fn analyze(&self) -> Program {
        foreman(["analyze", "--analysis", "ioc", "--ioc"]).arg(&self.lists).arg(self.store.path())
    }

    fn rows(&self) -> Vec<String> {
        let query = "SELECT list_file || ' | ' || indicator_type || ' | ' || indicator || ' | ' || number_of_events || \
                     ' | ' || label || ' | ' || known_good || ' | ' || comment || ' | ' || hosts || ' | ' || first_time || \
                     ' | ' || last_time FROM ioc_analysis_result";
        self.store.texts(query)
    }
}

/// Values that the sample of event logs has, and one that it does not have.
pub(crate) const LOGS: [(&str, &str); 2] = [
    (
        "report.txt",
        "# A report\n10.23.42.38\nC:\\Windows\\System32\\cmd.exe ; a shell\npowershell.exe\n203.0.113.99\n",
    ),
    ("other.txt", "cmd.exe\nevil[.]example\n"),
];

#[test]
fn indicators_label_events_and_have_rows() {
    let case = Case::new(Store::of("evtx-sample"), &LOGS);
    case.analyze().succeed();
    let rows = case.rows();
    insta::assert_snapshot!(rows.join("\n"));
    let dump = case.store.dump();
    insta::assert_snapshot!("labels", format!("{:?}", dump.labels_in_tags));
    let counter = &dump.reports[0].counter;
    let is_labelled = |labels: &&BTreeSet<String>| labels.iter().any(|label| label.starts_with("ioc_"));
    assert_eq!(counter["event_tags"], dump.tags.values().filter(is_labelled).count() as u64);
    assert_eq!(
        counter["events_compared"],
        u64::try_from(case.store.number("SELECT count(*) FROM event")).unwrap()
    );
}

/// As regular expressions, they were too large together, and no list of the run was used.
#[test]
fn thousands_of_wildcards_are_used_together() {
    let mut many: String = (0..4_097).map(|number| format!("C:\\Users\\*\\evil{number}.exe\n")).collect();
    many.push_str("C:\\Windows\\*\\cmd.exe\n");
    many.push_str(&format!("C:\\{}\\?.exe\n", "a?".repeat(257)));
    let case = Case::new(Store::of("evtx-sample"), &[("many.txt", &many), LOGS[1]]);
    let finished = case.analyze().succeed();
    let rows: Vec<_> =
        case.rows().iter().map(|row| row.split(" | ").take(3).collect::<Vec<_>>().join(" | ")).collect();
    assert_eq!(rows, ["many.txt | file path | C:\\Windows\\*\\cmd.exe", "other.txt | file name | cmd.exe"]);
    assert!(finished.stderr.contains("1 not usable"), "{finished:?}");
    let check = foreman(["check", "--all", "--ioc"]).arg(&case.lists).succeed();
    assert!(check.stdout.contains("it has more than 256 `?`"), "{check:?}");
}

#[test]
fn one_worker_and_several_give_the_same() {
    let results = ["1", "3"].map(|workers| {
        let case = Case::new(Store::of("evtx-sample"), &LOGS);
        case.analyze().args(["--workers", workers]).succeed();
        (case.rows(), case.store.dump().tags)
    });
    assert_eq!(results[0], results[1]);
}

#[test]
fn options() {
    let labels = |arguments: &[&str]| {
        let case = Case::new(Store::of("evtx-sample"), &LOGS);
        case.analyze().args(arguments).succeed();
        case.store
            .dump()
            .labels_in_tags
            .into_keys()
            .filter(|label| label.starts_with("ioc_"))
            .collect::<Vec<_>>()
    };
    assert_eq!(labels(&[]), ["ioc_known_good", "ioc_other", "ioc_report"]);
    assert_eq!(labels(&["--ioc-label", "ioc_all"]), ["ioc_all", "ioc_known_good"]);

    let case =
        Case::new(Store::of("evtx-sample"), &[("a.txt", "cmd.exe\npowershell.exe\nevil.example\n!\n")]);
    case.analyze().succeed();
    let strict = case.analyze().arg("--ioc-strict").run();
    let expected = "a.txt, line 4: `!`: it is no hash";
    assert!(strict.stderr.contains(expected), "{}", strict.stderr);
    let advice =
        "; without --ioc-strict, the rest of the lists is used; `foreman check --ioc` shows all problems";
    assert!(strict.stderr.contains(advice), "{}", strict.stderr);
    let compat = case.analyze().arg("--strict-compat").run();
    assert!(compat.stderr.contains("ioc is not a plugin of Plaso"), "{}", compat.stderr);
}

#[test]
fn a_report_has_indicators_by_list_and_by_host() {
    let case = Case::new(Store::of("evtx-sample"), &LOGS);
    case.analyze().succeed();
    let report =
        |format: &str| foreman(["report", "--format", format]).arg(case.store.path()).succeed().stdout;
    let text = report("text");
    let (_, section) = text.split_once("Indicators of compromise").unwrap();
    insta::assert_snapshot!(
        "report",
        section
            .split("\nReport of")
            .next()
            .unwrap_or(section)
            .lines()
            .take(24)
            .collect::<Vec<_>>()
            .join("\n")
    );
    let json: Value = serde_json::from_str(&report("json")).unwrap();
    assert_eq!(json["indicators"]["rows"].as_array().unwrap().len(), case.rows().len());
    assert!(!json["indicators_by_host"]["rows"].as_array().unwrap().is_empty());
    assert!(report("html").contains("Indicators that were found, by list"));
    assert!(report("markdown").contains("Indicators of compromise by host"));
    let events = foreman(["report", "--label", "ioc_report"]).arg(case.store.path()).succeed().stdout;
    assert!(events.contains("powershell.exe (report.txt"), "{events}");
    let note = "only the first events of each indicator are shown with it";
    let of_other = || foreman(["report", "--label", "ioc_other"]).arg(case.store.path());
    assert!(of_other().succeed().stdout.contains(note));
    assert!(!of_other().args(["--rows", "20"]).succeed().stdout.contains(note));
}

#[test]
fn check_gives_an_account_of_lists() {
    let case = Case::new(Store::of("evtx-sample"), &LOGS);
    let check = || foreman(["check", "--ioc"]).arg(&case.lists);
    insta::assert_snapshot!("check", check().succeed().stdout);
    let counted = check().arg(case.store.path()).succeed().stdout;
    let (_, found) = counted.split_once("events compared").unwrap();
    insta::assert_snapshot!("check_store", found.split_once('\n').unwrap().1);
    case.analyze().succeed();
    let event = case.store.texts("SELECT events FROM ioc_analysis_result WHERE indicator = 'powershell.exe'");
    let event = event[0].split(", ").next().unwrap().to_owned();
    let explained = check().args(["--event", &event]).arg(case.store.path()).succeed().stdout;
    let (_, met) = explained.split_once("indicators: ").unwrap();
    assert!(met.contains("✓ file name powershell.exe  report.txt:4"), "{met}");
    assert!(met.contains("xml_string."), "{met}");
    let json = check().args(["--format", "json"]).arg(case.store.path()).succeed().stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["indicators"]["found"].as_array().unwrap().len(), 2);
}

#[test]
fn check_names_all_that_is_not_used() {
    let event = r#"{"Event": {"info": "A", "Attribute": [{"type": "md5", "value": "x", "to_ids": true},
        {"type": "filename", "value": "evil.exe", "to_ids": false}]}}"#;
    let text = format!("{}{}", "evil.example\n".repeat(50), "!\n".repeat(25));
    let case = Case::new(Store::of("evtx-sample"), &[("event.json", event), ("text.txt", &text)]);
    let check = || foreman(["check", "--ioc"]).arg(&case.lists);
    let few = check().succeed().stdout;
    assert!(few.contains("left out: to_ids is false (1)"), "{few}");
    assert!(few.contains("not usable: 5 more; --all shows them, too"), "{few}");
    let all = check().arg("--all").succeed().stdout;
    assert!(all.contains("left out: event.json, line 2: `evil.exe`: to_ids is false"), "{all}");
    assert!(all.contains("not usable: text.txt, line 75: `!`"), "{all}");
    assert!(all.contains("not usable: event.json, line 1: `x`"), "{all}");
}

/// What `check` says of the Sigma rules of lists is what `analyze` does with them.
#[test]
fn check_counts_what_sigma_rules_of_lists_match() {
    let rule = |title: &str, more: &str| {
        format!(
            "title: {title}\nname: {title}\nlogsource: {{product: windows, service: security}}\ndetection:\n  selection:\n    \
             EventID: 1102\n  condition: selection\n{more}"
        )
    };
    let correlation = "title: often\ncorrelation:\n  type: event_count\n  rules: [part]\n  timespan: 1h\n  condition: {gte: 2}\n";
    let attribute = |rule: &str| serde_json::json!({"type": "sigma", "to_ids": true, "value": rule});
    let rules = [rule("cleared", ""), rule("part", ""), correlation.into(), rule("broken", "level: [\n")];
    let event = serde_json::json!({"Event": {"info": "A", "Attribute": rules.each_ref().map(|rule| attribute(rule))}});
    let case = Case::new(Store::of("evtx-sample"), &[("event.json", &event.to_string())]);
    case.analyze().succeed();
    let found = case.store.texts("SELECT indicator || ' ' || number_of_events FROM ioc_analysis_result");
    let [found] = &found[..] else { panic!("{found:?}") };
    let count = found.strip_prefix("cleared ").unwrap();
    let event = case.store.texts("SELECT events FROM ioc_analysis_result");
    let event = event[0].split(", ").next().unwrap();

    let check = || foreman(["check", "--ioc"]).arg(&case.lists);
    let account = check().succeed().stdout;
    assert!(account.contains("refused: "), "{account}");
    assert!(account.contains("left out: the plugin ioc evaluates no correlations"), "{account}");
    assert!(account.contains("4 rules: 1 used"), "{account}");
    let counted = check().arg(case.store.path()).succeed().stdout;
    assert!(counted.contains(&format!("sigma_cleared: {count} events")), "{counted}");
    let explained = check().args(["--event", event]).arg(case.store.path()).succeed().stdout;
    assert!(explained.contains("Sigma rules of lists"), "{explained}");
    assert!(explained.contains("sigma_cleared"), "{explained}");
}

#[test]
fn a_rule_of_a_list_that_is_no_rule_is_named() {
    let list =
        r#"{"Event": {"info": "A", "Attribute": [{"type": "sigma", "to_ids": true, "value": "title: x"}]}}"#;
    let case = Case::new(Store::of("evtx-sample"), &[("event.json", list)]);
    let expected = "event.json, line 1: it is no Sigma rule: it has no `detection`";
    let strict = case.analyze().arg("--ioc-strict").run();
    assert!(strict.stderr.contains(expected), "{}", strict.stderr);
    case.analyze().succeed();
    let account = foreman(["check", "--ioc"]).arg(&case.lists).run();
    let refused = "event.json, line 1: refused: it is no Sigma rule: it has no `detection`";
    assert!(account.stdout.contains(refused), "{}", account.stdout);
}

/// What the attributes of all event data are, without foreman.
struct Oracle {
    /// Event data with a text of each of the attributes: attribute, text.
    texts: Vec<(i64, Vec<(String, String)>)>,
    events: BTreeMap<i64, Vec<i64>>,
}

impl Oracle {
    fn of(store: &Store) -> Self {
        let connection = store.connection();
        let mut statement = connection.prepare("SELECT _identifier, _data FROM event_data").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
        let hashes: BTreeMap<String, String> = store
            .texts("SELECT 'event_data_stream.' || _identifier || ' ' || coalesce(md5_hash, '') || ' ' || coalesce(sha256_hash, '') FROM event_data_stream")
            .into_iter()
            .filter_map(|row| row.split_once(' ').map(|(id, hashes)| (id.into(), hashes.into())))
            .collect();
        let texts = rows.map(|row| {
            let (id, blob) = row.unwrap();
            let mut json = vec![0; 32 << 20];
            let size = Decompressor::new().zlib_decompress(&blob, &mut json).unwrap();
            let json: Value = serde_json::from_slice(&json[..size]).unwrap();
            let mut texts = Vec::new();
            for (name, value) in json.as_object().unwrap() {
                gather(name, value, &mut texts);
            }
            let stream = json["_event_data_stream_identifier"].as_str().and_then(|stream| hashes.get(stream));
            texts.extend(
                stream
                    .into_iter()
                    .flat_map(|hashes| hashes.split(' '))
                    .map(|hash| ("stream".into(), hash.into())),
            );
            (id, texts)
        });
        let texts = texts.collect();
        let mut events = BTreeMap::<i64, Vec<i64>>::new();
        let mut statement =
            connection.prepare("SELECT _identifier, _event_data_identifier FROM event").unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, DataNumber>(1)?.0)))
            .unwrap();
        for row in rows {
            let (event, data) = row.unwrap();
            events.entry(data).or_default().push(event);
        }
        Self { texts, events }
    }

    /// The events whose event data has a text of which this is true.
    fn events(&self, is_met: impl Fn(&str, &str) -> bool) -> BTreeSet<i64> {
        let data = self.texts.iter().filter(|(_, texts)| texts.iter().any(|(name, text)| is_met(name, text)));
        data.filter_map(|(id, _)| self.events.get(id)).flatten().copied().collect()
    }

    /// A few different texts of an attribute, from all over the store.
    fn some(&self, attribute: &str, is_good: impl Fn(&str) -> bool) -> Vec<String> {
        let all = self.texts.iter().flat_map(|(_, texts)| texts);
        let all: BTreeSet<&str> = all
            .filter(|(name, text)| name == attribute && is_good(text))
            .map(|(_, text)| text.as_str())
            .collect();
        all.iter().step_by((all.len() / 6).max(1)).map(|text| (*text).to_owned()).collect()
    }
}

/// The number in a reference such as `event_data.17`.
struct DataNumber(i64);

impl rusqlite::types::FromSql for DataNumber {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        match value {
            rusqlite::types::ValueRef::Integer(number) => Ok(Self(number)),
            value => {
                let text = value.as_str()?;
                let number = text.rsplit('.').next().and_then(|number| number.parse().ok());
                number.map(Self).ok_or(rusqlite::types::FromSqlError::InvalidType)
            }
        }
    }
}

/// Adds the texts of an attribute, and those of the fields of a record.
fn gather(name: &str, value: &Value, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if name == "xml_string" => {
            for part in text.split("<Data Name=\"").skip(1) {
                let Some((field, rest)) = part.split_once("\">") else { continue };
                texts.push((field.into(), rest.split('<').next().unwrap_or_default().into()));
            }
        }
        Value::String(text) => texts.push((name.into(), text.clone())),
        Value::Array(values) => values.iter().for_each(|value| gather(name, value, texts)),
        Value::Object(object) => {
            object.get("values").into_iter().for_each(|value| gather(name, value, texts))
        }
        _ => {}
    }
}

fn last_component(text: &str) -> String {
    text.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase()
}

/// Changes one letter or digit.
fn changed(value: &str) -> String {
    let mut bytes = value.as_bytes().to_vec();
    let middle = bytes.len() / 2;
    let position = middle + bytes[middle..].iter().position(u8::is_ascii_alphanumeric).unwrap();
    bytes[position] = if bytes[position] == b'7' { b'3' } else { b'7' };
    String::from_utf8(bytes).unwrap()
}

/// The labelled events of a list, of which no value is known to be good.
fn labelled(store: &Store, list: &str) -> BTreeSet<i64> {
    let case = Case::new(Store::copy_of(store.path()), &[("list.txt", list)]);
    case.analyze().succeed();
    let tags = case.store.dump().tags;
    let is_of_list = |labels: &BTreeSet<String>| labels.iter().any(|label| label.starts_with("ioc_"));
    tags.into_iter().filter(|(_, labels)| is_of_list(labels)).map(|(event, _)| event).collect()
}

fn compare(store: &Store, what: &str, values: &[String], expected: &BTreeSet<i64>) {
    assert!(values.len() > 2, "{what}: {values:?}");
    assert!(!expected.is_empty());
    let found = labelled(store, &values.join("\n"));
    let differences: Vec<_> = found.symmetric_difference(expected).take(10).collect();
    assert!(differences.is_empty(), "{what} {values:?}: {differences:?} of {}", found.len());
    let changed: Vec<_> = values.iter().map(|value| changed(value)).collect();
    let found = labelled(store, &changed.join("\n"));
    assert!(found.is_empty(), "{what} {changed:?}: {:?}", found.iter().next());
}

/// Lists of values of a store are found in just the events that have them. Lists of values with one
/// other character are not found.
#[test]
fn values_of_stores_are_found_where_they_are() {
    let Some(store) = Store::shared("testdata") else { return };
    let oracle = Oracle::of(&store);
    let is = |values: &[String], text: &str| values.iter().any(|value| value.eq_ignore_ascii_case(text));

    let hashes = oracle.some("stream", |text| text.len() == 64);
    let expected = oracle.events(|_, text| is(&hashes, text));
    compare(&store, "hashes", &hashes, &expected);

    let urls = oracle.some("original_url", |text| text.len() > 60 && !text.contains(['#', ' ', '|']));
    let expected = oracle
        .events(|name, text| matches!(name, "url" | "original_url") && urls.iter().any(|url| url == text));
    compare(&store, "URLs", &urls, &expected);

    let names = oracle
        .some("long_name", |text| text.len() > 14 && text.contains(".") && !text.contains(['*', '?', '(']));
    let names: Vec<_> = names.iter().map(|name| name.to_lowercase()).collect();
    let paths = [
        "filename",
        "long_name",
        "name",
        "link_target",
        "local_path",
        "shell_item_path",
        "relative_path",
        "path",
        "original_filename",
        "cached_filename",
        "full_path",
        "mapped_files",
        "value_name",
    ];
    let expected = oracle.events(|name, text| paths.contains(&name) && is(&names, &last_component(text)));
    compare(&store, "file names", &names, &expected);
}

#[test]
fn values_of_event_logs_are_found_where_they_are() {
    let Some(store) = Store::shared("evtx-mitre") else { return };
    let oracle = Oracle::of(&store);
    let addresses = oracle.some("IpAddress", |text| text.contains('.') && !text.contains(':'));
    let fields = [
        "IpAddress",
        "SourceAddress",
        "DestAddress",
        "ClientAddress",
        "SourceIp",
        "DestinationIp",
        "Address",
        "QueryResults",
    ];
    let is_listed = |text: &str| {
        // The results of a DNS query are a list.
        let mut parts = text.split(';').map(|part| part.trim_start_matches("::ffff:"));
        parts.any(|part| addresses.iter().any(|address| address == part))
    };
    let expected = oracle.events(|name, text| fields.contains(&name) && is_listed(text));
    compare(&store, "addresses", &addresses, &expected);
}

#[test]
fn known_good_values_are_set_apart() {
    let case = Case::new(Store::of("evtx-sample"), &LOGS);
    let folder = case.store.folder().join("warninglists");
    std::fs::create_dir(&folder).unwrap();
    let list = r#"{"name": "Usual tools", "version": 1, "description": "", "type": "string",
        "matching_attributes": ["filename"], "list": ["powershell.exe"]}"#;
    std::fs::write(folder.join("list.json"), list).unwrap();
    case.analyze().arg("--ioc-warninglists").arg(&folder).succeed();
    let rows = case.rows();
    let row = rows.iter().find(|row| row.contains("powershell.exe")).unwrap();
    assert!(row.contains("| ioc_known_good | Usual tools |"), "{row}");
    let counts = case.store.dump().labels_in_tags;
    assert!(counts["ioc_known_good"] > 10 && counts["ioc_report"] > 0, "{counts:?}");
}

/// An option that has no effect is refused: nobody would see it.
#[test]
fn options_that_find_nothing_are_refused() {
    let case =
        Case::new(Store::of("evtx-sample"), &[("a.csv", "domain,malicious_domain\ngood.com,evil.com\n")]);
    let column = ["--ioc-column", "malicous_domain"];
    let checked = foreman(["check", "--ioc"]).arg(&case.lists).args(column).expect(2);
    let analyzed = case.analyze().args(column).expect(2);
    for refused in [checked, analyzed] {
        let expected = "no CSV list has a column \"malicous_domain\"; there are domain, malicious_domain";
        assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    }
    let folder = case.store.folder().join("warninglists");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("readme.txt"), "words").unwrap();
    let refused = case.analyze().arg("--ioc-warninglists").arg(&folder).arg("-q").expect(2);
    assert!(refused.stderr.contains("has no warninglist of MISP that can be used"), "{}", refused.stderr);
    std::fs::write(folder.join("list.json"), r#"{"name": "x", "type": "string", "list": ["#).unwrap();
    let refused = case.analyze().arg("--ioc-warninglists").arg(&folder).expect(2);
    assert!(refused.stderr.contains("list.json: its JSON is malformed"), "{}", refused.stderr);
}

/// What nobody compares is named, and is no reason to fail.
#[test]
fn further_values_are_named() {
    let lists = [("a.txt", "evil.com,bad.org\n"), ("b.csv", "domain_name,mal_ip\na.com,192.0.2.1\n")];
    let case = Case::new(Store::of("evtx-sample"), &lists);
    let checked = foreman(["check", "--all", "--ioc"]).arg(&case.lists).succeed().stdout;
    assert!(checked.contains("only the first value of a line is compared"), "{checked}");
    assert!(checked.contains("choose it with --ioc-column mal_ip"), "{checked}");
    case.analyze().arg("--ioc-strict").succeed();
    let chosen =
        foreman(["check", "--all", "--ioc-column", "mal_ip", "--ioc"]).arg(&case.lists).succeed().stdout;
    assert!(!chosen.contains("choose it with --ioc-column"), "{chosen}");
}

#[test]
fn what_a_misp_event_says_is_kept() {
    let event = r#"{"Event": {"info": "Operation Evil", "threat_level_id": "1", "Attribute": [
        {"type": "filename", "value": "cmd.exe", "to_ids": true, "comment": "a shell", "last_seen": "2001-01-01T00:00:00+00:00"},
        {"type": "filename", "value": "powershell.exe", "to_ids": false},
        {"type": "sigma", "to_ids": true, "value": "title: A log was cleared\ndescription: Nothing is left.\nlogsource: {product: windows, service: security}\ndetection:\n  selection:\n    EventID: 1102\n  condition: selection\n"}]}}"#;
    let case = Case::new(Store::of("evtx-sample"), &[("event.json", event)]);
    case.analyze().succeed();
    let rows = case.store.texts(
        "SELECT label || ' | ' || list_title || ' | ' || indicator || ' | ' || threat_level || ' | ' || expired || ' | ' || comment FROM ioc_analysis_result",
    );
    assert_eq!(
        rows,
        [
            "ioc_operation_evil | Operation Evil | cmd.exe | high | 2001-01-01T00:00:00Z | a shell",
            "ioc_operation_evil | Operation Evil | A log was cleared |  |  | Nothing is left."
        ]
    );
    let report = foreman(["report"]).arg(case.store.path()).succeed().stdout;
    assert!(report.contains("threat level high; expired 2001-01-01T00:00:00Z; a shell"), "{report}");
}

#[test]
fn a_common_value_is_a_suspect() {
    let case = Case::new(Store::of("evtx-sample"), &LOGS);
    case.analyze().succeed();
    let warnings = case.store.texts("SELECT message FROM analysis_warning WHERE plugin_name = 'ioc'");
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("file name `cmd.exe` of other.txt, line 1, is in 228 of")),
        "{warnings:?}"
    );
}

/// The run keeps the lists as they were read. It is resumed with them, and only if the lists that
/// are named are the same.
#[test]
fn an_interrupted_run_keeps_its_lists() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::new(Store::of("evtx-sample"), &LOGS);
    let undisturbed = Case::new(Store::of("evtx-sample"), &LOGS);
    undisturbed.analyze().succeed();
    let folder = case.store.folder().join("evtx-sample.plaso.foreman");
    interrupt(case.analyze().args(["--workers", "1"]), &folder);

    let kept = std::fs::metadata(folder.join("ioc-lists")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    let list = case.lists.join("other.txt");
    let text = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, text.replace("cmd.exe", "cmd.exf")).unwrap();
    let refused = case.analyze().arg("--resume").expect(1);
    assert!(
        refused.stderr.contains("the settings of ioc, or its files, were different"),
        "{}",
        refused.stderr
    );
    std::fs::write(&list, text).unwrap();
    case.analyze().arg("--resume").succeed();
    assert_eq!(case.rows(), undisturbed.rows());
    assert_eq!(case.store.dump().tags, undisturbed.store.dump().tags);
}

/// The lists that a plan keeps are refused if any byte of them is another.
#[test]
fn kept_lists_that_are_not_what_was_written_are_refused() {
    let case = Case::new(Store::of("evtx-sample"), &LOGS);
    let options = ["--analysis", "ioc", "--ioc", case.lists.to_str().unwrap()].map(str::to_owned);
    let planned = Planned::new(Store::of("evtx-sample"), &options, 1_000_000);
    let path = planned.folder().join("ioc-lists");
    let whole = std::fs::read(&path).unwrap();
    let refuses = |content: &[u8]| {
        std::fs::write(&path, content).unwrap();
        let refused = planned.work(0).expect(2);
        let message = "the files that it names are not those that were planned; make a new plan";
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    };
    refuses(&whole[..whole.len() - 1]);
    let middle = whole.len() / 2;
    refuses(&[&whole[..middle], &[whole[middle] ^ 1], &whole[middle + 1..]].concat());
    std::fs::write(&path, whole).unwrap();
    planned.work_on_all().merge().succeed();
    assert!(planned.store.dump().labels_in_tags.contains_key("ioc_report"));
}
