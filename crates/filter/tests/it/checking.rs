//! What is said of tagging files and filters that can be used, but do not do what they seem to.

use filter::{Expression, Severity, TaggingFile};

/// What is said of a rule, without its place.
fn told(rule: &str) -> Vec<String> {
    let found = TaggingFile::check("rules.txt", &format!("label\n  {rule}\n"));
    found.iter().map(|found| format!("{}: {}", found.severity.as_str(), found.message)).collect()
}

#[test]
fn rules_that_never_match() {
    let mut all = String::new();
    for rule in [
        "data_type is 'a' and data_type is 'b'",
        "data_type is 'a' and v is 'x' and data_type is not 'a'",
        "data_type is 'a' and (data_type is 'b' or data_type is 'c')",
        "v is 'abc' and v contains 'x'",
        "v regexp '^x' and v is 'abc'",
        "v is 5 and v > 6",
        "v > 5 and w is 1 and v < 3",
        "timestamp > DATETIME('2020-01-02') and timestamp < DATETIME('2020-01-01')",
        "date >= 5 and time < 5",
        "file_size is 0",
        "v is ''",
        "v inset 5",
        "v is 1 and tag contains 'a'",
        "message contains 'a'",
        "parser is 'a' or source is 'b'",
        "v is DATETIME('2012-01-01')",
        "data_type is 5",
        "timestamp_desc contains 7",
        "v regexp 'a$b'",
        "timestamp contains DATETIME(5)",
        "not (v is not '')",
    ] {
        let told = told(rule).join("\n  ");
        assert!(told.contains("; so the rule never matches"), "{rule}: {told}");
        all.push_str(&format!("{rule}\n  {told}\n"));
    }
    insta::assert_snapshot!("never", all);
}

#[test]
fn other_oddities() {
    let mut all = String::new();
    for rule in [
        "v is 'a' or w is 0",
        "v is 'a' and w is not 0",
        "v is not ''",
        "v is 'a' or parser is not 'x'",
        "v contains ''",
        "v regexp '.*' and w is 'a'",
        "v inset ''",
        "v is 'a' and v is 'a'",
        "timestamp > '2012-01-01'",
        "v is 1 or w is 2 and (x is 3 or y is 4)",
        "filname contains 'a'",
        "Filename contains 'a'",
        "data_type is 'fs:sta'",
        "data_type is 'opera:history'",
        "event_identifier is '4624'",
    ] {
        let told = told(rule).join("\n  ");
        assert!(!told.is_empty() && !told.contains("never matches"), "{rule}: {told}");
        all.push_str(&format!("{rule}\n  {told}\n"));
    }
    insta::assert_snapshot!("oddities", all);
}

#[test]
fn nothing_is_said_of_what_may_be_meant() {
    for rule in [
        "v is 'a' or v is 'b'",
        "v is 'abc' and v contains 'B'",
        "v is not 'a' and v is not 'b'",
        "v is 5 and v regexp '5'",
        "v >= 5 and v <= 5",
        "v > 5 and v < 6",
        "v > 5 or v < 3",
        "not (v > 5 and w < 3)",
        "v != 0",
        "v is not 'a'",
        "v regexp '^$'",
        "timestamp >= DATETIME('2020-01-01') and timestamp < DATETIME('2020-01-02')",
        "v contains PATH('a/b')",
        "data_type is 'a:b:c' and (data_type is 'a:b:c' or v is 'a')",
        "v not contains ''",
        "timestamp is DATETIME(0)",
        "event_identifier is 4624",
        "url2 is 'a'",
    ] {
        assert_eq!(told(rule), [""; 0], "{rule}");
    }
    for name in TaggingFile::BUILT_IN {
        let found = TaggingFile::check_built_in(name).unwrap();
        assert!(found.is_empty(), "{found}");
    }
}

#[test]
fn rules_and_labels_beside_each_other() {
    let text = "\
one
  data_type is 'x:y:z' and v is 'a'
  v is 'a' and data_type is 'x:y:z'
  data_type is 'x:y:z' and v is 'a' and w is 'b'
  data_type is 'x:y:z' and w is 'b'
  (v is 'c' and w is 'd') and u is 'e'

ONE
  w is 'd'

o_ne
  v is 'a'
  w is 'd' and v is 'c' and (u is 'e' or u is 'f')
  v is 'c' and w is 'd'
";
    insta::assert_snapshot!("beside_each_other", TaggingFile::check("rules.txt", text));
}

#[test]
fn errors_and_warnings_come_together_and_in_order() {
    let text = "one\n  v is 0\n  v iz 1\n  v regexp '('\n\ntwo-words\n  v is 'x\n\nv is 'y'\n\n!!\n\nthree\n\n  v is 1\n";
    let found = TaggingFile::check("rules.txt", text);
    assert_eq!((found.count(Severity::Error), found.count(Severity::Warning)), (8, 1));
    insta::assert_snapshot!("errors_and_warnings", found);
    let refused = TaggingFile::parse("rules.txt", text).unwrap_err();
    let errors: Vec<_> = found.iter().filter(|found| found.severity == Severity::Error).collect();
    assert_eq!(refused.iter().collect::<Vec<_>>(), errors);
}

#[test]
fn marks_stand_under_what_is_meant() {
    let text = "wide\n\tfilename is '日本語' and filename contians '語'\n  v regexp 'é' and v is\t''\n";
    insta::assert_snapshot!("marks", TaggingFile::check("rules.txt", text));
}

#[test]
fn filters() {
    let filter = "data_type is 'fs:stat'\n  and tag contains 'a'\n  and filename is 0";
    insta::assert_snapshot!("filter", Expression::check("filter", filter));
    insta::assert_snapshot!("filter_error", Expression::check("filter", "v is 'a'\nand w iz 'b'"));
    assert!(Expression::check("filter", " ").is_empty());
}
