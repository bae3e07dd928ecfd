use super::*;
use crate::model::{Format, Indicator, Value};
use crate::reading::{ReadOptions, read_bytes};

/// Returns what is made of a pattern: indicators, groups, what is left out, and problems.
fn of_pattern(pattern: &str) -> Vec<String> {
    let mut indicators = Indicators::default();
    indicators.begin_list("file", None, Format::Stix).unwrap();
    add_pattern(pattern, Origin { line: 1, details: Default::default() }, &mut indicators).unwrap();
    let mut made: Vec<_> = indicators
        .iter()
        .filter(|indicator| !indicator.in_group)
        .map(|indicator| shown(&indicator))
        .collect();
    made.extend(indicators.groups().map(|group| format!("group: {}", group.written)));
    made.extend(
        indicators
            .left_out()
            .iter()
            .map(|left_out| format!("left out: {}: {}", left_out.written, left_out.reason)),
    );
    made.extend(
        indicators
            .problems()
            .iter()
            .map(|problem| format!("problem: {}: {}", problem.written, problem.reason)),
    );
    made
}

fn shown(indicator: &Indicator<'_>) -> String {
    let value = match indicator.value {
        Value::Hash(bytes) => bytes.iter().take(2).map(|byte| format!("{byte:02x}")).collect(),
        Value::Address(address) => address.to_string(),
        Value::Network { address, prefix } => format!("{address}/{prefix}"),
        Value::Text(text) => text.to_owned(),
    };
    format!("{} {:?} {value}", indicator.kind, indicator.comparison)
}

#[test]
fn patterns_become_indicators() {
    for (pattern, expected) in [
        ("[domain-name:value = 'Evil.com']", &["domain Exact evil.com"][..]),
        ("[domain-name:value='evil.com']", &["domain Exact evil.com"]),
        ("[process:command_line = 'cmd /c *']", &["command line Exact cmd /c *"]),
        ("[process:command_line LIKE 'cmd /c *']", &["command line Exact cmd /c *"]),
        ("[process:command_line LIKE 'cmd /c %']", &["command line Wildcard cmd /c *"]),
        ("[email-addr:value = '*@evil.com']", &["e-mail address Exact *@evil.com"]),
        (
            "[file:hashes.MD5 = 'cead3f77f6cda6ec00f57d76c9a6879f' OR file:hashes.'SHA-1' = \
             'ac3f77f6cda6ec00f57d76c9a6879fcead3f77f6']",
            &["MD5 Exact cead", "SHA-1 Exact ac3f"],
        ),
        (
            "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.0/24')]",
            &["address Exact 192.0.2.1", "network Exact 192.0.2.0/24"],
        ),
        ("[ipv6-addr:value ISSUBSET '2001:db8::/32']", &["network Exact 2001:db8::/32"]),
        ("[file:name LIKE 'mal_%.exe']", &["file name Wildcard mal?*.exe"]),
        ("[file:name LIKE 'mal.exe']", &["file name Exact mal.exe"]),
        ("[url:value LIKE 'http://evil.com/?a=%']", &[r"URL Wildcard http://evil.com/?a=*"]),
        ("[url:value MATCHES '^https?://evil\\\\.com/']", &[r"URL Regex ^https?://evil\.com/"]),
        ("[url:value = 'http://evil.com/?a*']", &["URL Exact http://evil.com/?a*"]),
        ("[process:command_line = 'a \\'b\\' c']", &["command line Exact a 'b' c"]),
        (
            "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']",
            &["address Exact 192.0.2.1"],
        ),
        (
            "[file:name = 'foo.dll' AND file:parent_directory_ref.path = 'C:\\\\Windows\\\\System32']",
            &[r"file path Exact C:\Windows\System32\foo.dll"],
        ),
        ("[directory:path = 'C:\\\\x']", &[r"file path Prefix C:\x\"]),
        ("[directory:path = '/tmp/x']", &["file path Prefix /tmp/x/"]),
        ("[directory:path LIKE 'C:\\\\%\\\\x']", &[r"file path Wildcard C:\*\x\"]),
        ("[directory:path LIKE '%\\\\x%']", &[r"file path Wildcard *\x*"]),
        (
            "[file:parent_directory_ref.path LIKE 'C:\\\\%\\\\x' AND file:name = 'a.exe']",
            &[r"file path Wildcard C:\*\x\a.exe"],
        ),
        (
            "[file:name = 'a.exe' AND file:parent_directory_ref.path LIKE '%\\\\x%']",
            &[r"file path Wildcard *\x*\a.exe"],
        ),
        (
            "[file:parent_directory_ref.path = 'C:\\\\x' AND file:name LIKE 'a%.exe']",
            &[r"file path Wildcard C:\x\a*.exe"],
        ),
        (
            "[file:parent_directory_ref.path MATCHES 'x$' AND file:name = 'a']",
            &["problem: file:parent_directory_ref.path MATCHES 'x$' AND file name a: \
               AND needs `file:parent_directory_ref.path MATCHES 'x$'`, and a folder cannot be compared with \
               this pattern; write it with LIKE and `%`"],
        ),
        (
            "[file:name = 'a.exe' AND (file:hashes.MD5 = 'cead3f77f6cda6ec00f57d76c9a6879f' OR file:name = 'b.exe')]",
            &["group: file name a.exe AND (MD5 cead3f77f6cda6ec00f57d76c9a6879f OR file name b.exe)"],
        ),
        ("[mutex:name = 'x'] OR [mutex:name = 'y']", &["mutex Exact x", "mutex Exact y"]),
        ("([mutex:name = 'x'])", &["mutex Exact x"]),
        ("[ /* a comment */ mutex:name = 'x' // another\n ]", &["mutex Exact x"]),
        (
            "[process:binary_ref.hashes.'SHA-256' = 'x']",
            &[
                "problem: process:binary_ref.hashes.'SHA-256' = 'x': the list calls it a SHA-256, but it does not look like one",
            ],
        ),
        (
            "[mutex:name = 'x' OR file:size > 5]",
            &["mutex Exact x", "left out: file:size > 5: > is not supported"],
        ),
        (
            "[mutex:name = 'x' AND file:size = 5]",
            &[
                "left out: mutex x AND file:size = 5: AND needs `file:size = 5`, and events have no counterpart of file:size",
            ],
        ),
        ("[mutex:name NOT = 'x']", &["left out: mutex:name NOT = 'x': NOT is not supported"]),
        ("[mutex:name != 'x']", &["left out: mutex:name != 'x': != is not supported"]),
        ("[EXISTS file:name]", &["left out: EXISTS file:name: EXISTS is not supported"]),
        (
            "[a:type_ref.type = 'x' OR mutex:name = 'y']",
            &["left out: a:type_ref.type = 'x': it says only of what type a value is"],
        ),
        (
            "[mutex:name = 'x'] FOLLOWEDBY [mutex:name = 'y']",
            &[
                "left out: [mutex:name = 'x'] FOLLOWEDBY [mutex:name = 'y']: FOLLOWEDBY asks for several events",
            ],
        ),
        (
            "[mutex:name = 'x'] AND [mutex:name = 'y']",
            &[
                "left out: [mutex:name = 'x'] AND [mutex:name = 'y']: AND between observations asks for several events",
            ],
        ),
        (
            "[mutex:name = 'z'] OR ([mutex:name = 'x'] REPEATS 5 TIMES) WITHIN 300 SECONDS",
            &[
                "mutex Exact z",
                "left out: ([mutex:name = 'x'] REPEATS 5 TIMES) WITHIN 300 SECONDS: WITHIN asks for several events",
            ],
        ),
        (
            "[mutex:name = 'x'] START t'2016-06-01T00:00:00Z' STOP t'2017-06-01T00:00:00Z'",
            &[
                "left out: [mutex:name = 'x'] START t'2016-06-01T00:00:00Z' STOP t'2017-06-01T00:00:00Z': START asks \
               for several events",
            ],
        ),
        ("[url:value LIKE 'http%://evil.com/A%']", &["URL Wildcard http*://evil.com/A*"]),
        ("[url:value = 'http://evil.com/*']", &["URL Exact http://evil.com/*"]),
        (
            "[url:value LIKE 'http://evil.com/%#a']",
            &["problem: url:value LIKE 'http://evil.com/%#a': URLs are compared without their fragments; \
               leave out the `#` and what follows it"],
        ),
        (
            "[file:hashes.MD5 LIKE 'a%']",
            &["problem: file:hashes.MD5 LIKE 'a%': LIKE is not supported for an MD5"],
        ),
        (
            "[file:name MATCHES '(']",
            &["problem: file:name MATCHES '(': the regular expression cannot be used: a group is not closed"],
        ),
    ] {
        assert_eq!(of_pattern(pattern), expected, "{pattern}");
    }
}

#[test]
fn malformed_patterns_say_where() {
    for (pattern, expected) in [
        ("", "column 1 of the pattern: expected `[` or `(`, found the end of the pattern"),
        ("mutex:name = 'x'", "column 1 of the pattern: expected `[` or `(`, found `mutex:name = 'x'`"),
        ("[mutex:name = 'x'", "column 18 of the pattern: expected `]`, found the end of the pattern"),
        (
            "[mutex:name = 'x]",
            "column 15 of the pattern: the text has no end: a single quotation mark is missing",
        ),
        ("[mutex = 'x']", "column 8 of the pattern: expected `:`, found `= 'x']`"),
        (
            "[mutex:name 'x']",
            "column 13 of the pattern: expected an operator such as `=`, IN, LIKE or MATCHES, found `'x']`",
        ),
        ("[ä]", "column 2 of the pattern: expected a property such as file:name, found `ä]`"),
        (
            "[mutex:name = 'x'] XOR",
            "column 20 of the pattern: expected AND, OR or the end of the pattern, found `XOR`",
        ),
        (
            &format!("{}{}", "(".repeat(100_000), "[mutex:name = 'x']"),
            "column 34 of the pattern: parentheses are nested more than 32 deep",
        ),
        (&"[".repeat(300_000), "column 1 of the pattern: the pattern is longer than 256 KiB"),
    ] {
        let made = of_pattern(pattern);
        assert!(made.len() == 1 && made[0].ends_with(expected), "{pattern:.50}: {made:?}");
    }
}

#[test]
fn lines_are_told_from_patterns() {
    for line in ["[file:name = 'a']", "([a-b:c.'d e' IN ('x')])", "[(file:size > 5 AND a:b = 'c')]"] {
        assert!(is_pattern(line), "{line}");
    }
    for line in ["[2001:db8::1]:443", "[dot]", "[x] text", "a", "", "[", "(a)", "[file:"] {
        assert!(!is_pattern(line), "{line}");
    }
}

#[test]
fn a_bundle_has_indicators_and_other_objects() {
    let text = r#"{"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "report", "id": "report--1", "name": "Some report"},
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "192.0.2.1"},
        {"type": "indicator", "id": "indicator--1", "modified": "2020-01-01T00:00:00Z", "name": "old",
         "pattern": "[mutex:name = 'old']"},
        {"type": "indicator", "id": "indicator--1", "modified": "2021-01-01T00:00:00Z", "name": "new",
         "pattern": "[mutex:name = 'new']", "pattern_type": "stix", "valid_from": "2021-01-01T00:00:00Z",
         "valid_until": "2021-02-01T00:00:00.5Z", "confidence": 80, "indicator_types": ["malicious-activity", "x"],
         "description": "Words."},
        {"type": "indicator", "id": "indicator--2", "pattern": "[mutex:name = 'r']", "revoked": true},
        {"type": "indicator", "id": "indicator--3", "pattern": "rule x {}", "pattern_type": "yara"},
        {"type": "indicator", "id": "indicator--4", "pattern": "title: x", "pattern_type": "sigma"},
        {"type": "indicator", "id": "indicator--5"},
        {"type": "indicator", "id": "indicator--6", "pattern": ["x"]},
        5
    ]}"#;
    let indicators = read_bytes("b.json", text.as_bytes(), &ReadOptions::default()).unwrap();
    let list = &indicators.lists()[0];
    assert_eq!((list.title.as_deref(), list.format), (Some("Some report"), Format::Stix));
    let found: Vec<_> = indicators.iter().collect();
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["mutex Exact new"]);
    assert_eq!(found[0].line, 6);
    let details = found[0].details;
    assert_eq!(
        (details.comment, details.tags, details.score),
        ("new: Words.", "malicious-activity, x", Some(80))
    );
    assert_eq!(details.first_seen.unwrap().0, 1_609_459_200_000_000);
    assert_eq!(details.valid_until.unwrap().0, 1_612_137_600_500_000);
    let left_out: Vec<_> =
        indicators.left_out().iter().map(|left_out| (left_out.place.line, &*left_out.reason)).collect();
    assert_eq!(
        left_out,
        [
            (3, "ipv4-addr is an observation, not an indicator"),
            (4, "the bundle has a newer version of it"),
            (10, "it is revoked"),
            (11, "patterns of type yara are not supported"),
        ]
    );
    assert_eq!(indicators.sigma_rules()[0].text, "title: x");
    let problems: Vec<_> = indicators.problems().iter().map(|problem| problem.place.line).collect();
    assert_eq!(problems, [13, 14, 15]);
}

#[test]
fn bundles_in_an_array_are_read() {
    let bundle = |name: &str| {
        format!(
            r#"{{"type": "bundle", "id": "b", "objects": [{{"type": "indicator", "pattern": "[mutex:name = '{name}']"}}]}}"#
        )
    };
    let text = format!("[{}, {}]", bundle("a"), bundle("b"));
    let indicators = read_bytes("b.json", text.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(
        indicators.iter().map(|found| shown(&found)).collect::<Vec<_>>(),
        ["mutex Exact a", "mutex Exact b"]
    );
}

#[test]
fn what_may_hide_an_indicator_is_a_problem() {
    for (object, expected) in [
        (r#"{"type": "bundle", "id": "b", "objects": []}"#, Some("a bundle inside")),
        (r#"{"type": "Indicator", "pattern": "[mutex:name = 'a']"}"#, Some("its type is not written")),
        (r#"{"pattern": "[mutex:name = 'a']"}"#, Some("it has no type")),
        (r#"{"Event": {"info": "x"}}"#, Some("it has no type")),
        (r#"{"type": "malware", "id": "m"}"#, None),
        (
            r#"{"type": "indicator", "pattern": "[mutex:name = 'a']", "revoked": "maybe"}"#,
            Some("revoked is neither"),
        ),
    ] {
        let text = format!(r#"{{"type": "bundle", "objects": [{object}]}}"#);
        let indicators = read_bytes("b.json", text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(indicators.iter().count(), 0, "{object}");
        let reasons: Vec<_> = indicators.problems().iter().map(|problem| &*problem.reason).collect();
        assert_eq!(reasons.len(), usize::from(expected.is_some()), "{object}");
        assert!(expected.is_none_or(|expected| reasons[0].contains(expected)), "{reasons:?}");
    }
}

#[test]
fn the_newest_version_is_that_of_the_latest_time() {
    for (first, second, expected) in [
        ("2021-01-01T00:00:00Z", "2021-01-01T00:00:00.500Z", "second"),
        ("2021-01-01T00:00:00.12Z", "2021-01-01T00:00:00.1Z", "first"),
        ("2021-01-01T00:00:00Z", "2021-01-01T00:00:00Z", "first"),
        ("2021-01-01T00:00:00Z", "soon", "first"),
        ("", "2021-01-01T00:00:00Z", "second"),
    ] {
        let version = |time: &str, name: &str| {
            format!(
                r#"{{"type": "indicator", "id": "i", "modified": "{time}", "pattern": "[mutex:name = '{name}']"}}"#
            )
        };
        let text = format!(
            r#"{{"type": "bundle", "objects": [{}, {}]}}"#,
            version(first, "first"),
            version(second, "second")
        );
        let indicators = read_bytes("b.json", text.as_bytes(), &ReadOptions::default()).unwrap();
        let found: Vec<_> = indicators.iter().map(|found| shown(&found)).collect();
        assert_eq!(found, [format!("mutex Exact {expected}")], "{first} {second}");
    }
}

/// Its other parts alone would mean something else.
#[test]
fn a_combination_with_a_wildcard_that_is_too_large_is_named() {
    let wildcard = format!("{}{}", "%_".repeat(16), "_".repeat(240));
    let key = format!("windows-registry-key:key LIKE '{wildcard}{}'", "a".repeat(3_000));
    for pattern in [format!("[{key} AND file:name = 'a.exe']"), format!("[{key}]")] {
        let made = of_pattern(&pattern);
        assert_eq!(made.len(), 1, "{made:?}");
        assert!(made[0].starts_with("problem: ") && made[0].contains("256 KiB of memory"), "{made:?}");
    }
}
