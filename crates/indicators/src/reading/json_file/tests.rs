use crate::reading::{ReadOptions, read_bytes};

/// Returns the number of indicators, and the problems with their lines.
fn read(text: &str) -> (usize, Vec<(u32, String)>) {
    let read = read_bytes("a.json", text.as_bytes(), &ReadOptions::default()).unwrap();
    let problems = read.problems().iter().map(|problem| (problem.place.line, problem.reason.clone()));
    (read.len(), problems.collect())
}

fn event(domain: &str) -> String {
    format!(
        r#"{{"Event": {{"info": "T", "Attribute": [{{"type": "domain", "value": "{domain}", "to_ids": true}}]}}}}"#
    )
}

fn bundle(members: &str) -> String {
    format!(
        r#"{{"type": "bundle", {members} "objects": [{{"type": "indicator", "id": "indicator--1",
        "pattern_type": "stix", "pattern": "[domain-name:value = 'evil.example']"}}]}}"#
    )
}

#[test]
fn an_odd_element_of_an_array_is_a_problem_of_its_own() {
    let (a, b) = (event("a.example"), event("b.example"));
    let of_no_format = "it is JSON, but neither of MISP nor of STIX";
    for (odd, reason) in [
        ("{}", "it has no indicators: it is an empty object"),
        ("\"x\"", of_no_format),
        ("null", of_no_format),
        ("[]", of_no_format),
        (r#"{"pattern": "[a:b = 'c']"}"#, "it is one object of STIX; name a bundle"),
        (r#"{"format_version": 1, "info": {}}"#, "it is a report of foreman"),
        (
            r#"{"matching_attributes": [], "list": []}"#,
            "it is a warninglist of MISP; name it with --ioc-warninglists",
        ),
    ] {
        let expected = |line| vec![(line, format!("an element of the array is not used: {reason}"))];
        assert_eq!(read(&format!("[{a},\n{odd},\n{b}]")), (2, expected(2)), "{odd}");
        assert_eq!(read(&format!("[{odd},\n{a},\n{b}]")), (2, expected(1)), "{odd}");
        assert_eq!(read(&format!("{{\"response\": [{a}, {b},\n{odd}]}}")), (2, expected(2)), "{odd}");
        // Without a list, the file is none.
        assert_eq!(read(&format!("[{odd}]")), (0, vec![(0, reason.to_owned())]), "{odd}");
    }
}

#[test]
fn many_odd_elements_are_counted() {
    let (found, problems) = read(&format!("[{}{}]", "{},".repeat(5_000), event("a.example")));
    assert_eq!((found, problems.len()), (1, 1_001));
    assert_eq!(problems[1_000].1, "4000 more elements of the array are not used");
}

#[test]
fn elements_behind_an_odd_one_are_recognised() {
    let attribute = r#"{"type": "domain", "value": "a.example", "to_ids": true}"#;
    let object = r#"{"type": "indicator", "id": "indicator--1", "pattern_type": "stix",
        "pattern": "[domain-name:value = 'evil.example']"}"#;
    for text in [attribute, object, &bundle("")] {
        assert_eq!(read(&format!("[{{}}, {text}]")).0, 1, "{text}");
    }
}

#[test]
fn a_bundle_may_have_members_of_misp() {
    for members in ["", r#""info": "x","#, r#""response": [],"#, r#""Attribute": [],"#] {
        assert_eq!(read(&bundle(members)), (1, Vec::new()), "{members}");
    }
}
