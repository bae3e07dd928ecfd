//! A matcher is loaded as it was saved, or refused.

use std::path::Path;

use libdeflater::crc32;

use super::*;
use crate::matching::finding::FindingId;
use crate::matching::tests::{event_data, found};
use crate::reading::{ReadOptions, read};

/// Lists with all that a file has: kinds of all tables, patterns, exceptions, combinations,
/// details, Sigma rules, problems, and what is left out.
const LISTS: [(&str, &str); 4] = [
    (
        "a.txt",
        "# one\nd41d8cd98f00b204e9800998ecf8427e\nevil[.]com;b\nhttp://evil.example/a\n192.0.2.0/24\n2001:db8::1\n\
         evil.exe\nC:\\Temp\\evil.dll\nHKLM\\Software\\Evil\n%TEMP%\\*.tmp\nno value\nevil[.]com;b\n",
    ),
    ("b.txt", "# LOKI\n\\\\a\\.exe$;70;(?i)b\n(c|d);50\n"),
    (
        "c.json",
        r#"{"Event": {"info": "x", "threat_level_id": "1", "Tag": [{"name": "t"}], "Attribute": [
            {"type": "regkey|value", "value": "HKLM\\a|b", "to_ids": true, "first_seen": "2021-01-01T00:00:00Z"},
            {"type": "mutex", "value": "m", "to_ids": false},
            {"type": "sigma", "value": "title: a", "to_ids": true}]}}"#,
    ),
    (
        "d.json",
        r#"{"type": "bundle", "objects": [{"type": "indicator", "id": "indicator--1", "pattern":
            "[file:name = 'a' AND file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' OR url:value LIKE 'b%']",
            "valid_until": "2021-01-01T00:00:00Z", "confidence": 80}]}"#,
    ),
];

const EVENTS: [(&str, &str); 10] = [
    ("md5_hash", "d41d8cd98f00b204e9800998ecf8427e"),
    ("url", "http://evil.com/a"),
    ("url", "http://evil.example/a"),
    ("source_ip", "192.0.2.7"),
    ("source_ip", "2001:db8::1"),
    ("filename", "/evil.exe"),
    ("filename", "C:\\Temp\\evil.dll"),
    ("filename", "C:\\Users\\a\\AppData\\Local\\Temp\\x.tmp"),
    ("filename", "C:\\x\\a.exe"),
    ("key_path and values", "HKLM\\Software\\Evil > b > c"),
];

fn all_found(matcher: &mut Matcher) -> Vec<Vec<u32>> {
    EVENTS.iter().map(|(attribute, value)| found(matcher, &event_data(attribute, value))).collect()
}

/// Returns the matcher of the lists, and the file with it.
fn saved(folder: &Path, texts: &[(&str, &str)]) -> (Matcher, Vec<u8>) {
    let lists = folder.join("lists");
    std::fs::create_dir(&lists).unwrap();
    for (name, text) in texts {
        std::fs::write(lists.join(name), text).unwrap();
    }
    let indicators = read(&lists, &ReadOptions::default()).unwrap();
    let mut kept = files::Sha256Writer::default();
    crate::keep(&lists, &mut kept).unwrap();
    assert_eq!(indicators.digest(), kept.digest());
    let matcher = Matcher::new(indicators, Options::default()).unwrap();
    let mut bytes = Vec::new();
    matcher.save(&mut bytes).unwrap();
    (matcher, bytes)
}

fn load(folder: &Path, bytes: &[u8]) -> Result<Option<Matcher>, LoadError> {
    let path = folder.join("saved");
    std::fs::write(&path, bytes).unwrap();
    let loaded = Matcher::load(&path, Options::default())?;
    Ok(loaded.map(|(matcher, digest)| {
        assert_eq!(digest, files::sha256_of(bytes));
        matcher
    }))
}

#[test]
fn a_matcher_is_loaded_as_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (mut matcher, bytes) = saved(folder.path(), &LISTS);
    let mut loaded = load(folder.path(), &bytes).unwrap().unwrap();
    let parts = |matcher: &Matcher| {
        let read = matcher.indicators();
        let findings = (0..matcher.count()).map(|number| matcher.finding(FindingId(number as u32)));
        let findings = findings.map(|finding| format!("{finding:?}")).collect::<Vec<_>>();
        let groups = read.groups().map(|group| format!("{group:?}")).collect::<Vec<_>>();
        let account = (read.lists(), read.left_out(), read.problems(), read.number_of_problems());
        let others = (read.sigma_rules(), read.other_files(), read.digest());
        format!("{findings:#?}{groups:#?}{account:#?}{others:#?}")
    };
    assert_eq!(parts(&loaded), parts(&matcher));
    let read = loaded.indicators();
    assert!(!read.left_out().is_empty() && !read.problems().is_empty() && !read.sigma_rules().is_empty());
    assert!(read.groups().len() > 1 && read.iter().any(|indicator| indicator.except.is_some()));
    let expected = all_found(&mut matcher);
    assert!(expected.iter().all(|found| !found.is_empty()), "{expected:?}");
    assert_eq!(all_found(&mut loaded), expected);
    let mut again = Vec::new();
    loaded.save(&mut again).unwrap();
    assert!(again == bytes);
    let digest = crate::kept_digest(&folder.path().join("saved")).unwrap().unwrap();
    assert_eq!(digest, matcher.indicators().digest());
}

#[test]
fn lists_are_no_saved_matcher() {
    let folder = tempfile::tempdir().unwrap();
    for other in [&b""[..], b"evil.com\n", b"Indicators of"] {
        assert!(load(folder.path(), other).unwrap().is_none());
    }
    assert!(Matcher::load(folder.path(), Options::default()).unwrap().is_none());
    assert!(crate::kept_digest(folder.path()).unwrap().is_none());
}

/// What cannot be trusted is refused by the name of the file, and the message says why.
#[test]
fn a_damaged_file_and_one_of_another_version_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bytes) = saved(folder.path(), &LISTS);
    let name = "Indicators of foreman, for ".len();
    let said = |bytes: &[u8]| load(folder.path(), bytes).map(|_| ()).unwrap_err().to_string();
    for length in name..bytes.len() {
        let said = said(&bytes[..length]);
        assert!(said.contains("/saved is damaged"), "cut to {length}: {said}");
    }
    for position in (name..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        let said = said(&changed);
        assert!(said.contains("/saved is damaged") || said.contains("another version"), "{position}: {said}");
    }
    let mut other = bytes;
    other.splice(name..=name, *b"99.");
    let message = said(&other);
    assert!(message.contains("/saved was made by another version of foreman (\"99."), "{message}");
    let message = crate::kept_digest(&folder.path().join("saved")).unwrap_err().to_string();
    assert!(message.contains("another version"), "{message}");
}

/// Somebody may write the checksum that fits. The numbers in the file lead nowhere then, and no
/// look-up runs forever.
#[test]
fn a_file_with_wrong_numbers_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    // Without patterns, which would take long to compile so often.
    let values = LISTS[0].1.replace("%TEMP%\\*.tmp", "");
    let (_, bytes) = saved(folder.path(), &[("a.txt", &values), LISTS[2]]);
    let content = bytes.len() - 4;
    for (position, value) in (0..content).zip([0, 1, 0xff].into_iter().cycle()) {
        let mut changed = bytes.clone();
        changed[position] = value;
        let sum = crc32(&changed[..content]);
        changed[content..].copy_from_slice(&sum.to_le_bytes());
        if let Ok(Some(mut matcher)) = load(folder.path(), &changed) {
            all_found(&mut matcher);
            for number in 0..matcher.count() {
                let _ = format!("{:?}", matcher.finding(FindingId(number as u32)));
            }
        }
    }
}
