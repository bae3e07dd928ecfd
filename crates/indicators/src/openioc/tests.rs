use std::fmt::Write as _;

use crate::model::{Format, Indicators, Value};
use crate::reading::{ReadOptions, read_bytes};

/// Reads a document with these conditions.
fn of_conditions(conditions: &str) -> Indicators {
    let text = format!(
        "<?xml version=\"1.0\"?>\n<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\"><short_description>A &amp; \
         B</short_description><definition>\n{conditions}\n</definition></ioc>"
    );
    read_bytes("a.ioc", text.as_bytes(), &ReadOptions::default()).unwrap()
}

fn item(term: &str, condition: &str, content: &str) -> String {
    format!(
        "<IndicatorItem condition=\"{condition}\"><Context document=\"d\" search=\"{term}\"/>\
         <Content type=\"string\">{content}</Content></IndicatorItem>"
    )
}

/// Returns what is made of conditions: indicators, groups, what is left out, and problems.
fn account(indicators: &Indicators) -> Vec<String> {
    let mut made = Vec::new();
    for indicator in indicators.iter().filter(|indicator| !indicator.in_group) {
        let mut text = format!("{} {:?} ", indicator.kind, indicator.comparison);
        let _ = match indicator.value {
            Value::Hash(bytes) => write!(text, "{} bytes", bytes.len()),
            Value::Address(address) => write!(text, "{address}"),
            Value::Network { address, prefix } => write!(text, "{address}/{prefix}"),
            Value::Text(value) => write!(text, "{value}"),
        };
        made.push(text);
    }
    made.extend(indicators.groups().map(|group| format!("group: {}", group.written)));
    made.extend(indicators.left_out().iter().map(|left_out| format!("left out: {}", left_out.reason)));
    made.extend(indicators.problems().iter().map(|problem| format!("problem: {}", problem.reason)));
    made
}

#[test]
fn conditions_become_indicators() {
    for (term, condition, content, expected) in [
        ("FileItem/Md5sum", "is", "D41D8CD98F00B204E9800998ECF8427E", "MD5 Exact 16 bytes"),
        ("FileItem/FileName", "is", "a.exe", "file name Exact a.exe"),
        ("FileItem/FileName", "contains", "a.e", "file name Contains a.e"),
        ("FileItem/FullPath", "ends-with", "\\x\\a.exe", "file path Suffix \\x\\a.exe"),
        ("FileItem/FilePath", "is", "C:\\x\\", "file path Prefix C:\\x\\"),
        ("FileItem/FilePath", "ends-with", "\\x", "file path Wildcard *\\x\\"),
        (
            "FileItem/FilePath",
            "matches",
            "x$",
            "problem: a folder cannot be compared with a regular expression",
        ),
        ("FileItem/FileName", "matches", "^a.*b$", "file name Regex (?i)^a.*b$"),
        ("DnsEntryItem/Host", "contains", ".Evil.com", "domain Exact evil.com"),
        ("DnsEntryItem/Host", "contains", "evil", "domain Contains evil"),
        ("PortItem/remoteIP", "is", "192.0.2.1", "address Exact 192.0.2.1"),
        ("PortItem/remoteIP", "contains", "192.0.", "network Exact 192.0.0.0/16"),
        ("Network/URI", "contains", "/gate.php?a&amp;b&#61;&lt;", "URL path Contains /gate.php?a&b=<"),
        ("RegistryItem/KeyPath", "is", "Software\\x", "registry key Exact Software\\x"),
        ("Network/UserAgent", "is", "<![CDATA[Agent <1>]]>", "user agent Exact Agent <1>"),
        ("Email/From", "is", "a@evil.com", "e-mail address Exact a@evil.com"),
        ("FileItem/SizeInBytes", "is", "5", "left out: events have no counterpart of FileItem/SizeInBytes"),
        ("FileItem/FileName", "containsnot", "x", "left out: NOT is not supported"),
        ("FileItem/FileName", "greater-than", "x", "left out: the condition greater-than is not supported"),
        ("FileItem/Md5sum", "is", "x", "problem: the list calls it an MD5, but it does not look like one"),
        ("FileItem/Md5sum", "is", "", "problem: it is empty"),
    ] {
        let conditions = format!("<Indicator operator=\"OR\">{}</Indicator>", item(term, condition, content));
        let indicators = of_conditions(&conditions);
        assert_eq!(account(&indicators), [expected], "{term} {condition} {content}");
        assert_eq!(indicators.lists()[0].title.as_deref(), Some("A & B"));
    }
}

#[test]
fn trees_are_kept_if_one_event_can_decide_them() {
    let (a, b) = (
        item("FileItem/FileName", "is", "a.exe"),
        item("FileItem/Md5sum", "is", "d41d8cd98f00b204e9800998ecf8427e"),
    );
    let (key, size) = (item("RegistryItem/KeyPath", "is", "k"), item("FileItem/SizeInBytes", "is", "5"));
    let path = item("RegistryItem/Path", "is", "HKLM\\k\\v");
    let process = item("ProcessItem/path", "is", "C:\\x");
    for (conditions, expected) in [
        (
            format!("<Indicator operator=\"AND\">{a}{b}</Indicator>"),
            &["group: file name a.exe AND MD5 d41d8cd98f00b204e9800998ecf8427e"][..],
        ),
        (
            format!(
                "<Indicator operator=\"OR\"><Indicator operator=\"AND\">{a}{size}</Indicator>{a}</Indicator>"
            ),
            &[
                "file name Exact a.exe",
                "left out: AND needs `FileItem/SizeInBytes is 5`, and events have no counterpart of FileItem/SizeInBytes",
            ],
        ),
        (
            format!(
                "<Indicator operator=\"AND\">{a}<Indicator operator=\"OR\">{b}{size}</Indicator></Indicator>"
            ),
            &[
                "group: file name a.exe AND MD5 d41d8cd98f00b204e9800998ecf8427e",
                "left out: events have no counterpart of FileItem/SizeInBytes",
            ],
        ),
        (
            format!("<Indicator operator=\"AND\">{a}{key}</Indicator>"),
            &["left out: AND of FileItem and RegistryItem asks for several events"],
        ),
        (format!("<Indicator operator=\"AND\">{a}</Indicator>"), &["file name Exact a.exe"]),
        (
            format!("<Indicator operator=\"OR\">{path}</Indicator>"),
            &["registry key Exact HKLM\\k\\v", "group: registry key HKLM\\k AND registry value v"],
        ),
        (
            format!("<Indicator operator=\"OR\">{process}</Indicator>"),
            &["file path Exact C:\\x", "file path Prefix C:\\x\\"],
        ),
        // It must not decide for the others.
        (
            format!("<Indicator operator=\"OR\">{a}<Indicator operator=\"AND\"></Indicator></Indicator>"),
            &["file name Exact a.exe", "problem: an `Indicator` has no conditions, and is passed over"],
        ),
        (
            format!("<Indicator operator=\"XOR\">{a}{a}</Indicator>"),
            &["left out: the operator `XOR` is neither AND nor OR"],
        ),
        (
            format!(
                "<Indicator operator=\"OR\">{}</Indicator>",
                a.replace("condition", "negate=\"TRUE\" condition")
            ),
            &["left out: NOT is not supported"],
        ),
        (
            format!(
                "<Indicator operator=\"OR\">{}</Indicator>",
                a.replace("condition", "negate=\"maybe\" condition")
            ),
            &["problem: negate is neither true nor false; write true or false"],
        ),
    ] {
        assert_eq!(account(&of_conditions(&conditions)), expected, "{conditions}");
    }
}

#[test]
fn version_1_1_has_other_elements() {
    let text = "<OpenIOC xmlns=\"http://openioc.org/schemas/OpenIOC_1.1\"><metadata><short_description>T\
                </short_description></metadata><criteria><Indicator operator=\"OR\"><IndicatorItem condition=\"matches\" \
                preserve-case=\"true\" negate=\"false\"><Context search=\"FileItem/FileName\"/><Content>a+</Content>\
                </IndicatorItem><IndicatorItem condition=\"is\" negate=\"true\"><Context search=\"FileItem/FileName\"/>\
                <Content>b</Content></IndicatorItem></Indicator></criteria></OpenIOC>";
    let indicators = read_bytes("a", text.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(account(&indicators), ["file name Regex a+", "left out: NOT is not supported"]);
    assert_eq!(indicators.lists()[0].format, Format::OpenIoc);
}

#[test]
fn malformed_documents_and_bombs_are_problems() {
    let open = "<Indicator operator=\"OR\">";
    let entity = item("FileItem/FileName", "is", "&lol;");
    for (conditions, expected) in [
        (open.repeat(100_000), "problem: the file cannot be read: conditions are nested more than 32 deep"),
        (
            format!("{open}{entity}</Indicator>"),
            "problem: the file cannot be read: the entity `&lol;` is not supported",
        ),
        (
            format!("{open}{}</Indicator>", item("FileItem/FileName", "is", &"x".repeat(100_000))),
            "problem: the file cannot be read: a text is longer than 64 KiB",
        ),
    ] {
        assert_eq!(account(&of_conditions(&conditions)), [expected]);
    }
    assert!(account(&of_conditions(&format!("{open}</b>")))[0].contains("the file cannot be read"));
    let lol = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
               <ioc><short_description>&lol2;&x;</short_description></ioc>";
    let indicators = read_bytes("a", lol.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(
        account(&indicators),
        ["problem: the file cannot be read: the entity `&lol2;` is not supported"]
    );
    let other = read_bytes("a", b"<html><body/></html>", &ReadOptions::default()).unwrap();
    assert_eq!(other.problems()[0].to_string(), "a: it is XML, but not OpenIOC");
    let cut = read_bytes("a", b"<ioc><Indicator operator=\"OR\">", &ReadOptions::default()).unwrap();
    assert!(cut.problems()[0].reason.contains("cannot be read"), "{:?}", cut.problems());
}

#[test]
fn a_cut_file_is_a_problem_wherever_it_is_cut() {
    let conditions =
        format!("<Indicator operator=\"OR\">{}</Indicator>", item("FileItem/FileName", "is", "a.exe"));
    let whole = format!("<ioc><definition>{conditions}</definition><x>y</x></ioc>");
    let of = |text: &str| read_bytes("a", text.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(account(&of(&whole)), ["file name Exact a.exe"]);
    for length in "<ioc>".len()..whole.len() {
        let cut = of(&whole[..length]);
        assert_eq!(cut.problems().len(), 1, "{}", &whole[..length]);
    }
    let after = whole.find("</definition>").unwrap();
    let expected = "problem: the file is cut: its last element is not closed; what is before the cut is used";
    assert_eq!(account(&of(&whole[..after])), ["file name Exact a.exe", expected]);
}
