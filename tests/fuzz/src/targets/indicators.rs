//! Lists of indicators in all formats, and warninglists.

use events::AttributeNames;
use indicators::matching::{Matcher, Options};
use indicators::{Indicators, Node, ReadOptions, Warninglists};

use crate::Target;
use crate::samples::each_event;

pub(super) const TARGET: Target = Target { name: "indicators", run, seeds };

fn run(data: &[u8]) {
    let Ok(read) = indicators::read_bytes("list", data, &ReadOptions::default()) else { return };
    check(&read);
    let known = Warninglists::read_bytes("list", data);
    for indicator in read.iter() {
        let _ = known.names_of(&indicator);
    }
    // Regular expressions may be too large together.
    let Ok(mut matcher) = Matcher::new(read, Options::default()) else { return };
    let mut names = AttributeNames::default();
    for name in ["filename", "body", "v"] {
        names.register(name);
    }
    each_event(&names, |event| {
        matcher.find(event);
    });
}

/// Everything that was read is counted, and groups have indicators of their own.
pub(super) fn check(read: &Indicators) {
    let counted: u32 = read.lists().iter().flat_map(|list| list.kinds.values()).sum();
    assert_eq!(counted as usize, read.len());
    for list in read.lists() {
        assert_eq!(list.file, "list");
    }
    assert!(read.problems().len() as u64 <= read.number_of_problems());
    let mut in_groups = 0;
    for group in read.groups() {
        let number = count(group.root, read);
        assert!(number > 1, "a group has several indicators");
        in_groups += number;
    }
    assert_eq!(in_groups, read.iter().filter(|indicator| indicator.in_group).count());
}

fn count(node: &Node, read: &Indicators) -> usize {
    match node {
        Node::Indicator(id) => {
            assert!(read.get(*id).in_group);
            1
        }
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().map(|node| count(node, read)).sum(),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    [
        format!("# a comment\nevil[.]com;b\nhxxp://evil.com/a\n192.0.2.0/24\t#c\n{md5}\n%TEMP%\\*.exe\nHKLM\\a\n2001:db8::1\n"),
        "# LOKI\n\\\\a\\.exe$;70;(?i)b\n(c|d);50\n".into(),
        format!("# \"first_seen\",\"ioc_value\",\"ioc_type\",\"tags\"\n\"2021-01-01\", \"{md5}\", \"md5_hash\", \"a,b\"\n"),
        format!(
            r#"{{"Event": {{"info": "x", "threat_level_id": "1", "Tag": [{{"name": "t"}}], "Attribute": [{{"type":
            "filename|md5", "value": "a.exe|{md5}", "to_ids": true}}, {{"type": "regkey|value", "value": "HKLM\\a|b"}}],
            "Object": [{{"Attribute": [{{"type": "domain|ip", "value": "evil.com|192.0.2.1", "deleted": false}}]}}]}}}}"#
        ),
        r#"{"type": "bundle", "objects": [{"type": "indicator", "id": "indicator--1", "pattern":
            "[file:name = 'a' AND file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' OR url:value LIKE 'b%']",
            "valid_until": "2021-01-01T00:00:00Z"}]}"#.into(),
        "<ioc><short_description>x</short_description><definition><Indicator operator=\"OR\"><IndicatorItem condition=\
         \"contains\"><Context search=\"FileItem/FullPath\"/><Content>a&amp;b</Content></IndicatorItem><Indicator operator=\
         \"AND\"><IndicatorItem condition=\"is\"><Context search=\"FileItem/FileName\"/><Content>c</Content></IndicatorItem>\
         </Indicator></Indicator></definition></ioc>".into(),
        r#"{"name": "x", "type": "cidr", "list": ["192.0.2.0/24", "::1"], "matching_attributes": ["ip-dst"]}"#.into(),
        r#"{"name": "x", "type": "regex", "list": ["/^a.*$/i"]}"#.into(),
    ]
    .map(String::into_bytes)
    .into()
}
