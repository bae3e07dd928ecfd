//! What expressions match. Every row of the tables was compared with Plaso 20260720 and agrees,
//! except for negative numbers and `inset` with a value that is not a text (see the crate's
//! documentation).

use events::AttributeNames;
use filter::{RuleSet, tagging_file};

use crate::support::{Sample, compiled, matches, stream};
use events::Timestamp;

/// An expression, values of `v` that match, and values that do not match. The values are JSON.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const TUPLE: &str = r#"{"__type__": "tuple", "values": ["a", 5]}"#;
const EMPTY_TUPLE: &str = r#"{"__type__": "tuple", "values": []}"#;
const DATE_TIME: &str = r#"{"__class_name__": "Filetime", "__type__": "DateTimeValues", "timestamp": 0}"#;

fn check(rows: &[Row]) {
    for (expression, matching, others) in rows {
        for (values, expected) in [(matching, true), (others, false)] {
            for value in *values {
                let sample = Sample::new(format!(r#""before": [1, {{"v": 2}}], "v": {value}, "after": "x""#));
                assert_eq!(matches(expression, &sample), expected, "{expression} on {value}");
            }
        }
    }
}

#[test]
fn equality() {
    check(&[
        ("v is 'a'", &[r#""a""#, r#""\u0061""#], &[r#""A""#, r#"["a"]"#, "5", "true", DATE_TIME, TUPLE]),
        ("v is ''", &[], &[r#""""#, "[]", "null"]),
        ("v is 5", &["5", "5.0"], &[r#""5""#, "[5]", "6", "5.5", "true"]),
        ("v is 1", &["1", "1.0", "true"], &["false", r#""1""#]),
        ("v is 0", &[], &["0", "false", "0.0", "null"]),
        ("v is 1.5", &["1.5"], &["1", "2", r#""1.5""#]),
        ("v is -5", &["-5"], &["5"]),
        ("v is 0x10", &["16"], &["10"]),
        (
            "v is 18446744073709551616",
            &["18446744073709551616", "1.8446744073709552e19"],
            &["18446744073709551615"],
        ),
        ("v is 9007199254740993", &["9007199254740993"], &["9007199254740992.0"]),
        ("v is 'a\\\\b'", &[r#""a\\b""#], &[r#""a\\\\b""#, r#""a/b""#]),
        ("v is '\\x41\\n\\t\\r\\b\\'\\\"'", &[r#""A\n\t\r\b'\"""#], &[]),
        ("v is '\\.\\w\\s'", &[r#""\\.\\w\\s""#], &[r#"".ws""#]),
        ("v is 'é'", &[r#""\u00e9""#, r#""é""#], &[r#""É""#]),
        ("v != 'a'", &[r#""b""#, "5", "[1]", DATE_TIME], &[r#""a""#, r#""""#, "0", "null", "[]", "false"]),
        ("v != 5", &["6", "NaN", r#""5""#, "Infinity"], &["5", "5.0", "0"]),
        ("v is not 'a'", &[r#""b""#, r#""""#, "0", "null", "[]", r#"["a"]"#], &[r#""a""#]),
        ("v not is 'a'", &[r#""b""#, "null"], &[r#""a""#]),
        ("v not equals 5", &["6", "null"], &["5", "5.0"]),
        ("missing is 'a'", &[], &["5"]),
        ("missing is not 'a'", &["5"], &[]),
        ("missing != 'a'", &[], &["5"]),
    ]);
}

#[test]
fn ordering() {
    check(&[
        (
            "v > 5",
            &["6", "5.1", "Infinity", "18446744073709551616"],
            &["5", "-6", "true", "NaN", r#""6""#, "[6]", "null"],
        ),
        ("v >= 1", &["1", "true", "1.0"], &["0", "0.5", "false", DATE_TIME]),
        ("v < 5", &["4", "-1", "-Infinity", "true"], &["5", "0", "0.0", "null", r#""4""#, "NaN"]),
        ("v <= -5", &["-5", "-5.5"], &["-4", "0"]),
        ("v < 'b'", &[r#""a""#, r#""B""#, r#""aé""#], &[r#""b""#, r#""é""#, r#""""#, "1", r#"["a"]"#]),
        ("v >= 'b'", &[r#""b""#, r#""ba""#, r#""é""#], &[r#""a""#, "5"]),
        ("v > PATH('a/b')", &[r#""a/c""#, r#""b""#, r#""a/b/c""#], &[r#""a//b/""#, r#""/z""#, "5"]),
        ("v <= PATH('a/b')", &[r#""a/b""#, r#""a""#, r#""/z""#], &[r#""b""#, "5"]),
    ]);
}

#[test]
fn containment() {
    check(&[
        (
            "v contains 'A'",
            &[r#""xaX""#, r#""A""#, r#"["A"]"#],
            &[r#""b""#, r#"["a"]"#, r#"["xA"]"#, "5", TUPLE],
        ),
        ("v contains 'a'", &[TUPLE, r#"["b", "a"]"#], &[r#"[["a"]]"#, EMPTY_TUPLE, DATE_TIME]),
        ("v contains ''", &[r#""a""#, r#"[""]"#], &[r#""""#, r#"["a"]"#, "[]", "5"]),
        ("v contains 5", &["[5]", "[5.0]", r#"["a", 5]"#, TUPLE], &["5", r#""5""#, r#"["5"]"#, "[[5]]"]),
        ("v contains 1", &["[true]", "[1.0]"], &["[0]", "true"]),
        ("v contains 'STRASSE'", &[r#""strasse""#], &[r#""Stra\u00dfe""#]),
        ("v contains 'straße'", &[r#""Stra\u00dfe""#, r#""STRA\u1e9eE""#], &[r#""STRASSE""#]),
        ("v contains 'ΣΊΣΥΦΟΣ'", &[r#""σίσυφος""#, r#""ΣΊΣΥΦΟΣ!""#], &[r#""σίσυφοσ""#]),
        ("v contains 'İ'", &[r#""\u0130stanbul""#, r#""i\u0307""#], &[r#""istanbul""#]),
        ("v contains 'k'", &[r#""\u212a""#, r#""K""#], &[r#""c""#]),
        ("v not contains 'a'", &[r#""b""#, "null", "5", r#"["A"]"#], &[r#""A""#, r#"["a"]"#]),
        ("v contains not 'a'", &[r#""b""#, "null"], &[r#""A""#]),
        ("v contains DATETIME(0)", &[], &[r#""a""#, "[0]", DATE_TIME]),
    ]);
}

#[test]
fn being_in_a_set() {
    check(&[
        (
            "v inset 'abc def'",
            &[r#""a""#, r#""bc d""#, r#"["a", "bc"]"#],
            &[r#""A""#, r#""x""#, r#""""#, r#"["a", "x"]"#, "5", r#"["a", 5]"#],
        ),
        ("v not inset 'abc'", &[r#""x""#, "null", r#"["a", "x"]"#], &[r#""b""#, "5", r#"["a", 5]"#]),
        ("v inset 5", &[], &["5", r#""5""#, "[5]"]),
        ("v inset PATH('a')", &[], &[r#""a""#]),
        ("v not inset 5", &["null", "0", r#""""#], &["5", r#""5""#, "[5]"]),
        ("v not inset PATH('a')", &["null"], &[r#""a""#]),
        ("v not inset DATETIME(0)", &["null"], &[r#""a""#, DATE_TIME]),
    ]);
}

#[test]
fn paths() {
    check(&[
        (
            "v contains PATH('a/b')",
            &[r#""/a/b""#, r#""a/b/c""#, r#""x//a///b""#],
            &[r#""a/b""#, r#""/A/b""#, r#""x/a/c/b""#, r#"["/a/b"]"#, "5"],
        ),
        ("v contains PATH()", &[r#""/a/b""#], &[r#""a/b""#, r#""/""#, "5"]),
        ("v contains PATH('/a')", &[r#""/a/b""#], &[r#""x/a/b""#, r#""/a""#]),
        ("v is PATH('/a/b')", &[r#""/a/b""#, r#""/a//b/""#], &[r#""a/b""#, r#""/a/B""#, "5"]),
        ("v != PATH('a')", &[r#""b""#, DATE_TIME], &[r#""a""#, r#""a/""#, "5", "[1]"]),
    ]);
}

#[test]
fn regular_expressions() {
    check(&[
        (
            "v regexp 'b.c$'",
            &[r#""ab\nc""#, r#""bxc\n""#, r#"["b", "x", "c"]"#],
            &[r#""BXC""#, r#""bxc\n\n""#, r#""""#],
        ),
        ("v iregexp 'STRASSE|é'", &[r#""strasse""#, r#""É""#], &[r#""e""#]),
        ("v regexp '^\\\\w+$'", &[r#""añ_9""#], &[r#""a b""#]),
        (
            "v regexp '^15$'",
            &["15", "[1, 5]", "[true, 5]", r#"[["1"], 5]"#],
            &["15.0", "[1, 5.0]", "[15, null]"],
        ),
        ("v regexp 5", &["5", "15", r#""a5""#], &["1", "5.5"]),
        ("v regexp '1'", &["true", "1"], &["1.5", "null"]),
        ("v regexp 'a'", &[r#"["x", "a"]"#], &[TUPLE, r#"["a", 1.5]"#, DATE_TIME]),
        ("v regexp '(?<!f)o(?=o)'", &[r#""xoo""#], &[r#""fo""#]),
    ]);
}

#[test]
fn logic() {
    let sample = Sample::new(r#""a": 1, "b": 2"#);
    for (expression, expected) in [
        ("a is 1 and b is 2", true),
        ("a is 1 AND b is 1", false),
        ("a is 2 Or b is 2", true),
        ("a is 1 && b is 1 || b is 2", true),
        ("a is 1 or b is 1 and a is 2", true),
        ("(a is 1 or b is 1) and a is 2", false),
        ("a is 1 or b is 1 and (a is 2 or b is 3)", true),
        ("not a is 1", false),
        ("not a is not 1", true),
        ("not (a is 1 and b is 1)", true),
        ("not not a is 1", true),
        ("not a is 2 and b is 2", true),
        ("NOT(a is 1)or b is 2", true),
    ] {
        assert_eq!(matches(expression, &sample), expected, "{expression}");
    }
}

#[test]
fn time() {
    let mut sample = Sample::new(r#""timestamp": 5, "timestamp_desc": "x""#);
    for (expression, expected) in [
        ("timestamp == DATETIME('2012-01-01')", true),
        ("timestamp is 1325376000000000", true),
        ("date == '2012-01-01T00:00:00'", true),
        ("time == '2012-01-01 02:00:00+02:00'", true),
        ("datetime is not DATETIME('2012-01-01T00:00:00Z')", false),
        ("timestamp != DATETIME('2012-01-01')", false),
        ("timestamp > DATETIME('2011-12-31T23:59:59.999999')", true),
        ("timestamp > DATETIME('2011-12-31T23:59:59.9999999')", true),
        ("timestamp >= DATETIME('2012-01-01T00:00:00.000001')", false),
        ("timestamp < DATETIME('2012-01-01T00:00:00.000001')", true),
        ("timestamp <= ' 5 '", false),
        ("timestamp contains DATETIME(0)", false),
        ("timestamp not contains '2012-01-01'", true),
        ("timestamp inset '2012-01-01'", false),
        ("timestamp not inset '2012-01-01'", false),
        ("Timestamp > 0", false),
        ("timestamp_desc is 'Content Modification Time'", true),
        ("timestamp_desc contains 'MODIFICATION'", true),
        ("timestamp_desc regexp '^Cont'", true),
    ] {
        assert_eq!(matches(expression, &sample), expected, "{expression}");
    }
    for (timestamp, expression) in
        [(0, "timestamp is 0"), (-1, "timestamp < 0"), (-1, "timestamp == DATETIME(-1)")]
    {
        sample.timestamp = Timestamp(timestamp);
        assert!(matches(expression, &sample), "{expression}");
    }
    sample.description = "";
    assert!(!matches("timestamp_desc is ''", &sample));
    assert!(matches("timestamp_desc is not 'x'", &sample));
}

#[test]
fn attributes() {
    let own = r#""md5_hash": "own", "yara_match": "own", "file_entropy": 5, "tag": "own", "hash.md5": "dot", "is": 1, "_parser_chain": "filestat", "source": "s""#;
    let without = Sample::new(own);
    let with =
        Sample { stream: Some(stream()), labels: vec!["malware".into(), "b".into()], ..Sample::new(own) };
    for (expression, in_stream, in_data) in [
        ("md5_hash is 'own'", false, true),
        ("md5_hash is not 'own'", true, false),
        ("sha1_hash != 'x'", false, false),
        ("sha256_hash is 'ff00'", true, false),
        ("sha256_hash contains 'F0'", true, false),
        ("yara_match contains 'rule_a'", true, false),
        ("yara_match regexp 'arule'", true, false),
        ("yara_match is 'own'", false, true),
        ("file_entropy is '4.5'", true, false),
        ("file_entropy is 5", false, true),
        ("path_spec != 'x'", true, false),
        ("path_spec contains 'a'", false, false),
        ("tag contains 'malware'", true, false),
        ("tag contains 'MALWARE'", false, false),
        ("tag is 'malware'", false, false),
        ("tag regexp 'malwareb'", true, false),
        ("tag is 'own'", false, false),
        ("hash.md5 is 'dot'", false, false),
        ("is is 1", true, true),
        ("_parser_chain is 'filestat'", true, true),
        ("source is 's'", false, false),
        ("source is not 's'", true, true),
        ("data_type is 'test:one'", true, true),
        ("data_type contains 'TEST'", true, true),
    ] {
        assert_eq!(matches(expression, &with), in_stream, "{expression} with a stream");
        assert_eq!(matches(expression, &without), in_data, "{expression} without");
    }
}

#[test]
fn an_event_of_which_no_data_is_read() {
    let event = events::Event {
        id: events::EventId::new(1),
        data: events::EventDataId::new(1),
        timestamp: Some(Timestamp(5)),
        timestamp_description: "x".into(),
    };
    let view = events::EventView { event: &event, data: None, stream: None, labels: &[] };
    for (expression, expected) in
        [("v is 1", false), ("v is not 1", true), ("md5_hash is 'a'", false), ("time is 5", true)]
    {
        assert_eq!(compiled(expression).0.matches(&view), expected, "{expression}");
    }
}

#[test]
fn what_is_read() {
    let reads = |expression| {
        let (filter, _) = compiled(expression);
        let reads = filter.reads();
        let stream: Vec<_> = reads.stream.iter().map(|attribute| attribute.name()).collect();
        format!("{} {} {}", reads.event_data, stream.join(" "), reads.labels)
    };
    assert_eq!(reads("timestamp > 5 and timestamp_desc is 'x' or message is 'x'"), "false  false");
    assert_eq!(reads("v is 1"), "true  false");
    assert_eq!(reads("sha1_hash is 'a' or md5_hash is 'a'"), "true md5_hash sha1_hash false");
    assert_eq!(reads("not tag contains 'a'"), "false  true");
}

#[test]
fn warnings_come_once() {
    let (filter, _) = compiled(
        "message is 'a' and date > '2012-01-01' and message is 'b' and time < 5 and v is DATETIME(0)",
    );
    insta::assert_snapshot!(filter.warnings().join("\n"));
    let (filter, _) = compiled("a is 1 or b is 2 and (c is 3 or d is 4)");
    insta::assert_snapshot!(filter.warnings().join("\n"), @"Plaso joins the `or` before an `and` next to parentheses, but here `and` comes first; put parentheses around the `and` to get the same result in both");
    let (filter, _) = compiled("a is 1 or (b is 2 and (c is 3 or d is 4))");
    assert!(filter.warnings().is_empty());
}

#[test]
fn notes_are_counted() {
    let (filter, names) = compiled("v > 5 or v inset 'a' or v regexp '^(?:x|x(?!b))+y'");
    for value in [r#""z""#, r#""z""#, "[1]", "6", &format!(r#""{}dy""#, "x".repeat(40))] {
        Sample::new(format!(r#""v": {value}"#)).look(&names, |event| filter.matches(event));
    }
    let notes: Vec<_> =
        filter.take_notes().iter().map(|note| format!("{}: {}", note.count, note.message)).collect();
    insta::assert_snapshot!(notes.join("\n"), @r#"
    1: `v >`: a list cannot be compared with an integer this way, so it does not match
    3: `v >`: a text cannot be compared with an integer this way, so it does not match
    1: `v inset`: an integer cannot be compared with a text this way, so it does not match
    1: `v regexp`: the regular expression takes too many steps on a text, so it does not match
    "#);
    assert!(filter.take_notes().is_empty(), "what was taken is not told again");
}

/// The text is searched once for each value, and both may be long.
#[test]
fn many_values_in_a_long_text_are_not_looked_for() {
    let _ = filter::begin_task();
    let (filter, names) = compiled(&format!("v inset 'b{}'", "a".repeat(1_000_000)));
    let matches = |members: usize, last: &str| {
        let list = format!("[{}{last}]", r#""b","#.repeat(members));
        Sample::new(format!(r#""v": {list}"#)).look(&names, |event| filter.matches(event))
    };
    assert!(matches(1_000, r#""a""#) && !matches(1_000, r#""c""#));
    assert!(filter.take_notes().is_empty());
    assert!(!matches(20_000, r#""a""#));
    let notes = filter.take_notes();
    insta::assert_snapshot!(notes[0].message, @"`v inset`: there are too many values to look for in a long text, so it does not match");
    assert_eq!((notes[0].count, filter::begin_task().long), (1, 1));
    assert!(matches(1_000, r#""a""#));
    let _ = filter::begin_task();
}

#[test]
fn fields_with_many_values_are_in_texts() {
    let values = |values: usize, last: &str| {
        let xml = format!("<Event>{}<Data>{last}</Data></Event>", "<Data>x</Data>".repeat(values));
        Sample::new(format!(r#""xml_string": "{xml}""#))
    };
    let rules = tagging_file::parse(
        "rules.txt",
        "a\n  xml_string.Data inset 'abc'\nb\n  xml_string.Data inset 'b' and xml_string.Data is 'x'\n",
    );
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&rules.unwrap(), &mut names).unwrap();
    let mut matched = Vec::new();
    for before in [1, 63, 64, 65, 1_000] {
        for (last, expected) in [("b", &[0, 1][..]), ("ab", &[0]), ("d", &[])] {
            values(before, last).look(&names, |event| set.matches(event, &mut matched));
            assert_eq!(matched, expected, "{last} after {before} others");
        }
    }
}

#[test]
fn fields_inside_attributes() {
    let xml = r#"<Event><System><Provider Name=\"Sysmon\"/><EventID>10</EventID></System><EventData>
        <Data Name=\"GrantedAccess\">0x00001410</Data><Data Name=\"Threat Name\">Evil.A</Data>
        <Data>one</Data><Data>two</Data></EventData></Event>"#;
    let json = format!(
        r#""xml_string": "{}", "http_request": "GET /cgi?id=1 HTTP/1.1", "body": "exe=\"/bin/sh\" uid=0 auid=1000",
        "values": [["Image Path", "REG_SZ", "a.sys"], ["Start", "REG_DWORD", 2]], "v": 5"#,
        xml.replace('\n', "\\n")
    );
    let sample = Sample::new(json);
    for (expression, expected) in [
        ("xml_string.GrantedAccess is '0x1410'", true),
        ("xml_string.GrantedAccess is 5136", true),
        ("xml_string.GrantedAccess > 5136", false),
        ("xml_string.EventID is 10", true),
        ("xml_string.EventID is '10'", true),
        ("xml_string.EventID is 10 and xml_string.EventID is 10.0", true),
        ("v is 5 and v is 5.0", true),
        ("v is 5 and not v is 5.0", false),
        ("xml_string.Provider_Name is 'Sysmon'", true),
        ("xml_string.ThreatName contains 'evil'", true),
        ("xml_string.Data is 'two'", true),
        ("xml_string.Data is not 'two'", false),
        ("xml_string.Data regexp '^t'", true),
        ("xml_string.Nothing is not 'x'", true),
        ("xml_string.Nothing != 'x'", false),
        ("http_request.path is '/cgi' and http_request.query is 'id=1'", true),
        ("body.exe is '/bin/sh' and body.auid >= 1000", true),
        ("body.uid is 0", true),
        ("values.ImagePath contains '.SYS' and values.Start is 2", true),
        ("v.x is 5", false),
    ] {
        assert_eq!(matches(expression, &sample), expected, "{expression}");
        let file = tagging_file::parse("rules.txt", &format!("label\n  {expression}\n")).unwrap();
        let mut names = AttributeNames::default();
        let set = RuleSet::compile(&file, &mut names).unwrap();
        let mut matched = Vec::new();
        sample.look(&names, |event| set.matches(event, &mut matched));
        assert_eq!(matched, if expected { vec![0] } else { vec![] }, "{expression}");
    }
}
