use crate::model::{Format, Indicators, Kind, ThreatLevel, Value};
use crate::reading::{ReadOptions, read_bytes};

fn read(text: &str) -> Indicators {
    read_bytes("a.json", text.as_bytes(), &ReadOptions::default()).unwrap()
}

/// Returns what is made of an attribute: indicators, groups, what is left out, and problems.
fn of_attribute(kind: &str, value: &str, more: &str) -> Vec<String> {
    let value = serde_json::to_string(value).unwrap();
    let text = format!(
        r#"{{"Event": {{"info": "x", "Attribute": [{{"type": "{kind}", "value": {value}, "to_ids": true{more}}}]}}}}"#
    );
    let indicators = read(&text);
    let mut made: Vec<_> = indicators
        .iter()
        .filter(|indicator| !indicator.in_group)
        .map(|indicator| match indicator.value {
            Value::Hash(bytes) => format!("{} of {} bytes", indicator.kind, bytes.len()),
            Value::Address(address) => format!("{} {address}", indicator.kind),
            Value::Network { address, prefix } => format!("{} {address}/{prefix}", indicator.kind),
            Value::Text(text) => format!("{} {text}", indicator.kind),
        })
        .collect();
    made.extend(indicators.groups().map(|group| format!("group: {}", group.written)));
    made.extend(indicators.left_out().iter().map(|left_out| format!("left out: {}", left_out.reason)));
    made.extend(indicators.problems().iter().map(|problem| format!("problem: {}", problem.reason)));
    made.extend(indicators.sigma_rules().iter().map(|rule| format!("Sigma: {}", rule.text)));
    made
}

#[test]
fn types_become_indicators() {
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    for (kind, value, expected) in [
        ("md5", md5, &["MD5 of 16 bytes"][..]),
        ("imphash", md5, &["imphash of 16 bytes"]),
        ("filename|md5", &format!("a|b.exe|{md5}"), &["file name a|b.exe", "MD5 of 16 bytes"]),
        ("malware-sample", &format!("a.exe|{md5}"), &["file name a.exe", "MD5 of 16 bytes"]),
        (
            "filename|ssdeep",
            "a.exe|3:x:y",
            &["file name a.exe", "left out: the second value of type filename|ssdeep is not supported"],
        ),
        (
            "malware-sample",
            "a.exe",
            &["problem: an attribute of type malware-sample has two values, separated by `|`"],
        ),
        ("domain|ip", "evil.com|192.0.2.1", &["domain evil.com", "address 192.0.2.1"]),
        ("ip-dst|port", "192.0.2.1|443", &["address 192.0.2.1"]),
        ("hostname|port", "a.evil.com|443", &["domain a.evil.com"]),
        ("ip-src", "192.0.2.0/24", &["network 192.0.2.0/24"]),
        ("url", "hxxp://evil[.]com", &["URL http://evil.com/"]),
        ("uri", "/a.php", &["URL path /a.php"]),
        ("uri", "a.php?b=1", &["URL path /a.php?b=1"]),
        ("filename-pattern", "ev*.exe", &["file name ev*.exe"]),
        ("filename-pattern", "evil.*", &["file name evil.*"]),
        ("filename-pattern", r"C:\.a\*.exe", &[r"file path C:\.a\*.exe"]),
        ("filename-pattern", r"^ev.*\.exe$", &[r"file name (?i)^ev.*\.exe$"]),
        ("filename-pattern", r"/ev\d+\.exe/i", &[r"file name (?i)ev\d+\.exe"]),
        ("filename-pattern", r"\\Temp\\ev.+\.exe$", &[r"file path (?i)\\Temp\\ev.+\.exe$"]),
        (
            "filename",
            "{random}.exe",
            &["problem: {random} stands for something that foreman does not know; write * for any text"],
        ),
        ("email-src", "A@evil.com", &["e-mail address a@evil.com"]),
        ("user-agent", "Agent 1", &["user agent Agent 1"]),
        ("regkey", "HKLM\\x", &["registry key HKLM\\x"]),
        ("regkey|value", "HKLM\\x|C:\\y", &["group: registry key HKLM\\x AND registry data C:\\y"]),
        ("regkey|value", "HKLM\\x|", &["registry key HKLM\\x"]),
        ("mutex", "Global\\x", &["mutex Global\\x"]),
        ("named pipe", "\\\\.\\pipe\\x", &["pipe x"]),
        ("windows-service-name", "x", &["service x"]),
        ("windows-scheduled-task", "x", &["task x"]),
        ("stix2-pattern", "[mutex:name = 'x']", &["mutex x"]),
        ("sigma", "title: x", &["Sigma: title: x"]),
        ("yara", "rule x {}", &["left out: values of type yara are not supported"]),
        ("ja3-fingerprint-md5", md5, &["left out: values of type ja3-fingerprint-md5 are not supported"]),
        ("md5", "x", &["problem: the list calls it an MD5, but it does not look like one"]),
    ] {
        assert_eq!(of_attribute(kind, value, ""), expected, "{kind} {value}");
    }
}

#[test]
fn attributes_that_are_not_for_detection_are_left_out() {
    for (kind, more, expected) in [
        ("mutex", "", "mutex x"),
        ("mutex", r#", "deleted": false"#, "mutex x"),
        ("mutex", r#", "deleted": "1""#, "left out: it is deleted"),
        ("mutex", r#", "ShadowAttribute": []"#, "mutex x"),
    ] {
        assert_eq!(of_attribute(kind, "x", more), [expected], "{more}");
    }
    for (kind, to_ids, expected) in [
        ("mutex", r#", "to_ids": false"#, 0),
        ("mutex", r#", "to_ids": "0""#, 0),
        ("mutex", r#", "to_ids": 1"#, 1),
        ("mutex", r#", "to_ids": 1.0"#, 1),
        ("mutex", r#", "to_ids": "TRUE""#, 1),
        ("mutex", r#", "to_ids": "yes""#, 1),
        ("mutex", r#", "to_ids": "no""#, 0),
        ("mutex", r#", "to_ids": null"#, 1),
        ("link", r#", "to_ids": null"#, 0),
        ("mutex", "", 1),
        ("link", "", 0),
    ] {
        let text = format!(r#"{{"Attribute": [{{"type": "{kind}", "value": "http://x.com"{to_ids}}}]}}"#);
        assert_eq!(read(&text).len(), expected, "{kind} {to_ids}");
    }
}

#[test]
fn what_is_neither_true_nor_false_is_a_problem() {
    for (more, name) in [
        (r#""to_ids": "maybe""#, "to_ids"),
        (r#""to_ids": 2"#, "to_ids"),
        (r#""to_ids": true, "deleted": "perhaps""#, "deleted"),
    ] {
        let text = format!(r#"{{"Attribute": [{{"type": "mutex", "value": "x", {more}}}]}}"#);
        let indicators = read_bytes("m.json", text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!((indicators.iter().count(), indicators.left_out().len()), (0, 0), "{more}");
        let reason = &indicators.problems()[0].reason;
        assert_eq!(*reason, format!("{name} is neither true nor false; write true or false"), "{more}");
    }
}

#[test]
fn events_have_titles_tags_and_objects() {
    let indicators = read(
        r#"{"response": [
  {"Event": {"info": " One ", "threat_level_id": "1", "Tag": [{"name": "tlp:white"}],
    "Attribute": [{"type": "mutex", "value": "a", "comment": "C", "Tag": [{"name": "t"}],
                   "first_seen": "2021-01-01T00:00:00Z", "last_seen": "2021-02-01"}],
    "Object": [{"name": "file", "comment": "O",
                "Attribute": [{"type": "mutex", "value": "b"},
                              {"type": "mutex", "value": "c", "ShadowAttribute": [{"value": "d"}]}]},
               {"deleted": true, "Attribute": [{"type": "mutex", "value": "e"}]}, 5],
    "ShadowAttribute": [{"value": "f"}], "RelatedEvent": [{"Event": {"info": "other"}}]}},
  {"Event": {"info": "Two", "threat_level_id": 4, "Attribute": [5, {"type": "mutex"}]}},
  {"Event": {"info": "Three", "Attribute": 5}}]}"#,
    );
    let titles: Vec<_> = indicators.lists().iter().map(|list| (list.title.as_deref(), list.format)).collect();
    let misp = Format::Misp;
    assert_eq!(titles, [(Some("One"), misp), (Some("Two"), misp), (Some("Three"), misp)]);
    let found: Vec<_> = indicators
        .iter()
        .map(|indicator| {
            let Value::Text(text) = indicator.value else { panic!("a mutex is a text") };
            (text, indicator.line, indicator.details.comment, indicator.details.tags)
        })
        .collect();
    assert_eq!(
        found,
        [("a", 3, "C", "t, tlp:white"), ("b", 6, "O", "tlp:white"), ("c", 7, "O", "tlp:white")]
    );
    let details = indicators.iter().next().unwrap().details;
    assert_eq!(details.threat_level, Some(ThreatLevel::High));
    assert_eq!(details.first_seen.unwrap().0, 1_609_459_200_000_000);
    assert_eq!(details.last_seen.unwrap().0, 1_612_137_600_000_000);
    let left_out: Vec<_> =
        indicators.left_out().iter().map(|left_out| (&*left_out.written, &*left_out.reason)).collect();
    let proposal = "it is only a proposal";
    assert_eq!(left_out, [("f", proposal), ("d", proposal), ("e", "it is deleted")]);
    let problems: Vec<_> = indicators.problems().iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(problems[2].contains("missing field `value`"), "{problems:?}");
    assert_eq!(indicators.lists().iter().map(|list| list.problems).collect::<Vec<_>>(), [1, 2, 1]);
}

#[test]
fn answers_of_all_shapes_are_read() {
    let attribute = r#"{"type": "mutex", "value": "a", "to_ids": true, "Event": {"info": "E", "id": "1"}}"#;
    for text in [
        format!(r#"{{"response": {{"Attribute": [{attribute}]}}}}"#),
        format!(r#"{{"Attribute": [{attribute}]}}"#),
        format!("[{attribute}]"),
        format!(r#"[{{"Event": {{"Attribute": [{attribute}]}}}}]"#),
        format!(r#"{{"response": {{"Event": {{"Attribute": [{attribute}]}}}}}}"#),
        format!(r#"{{"info": "bare", "Attribute": [{attribute}]}}"#),
        format!("\u{feff} \n{{\"Attribute\": [{attribute}]}}"),
    ] {
        let indicators = read(&text);
        assert_eq!((indicators.len(), indicators.problems().len()), (1, 0), "{text}");
        let found = indicators.iter().next().unwrap();
        assert_eq!((found.kind, found.details.comment), (Kind::Mutex, "E"), "{text}");
    }
    for text in [
        "{}",
        "[]",
        "[5]",
        "[[]]",
        "{\"a\": 1}",
        "{\"Event\": 5}",
        "{\"Attribute\": {\"a\": 5}}",
        "{\"Event\": {\"info\": \"x\"",
        "[{\"type\": \"indicator\"}]",
        "{\"type\": \"indicator\", \"pattern\": \"[mutex:name = 'x']\"}",
        "{\"name\": \"x\", \"list\": [], \"matching_attributes\": []}",
    ] {
        let indicators = read(text);
        assert_eq!((indicators.len(), indicators.problems().len()), (0, 1), "{text}");
    }
}

#[test]
fn a_feed_has_its_table_of_contents_and_digests() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let (here, missing) = ("57c4445b-c548-4654-af0b-4be3950d210f", "57c4445b-c548-4654-af0b-4be3950d2100");
    write("manifest.json", &format!(r#"{{"{here}": {{"info": "A"}}, "{missing}": {{"info": "B"}}}}"#));
    write(
        &format!("{here}.json"),
        r#"{"Event": {"info": "A", "Attribute": [{"type": "mutex", "value": "x"}]}}"#,
    );
    write(
        "hashes.csv",
        &format!("d41d8cd98f00b204e9800998ecf8427e,{here}\nd41d8cd98f00b204e9800998ecf8427f,{here}\n"),
    );
    let indicators = crate::read(folder.path(), &ReadOptions::default()).unwrap();
    assert_eq!((indicators.len(), indicators.lists().len()), (1, 1));
    let other: Vec<_> = indicators.other_files().iter().map(|other| &*other.file).collect();
    assert_eq!(other, ["hashes.csv", "manifest.json"]);
    assert_eq!(
        indicators.problems()[0].to_string(),
        format!("manifest.json: the feed's file {missing}.json is missing")
    );
}

#[test]
fn deep_and_long_json_ends() {
    let deep = format!("{}{}", "{\"response\": ".repeat(100_000), "5");
    assert_eq!(read(&format!("{deep}{}", "}".repeat(100_000))).problems().len(), 1);
    assert_eq!(read(&deep).problems().len(), 1);
    let inner = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for member in ["value", "Tag", "comment", "unknown", "ShadowAttribute", "Event"] {
        let text = format!(r#"{{"Attribute": [{{"type": "mutex", "value": "x", "{member}": {inner}}}]}}"#);
        let indicators = read(&text);
        let problems = usize::from(!matches!(member, "unknown" | "ShadowAttribute"));
        assert_eq!(indicators.problems().len(), problems, "{member}");
    }
    let many = "{\"type\": \"mutex\", \"value\": \"x\", \"Tag\": [".to_owned()
        + &"{\"name\": \"t\"},".repeat(100_000);
    let indicators = read(&format!("{{\"Attribute\": [{many}{{}}]}}]}}"));
    assert!(indicators.iter().next().unwrap().details.tags.len() <= 1024);
}
