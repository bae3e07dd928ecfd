use super::*;
use crate::reading::{ReadOptions, read_bytes};

fn warninglists(files: &[(&str, &str)]) -> Warninglists {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Warninglists::read(folder.path()).unwrap()
}

/// Returns the lists of an indicator that a plain list has.
fn names_of(lists: &Warninglists, written: &str) -> Vec<String> {
    let indicators = read_bytes("list", written.as_bytes(), &ReadOptions::default()).unwrap();
    let indicator = indicators.iter().next().unwrap();
    lists.names_of(&indicator).into_iter().map(str::to_owned).collect()
}

#[test]
fn values_are_found_by_the_form_of_their_list() {
    let lists = warninglists(&[
        (
            "a.json",
            r#"{"name": "nets", "type": "cidr", "list": ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"],
            "matching_attributes": ["ip-dst", "url"]}"#,
        ),
        (
            "b.json",
            r#"{"name": "texts", "type": "string", "list": ["D41D8CD98F00B204E9800998ECF8427E",
            "www.evil.com", ".all.org", "8.8.8.8", 5]}"#,
        ),
        (
            "c.json",
            r#"{"name": "hosts", "type": "hostname", "list": ["Example.com", "*.example.org"],
            "matching_attributes": ["domain", "domain|ip", "url", "email-src"]}"#,
        ),
        ("d.json", r#"{"name": "parts", "type": "substring", "list": ["clean"]}"#),
        (
            "e.json",
            r#"{"name": "patterns", "type": "regex", "list": ["/^SYS.*\\.EXE$/i"],
            "matching_attributes": ["filename"]}"#,
        ),
        ("f.json", r#"{"name": "no list"}"#),
        ("g.md", "words"),
    ]);
    assert_eq!(lists.problems(), []);
    assert_eq!(lists.lists().iter().map(|list| list.values).collect::<Vec<_>>(), [3, 5, 2, 1, 1]);
    for (written, expected) in [
        ("10.1.2.3", &["nets"][..]),
        ("10.1.0.0/16", &["nets"]),
        ("0.0.0.0/0", &[]),
        ("11.1.2.3", &[]),
        ("192.0.2.1", &["nets"]),
        ("192.0.2.2", &[]),
        ("::ffff:10.0.0.1", &["nets"]),
        ("2001:db8:5::1", &["nets"]),
        ("http://10.0.0.1/x", &["nets"]),
        ("8.8.8.8", &["texts"]),
        ("d41d8cd98f00b204e9800998ecf8427e", &["texts"]),
        ("www.evil.com", &["texts"]),
        ("evil.com", &[]),
        ("x.www.evil.com", &[]),
        ("a.all.org", &["texts"]),
        ("example.com", &["hosts"]),
        ("a.b.EXAMPLE.com", &["hosts"]),
        ("badexample.com", &[]),
        ("http://a.example.org/x", &["hosts"]),
        ("a@example.com", &["hosts"]),
        ("unclean.exe", &["parts"]),
        ("system.exe", &["patterns"]),
        ("system.exe.txt", &[]),
        ("C:\\x\\clean.exe", &["parts"]),
    ] {
        assert_eq!(names_of(&lists, written), expected, "{written}");
    }
}

#[test]
fn what_cannot_be_used_is_a_problem() {
    let lists = warninglists(&[
        ("a.json", "{\"name\": \"a\", \"type\": \"cidr\",\n\"list\": [\"10.0.0.0/8\",\n\"x\"]}"),
        ("b.json", r#"{"name": "b", "type": "other", "list": []}"#),
        ("c.json", r#"{"name": "c", "type": "regex", "list": ["("]}"#),
        ("d.json", r#"{"name": "d", "type": "string", "list": {"a": 1}, "matching_attributes": 5}"#),
        ("e.json", r#"{"name": "e", "type": "substring", "list": ["a", ""]}"#),
    ]);
    let problems: Vec<_> = lists.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "a.json, line 3: `x`: it is neither an address nor a network",
            "b.json: the type \"other\" of the warninglist is not known",
            "c.json, line 1: `(`: the regular expression cannot be used: a group is not closed",
            "d.json: its matching_attributes are malformed",
            "e.json, line 1: `a`: the texts that are looked for inside values are too short, or too long together",
            "e.json, line 1: it is empty",
        ]
    );
    for broken in
        ["", "words", r#"{"name": "x", "type": "string"}"#, r#"{"name": "x", "type": "string", "list": ["#]
    {
        let good = ("good.json", r#"{"name": "good", "type": "string", "list": ["a"]}"#);
        let lists = warninglists(&[good, ("list.json", broken), ("other.json", broken)]);
        let problems: Vec<_> = lists.problems().iter().map(ToString::to_string).collect();
        let (named, why) = match broken.ends_with('[') {
            true => (&["list.json: ", "other.json: "][..], "its JSON is malformed"),
            false => (&["list.json: "][..], "it is no warninglist"),
        };
        assert_eq!(problems.len(), named.len(), "{problems:?}");
        for (problem, file) in problems.iter().zip(named) {
            assert!(problem.strip_prefix(file).is_some_and(|said| said.starts_with(why)), "{problem}");
        }
    }
}

/// Nothing would be known to be good, as if the option had not been given.
#[test]
fn files_without_a_usable_list_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| Warninglists::read(path).unwrap_err().to_string();
    let at = folder.path().join("readme.txt");
    std::fs::write(&at, "words").unwrap();
    assert!(refused(&at).ends_with(
        "readme.txt has no warninglist of MISP that can be used: \
         readme.txt: it is no warninglist of MISP: a JSON object with name, type and list"
    ));
    assert!(refused(folder.path()).ends_with("that can be used: name the folder lists of their collection"));
    let at = folder.path().join("list.json");
    std::fs::write(&at, r#"{"name": "x", "type": "string", "list": ["#).unwrap();
    assert!(refused(folder.path()).contains("that can be used: list.json: its JSON is malformed"));
    std::fs::write(&at, r#"{"name": "x", "type": "string", "list": []}"#).unwrap();
    assert!(refused(folder.path()).ends_with("that can be used: its lists have no values"));
    let phones =
        r#"{"name": "x", "type": "string", "list": ["08"], "matching_attributes": ["phone-number"]}"#;
    std::fs::write(&at, phones).unwrap();
    assert!(refused(folder.path()).contains("its lists are about attributes that no indicator here has"));
    std::fs::write(&at, r#"{"name": "x", "type": "string", "list": ["a"]}"#).unwrap();
    assert_eq!(Warninglists::read(folder.path()).unwrap().lists().len(), 1);
}

/// What is written of telephone numbers says nothing of hashes that have the same digits.
#[test]
fn a_list_about_something_else_is_about_no_indicator() {
    let phones = |attributes: &str| {
        let json = format!(r#"{{"name": "phones", "type": "regex", "list": ["/1300|08|77/"]{attributes}}}"#);
        warninglists(&[("a.json", &json), ("b.json", r#"{"name": "b", "type": "string", "list": ["x"]}"#)])
    };
    let of = |attributes: &str| names_of(&phones(attributes), "203.0.113.77");
    assert_eq!(of(""), ["phones"]);
    assert_eq!(of(r#", "matching_attributes": []"#), ["phones"]);
    assert_eq!(of(r#", "matching_attributes": ["phone-number", "ip-src"]"#), ["phones"]);
    assert!(of(r#", "matching_attributes": ["phone-number", "whois-registrant-phone"]"#).is_empty());
}

/// A file that is cut off was meant as a list, whatever its name is.
#[test]
fn a_list_that_is_cut_off_is_a_problem() {
    let lists = warninglists(&[
        ("good.json", r#"{"name": "b", "type": "string", "list": ["x"]}"#),
        ("cut.json", r#"{"name": "a", "type": "string", "list": ["y""#),
        ("notes.txt", "{ no list"),
        ("other.json", "[1, 2]"),
    ]);
    let problems: Vec<_> = lists.problems().iter().map(|problem| problem.place.file.as_str()).collect();
    assert_eq!(problems, ["cut.json"]);
}

/// An expression says itself whether case counts.
#[test]
fn expressions_are_compared_with_what_is_written() {
    let lists = warninglists(&[(
        "a.json",
        r#"{"name": "a", "type": "regex", "list": ["/Evil/"], "matching_attributes": ["filename"]}"#,
    )]);
    assert_eq!(names_of(&lists, r"C:\Evil\x.exe"), ["a"]);
    assert!(names_of(&lists, r"C:\evil\x.exe").is_empty());
}
