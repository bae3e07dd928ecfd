//! Rules that are refused, each with its place and reason; other rules are used all the same.

use sigma::{Collection, RuleFile, Selection, WhyNot};

/// Returns what is said of a rule with this detection.
fn refusal(detection: &str) -> String {
    let text =
        format!("title: A\nlogsource: {{product: windows, service: system}}\ndetection:\n{detection}\n");
    let good =
        "title: Good\nlogsource: {product: windows}\ndetection: {a: {EventID: 1}, condition: a}".into();
    let files = [("bad.yml", text), ("good.yml", good)];
    let files = files.map(|(name, text)| RuleFile { name: name.into(), text: Ok(text) });
    let collection = Collection::read(&files, &Selection::default());
    assert_eq!(collection.used.len(), 1, "{detection}");
    match &collection.others[0].why {
        WhyNot::Refused(problem) => problem.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_dropped_in_silence() {
    for (detection, expected) in [
        (
            "  a: {F|hour: 5}\n  condition: a",
            "line 4, column 7: `F|hour`: the modifier `hour` is not supported",
        ),
        ("  a: {F: [1, [2]]}\n  condition: a", "line 4, column 14: expected a value, found a list or a map"),
        ("  a: {F: []}\n  condition: a", "line 4, column 10: a list of values is empty"),
        ("  a: {}\n  condition: a", "line 4, column 6: `a` is empty"),
        ("  a: {F: 1}", "line 4, column 3: there is no `condition`"),
        (
            "  a: {F: 1}\n  condition: a | count() > 5",
            "line 5, column 14: the aggregation needs a `timeframe`",
        ),
        ("  a: {F|cidr: x}\n  condition: a", "line 4, column 15: `x`: expected a network"),
        ("  a: {F|gt: x}\n  condition: a", "line 4, column 13: expected a number, found `x`"),
        ("  a: {F|contains: null}\n  condition: a", "line 4, column 19: `null` needs a field"),
        (
            "  a: {F|base64: 'x*'}\n  condition: a",
            "line 4, column 17: a value with wildcards cannot be encoded",
        ),
        ("  a: {F: 1, F: 2}\n  condition: a", "line 4, column 13: `F` occurs twice in the same map"),
    ] {
        let refusal = refusal(detection);
        assert!(refusal.starts_with(expected), "{detection}: {refusal}");
    }
}

/// What is dropped of a rule may restrict it, so that the rest matches too much.
#[test]
fn members_that_are_not_understood_are_refused() {
    let said = |text: &str| {
        let files = [RuleFile { name: "a.yml".into(), text: Ok(text.into()) }];
        let collection = Collection::read(&files, &Selection::default());
        match collection.others.first().map(|other| &other.why) {
            None => String::new(),
            Some(WhyNot::Refused(problem)) => {
                format!("{problem}{}", if problem.is_error { "" } else { " (not supported)" })
            }
            Some(other) => panic!("{other:?}"),
        }
    };
    let detection = "detection: {a: {F: 1}, condition: a}\n";
    for (source, expected) in [
        ("service: [security, system]", "line 2, column 40: `service` of a log source must be one name"),
        ("service: {a: b}", "line 2, column 40: `service` of a log source must be one name"),
        ("service: ''", "line 2, column 40: `service` of a log source must be one name"),
        ("services: security", "line 2, column 31: a log source has no `services`; did you mean `service`?"),
        ("Service: security", "line 2, column 31: a log source has no `Service`; did you mean `service`?"),
        (
            "channel: Security",
            "line 2, column 31: `channel` of a log source is not supported; only product, category, service, \
             definition are (not supported)",
        ),
        ("service: Security, definition: [a, b]", ""),
        ("service: , definition: ", ""),
    ] {
        let text = format!("title: A\nlogsource: {{product: windows, {source}}}\n{detection}");
        assert_eq!(said(&text), expected, "{source}");
    }
    let rule = format!("title: A\nlogsource: {{product: windows}}\n{detection}");
    let correlation = "correlation: {type: temporal, rules: [a], timespan: 1h}\n";
    for (text, expected) in [
        (rule.clone() + "taxonomy: sigma\n", ""),
        (
            rule.clone() + "taxonomy: ecs\n",
            "line 4, column 11: the taxonomy `ecs` is not supported; only `sigma` is (not supported)",
        ),
        (
            rule.clone() + correlation,
            "line 2, column 1: a document with `correlation` may have no `logsource`",
        ),
        (
            format!("title: A\n{correlation}filter: {{}}\n"),
            "line 3, column 1: a document with `correlation` may have no `filter`",
        ),
        (
            rule.clone() + "filter: {rules: any, a: {F: 1}, condition: a}\n",
            "line 3, column 1: a document with `filter` may have no `detection`",
        ),
        (
            rule.replace("condition", "timeframe: 5m, condition"),
            "line 3, column 35: `timeframe` needs an aggregation such as `| count() > 5` in the condition (not \
             supported)",
        ),
        (
            "title: A\ncorrelation: {type: temporal, rules: [a], timespan: 1h, aliases: [x]}\n".into(),
            "line 2, column 66: `aliases` needs a name for the fields of rules, such as `name: {rule: field}`",
        ),
    ] {
        assert_eq!(said(&text), expected, "{text}");
    }
}

/// Each of the patterns counts with some 40 MiB, so that the limit for all rules together is met.
#[test]
fn rules_with_too_many_patterns_take_nothing_from_others() {
    let rule = |name: &str, item: &str| RuleFile {
        name: name.into(),
        text: Ok(format!(
            "title: A\nlogsource: {{product: windows}}\ndetection:\n  a: {{{item}}}\n  condition: a\n"
        )),
    };
    let large: Vec<_> = (0..50).map(|number| format!("'{number}{}'", "(?!a)".repeat(200))).collect();
    let large = large.join(", ");
    let files = [
        rule("a.yml", &format!("F|re: [{large}]")),
        rule("b.yml", "F|re: '^a+$'"),
        rule("c.yml", &format!("F: 'x*y', G|re: [{large}]")),
        rule("d.yml", "F|re: ['^b+$', '[[:letters:]]']"),
        rule("e.yml", "F|re: '^b+$'"),
    ];
    let collection = Collection::read(&files, &Selection::default());
    let used: Vec<_> = collection.used.iter().map(|rule| rule.metadata.file.as_str()).collect();
    assert_eq!(used, ["b.yml", "e.yml"]);
    let refused: Vec<_> = collection.others.iter().map(|other| format!("{:?}", other.why)).collect();
    let expected = [
        "memory together",
        "memory together",
        "line: Some(4), column: Some(22), reason: \"expected a regular expression",
    ];
    for (refused, expected) in refused.iter().zip(expected) {
        assert!(refused.contains(expected), "{refused}");
    }
}

/// A log source that is written in another way than the known one is not one without events.
#[test]
fn log_sources_that_are_nearly_known() {
    let why = |source: &str| {
        let text = format!("title: A\nlogsource: {{{source}}}\ndetection: {{a: {{F: 1}}, condition: a}}\n");
        let file = RuleFile { name: "a.yml".into(), text: Ok(text) };
        Collection::read(&[file], &Selection::default()).others.remove(0).why
    };
    for (source, expected) in [
        (
            "service: security",
            "the log source (service security) is not known; write one that is: (product windows, service security)",
        ),
        (
            "product: apache, category: webserver",
            "the log source (product apache, category webserver) is not known; write one that is: (category webserver)",
        ),
        (
            "category: process_creation, service: sysmon",
            "the log source (category process_creation, service sysmon) is not known; write one that is: (product linux, \
             category process_creation) or (product macos, category process_creation) or (product windows, service \
             sysmon) or (product windows, category process_creation)",
        ),
    ] {
        let WhyNot::Refused(problem) = why(source) else { panic!("{source}: {:?}", why(source)) };
        assert_eq!((problem.reason.as_str(), problem.is_error), (expected, false));
    }
    for source in ["product: zeek, service: dns", "product: windows, service: nothing", "category: dns"] {
        assert!(matches!(why(source), WhyNot::NoSource { .. }), "{source}: {:?}", why(source));
    }
}

/// One or two bytes in Base64 leave a form of at most two characters.
#[test]
fn short_values_in_base64_get_a_hint() {
    for (item, count) in [
        ("F|base64offset|contains: ab", 1),
        ("F|base64offset|contains: [abc, a, '']", 2),
        ("F|wide|base64offset|contains: a", 1),
        ("F|wide|base64offset|contains: ab", 0),
        ("F|base64|contains: a", 0),
        ("F|contains: a", 0),
    ] {
        let text = format!(
            "title: A\nlogsource: {{product: windows}}\ndetection: {{a: {{{item}}}, condition: a or not a}}\n"
        );
        let file = RuleFile { name: "a.yml".into(), text: Ok(text) };
        let collection = Collection::read(&[file], &Selection::default());
        let hints = &collection.used[0].hints;
        assert_eq!(hints.len(), count, "{item}: {hints:?}");
        assert!(hints.iter().all(|hint| hint.starts_with("line 3, column ")), "{hints:?}");
    }
}

/// Other YAML files of a folder are no rules, but what was meant as one is named.
#[test]
fn documents_that_were_meant_as_rules() {
    let said = |text: &str| {
        let files = [RuleFile { name: "a.yml".into(), text: Ok(text.into()) }];
        let collection = Collection::read(&files, &Selection::default());
        assert_eq!((collection.used.len(), collection.has_errors()), (0, !collection.others.is_empty()));
        collection.others.first().map(|other| match &other.why {
            WhyNot::Refused(problem) => problem.to_string(),
            other => panic!("{other:?}"),
        })
    };
    let rule = "title: A\n  logsource: {product: windows}\n  detection: {a: {F: 1}, condition: a}\n";
    let list = said(&format!("- {rule}")).unwrap();
    assert!(list.starts_with("line 1, column 3: a list of rules is no rule"), "{list}");
    for (text, meant) in [
        ("title: A\nLogSource: {product: windows}\nDetection: {a: {F: 1}, condition: a}\n", "`logsource`"),
        ("title: A\ncorrelaton: {type: event_count}\n", "`correlation`"),
        ("Title: A\ndetections: {a: {F: 1}}\n", "`detection`"),
    ] {
        let said = said(text).unwrap();
        assert!(said.starts_with("line ") && said.contains(&format!("did you mean {meant}?")), "{said}");
    }
    for text in ["words", "- a\n- b\n", "title: A\nfilters: [x]\n", "Detection: x\n", "a: 1\n", ""] {
        assert_eq!(said(text), None, "{text}");
    }
}

/// A list says that each of its rules is one.
#[test]
fn what_is_called_a_rule_is_one_or_is_named() {
    for text in ["title: x", "words", "- a\n- b\n", "", "a: 1\n---\nb: 2\n"] {
        let file = RuleFile { name: "list, line 3".into(), text: Ok(text.into()) };
        let collection = Collection::read_named(&[file], &Selection::default());
        let said: Vec<_> =
            collection.errors().map(|(rule, problem)| format!("{}: {problem}", rule.metadata.file)).collect();
        assert_eq!(said, ["list, line 3: it is no Sigma rule: it has no `detection`"], "{text}");
    }
    let text =
        "title: A\nlogsource: {product: windows}\ndetection: {a: {EventID: 1}, condition: a}\n---\nb: 2\n";
    let file = RuleFile { name: "a".into(), text: Ok(text.into()) };
    let collection = Collection::read_named(&[file], &Selection::default());
    assert_eq!((collection.used.len(), collection.others.len()), (1, 0));
}

/// The exit status of `foreman check` says whether a rule breaks Sigma's specification, or only
/// needs what is not supported.
#[test]
fn rules_against_the_specification_are_errors() {
    let is_error = |selection: &str, condition: &str| {
        let text = format!(
            "title: A\nlogsource: {{product: windows, service: system}}\ndetection:\n  s: {{{selection}}}\n  \
             condition: {condition}\n"
        );
        let file = RuleFile { name: "a.yml".into(), text: Ok(text) };
        let collection = Collection::read(&[file], &Selection::default());
        assert_eq!((collection.used.len(), collection.others.len()), (0, 1), "{selection} {condition}");
        collection.has_errors()
    };
    for condition in ["zz", "s and (", "''", "null", "s s", "1 of x*", "3 of s*", "1 of", "[]"] {
        assert!(is_error("A: 1", condition), "{condition}");
    }
    for selection in [
        "A|nomod: x",
        "A|cidr: 10.0.0.0/33",
        "A|re: '(a'",
        "A|re: ['a', '[z-a]']",
        "A|gt: x",
        "A|exists: x",
        "'|exists': true",
        "A: [[1]]",
        "",
    ] {
        assert!(is_error(selection, "s"), "{selection}");
    }
    for (selection, condition) in
        [("A|hour: 5", "s"), ("A: 1", "s | near x"), ("A|re: '\\p{Nothing}'", "s"), ("A|expand: '%x%'", "s")]
    {
        assert!(!is_error(selection, condition), "{selection} {condition}");
    }
    let deep = format!("{}s{}", "(".repeat(100), ")".repeat(100));
    assert!(!is_error("A: 1", &deep));
}

#[test]
fn correlations_against_the_specification_are_errors() {
    let is_error = |correlation: &str| {
        let text = format!("title: A\ncorrelation: {{{correlation}}}\n");
        let file = RuleFile { name: "a.yml".into(), text: Ok(text) };
        let collection = Collection::read(&[file], &Selection::default());
        assert_eq!((collection.used.len(), collection.others.len()), (0, 1), "{correlation}");
        collection.has_errors()
    };
    for correlation in [
        "type: event_count, rules: [a], timespan: 5 parsecs, condition: {gte: 2}",
        "type: event_count, rules: [a], condition: {gte: 2}",
        "type: event_count, rules: [], timespan: 5m, condition: {gte: 2}",
        "type: event_count, rules: [a], timespan: 5m",
        "type: event_count, rules: [a], timespan: 5m, condition: {gte: two}",
        "type: event_count, rules: [a], timespan: 5m, condition: {more: 2}",
        "type: event_count, rules: [a], timespan: 5m, condition: {gte: 2}, group: b",
        "type: value_count, rules: [a], timespan: 5m, condition: {gte: 2}",
        "type: temporal, rules: [a, b], timespan: 5m, condition: a and c",
        "type: temporal, rules: [a, b], timespan: 5m, aliases: {x: {c: F}}",
    ] {
        assert!(is_error(correlation), "{correlation}");
    }
    for correlation in [
        "type: event_sum, rules: [a], timespan: 5m, condition: {gte: 2}",
        "type: event_count, rules: [elsewhere], timespan: 5m, condition: {gte: 2}",
    ] {
        assert!(!is_error(correlation), "{correlation}");
    }
}

#[test]
fn a_pattern_that_is_refused_has_its_place() {
    let refusal_of_list = refusal("  a:\n    F|re:\n      - 'a'\n      - '(b'\n  condition: a");
    assert!(
        refusal_of_list.starts_with("line 7, column 9: expected a regular expression"),
        "{refusal_of_list}"
    );
    let wildcard = format!("  a: {{G: 1, F: '*{}*'}}\n  condition: a", "?".repeat(60_000));
    let wildcard = refusal(&wildcard);
    assert!(wildcard.starts_with("line 4, column 16: "), "{wildcard}");
}

/// To compile one only to refuse it takes long, and a few bytes are enough for one.
#[test]
fn few_patterns_are_compiled_only_to_be_refused() {
    let rule = |number: usize, test: &str| {
        let detection = format!("detection: {{a: {{{test}}}, condition: a}}");
        format!("title: R{number}\nlogsource: {{product: windows, service: system}}\n{detection}\n")
    };
    let too_large = (0..40).map(|number| rule(number, r"F|re: '(\w{1,200}){1,9}x0'"));
    let others = [rule(40, "F|contains: 'a?b'"), rule(41, "F|re: 'ab'")];
    let all = too_large.chain(others).collect::<Vec<_>>().join("---\n");
    let file = RuleFile { name: "all.yml".into(), text: Ok(all) };
    let collection = Collection::read(&[file], &Selection::default());
    assert_eq!(collection.used.len(), 1, "the wildcard needs no regular expression");
    let is_late = |why: &WhyNot| matches!(why, WhyNot::Refused(problem) if problem.reason.contains("no further ones are compiled"));
    let late = collection.others.iter().filter(|other| is_late(&other.why)).count();
    assert_eq!((collection.others.len(), late), (41, 21));
}

/// Each of these would take hours or all memory.
#[test]
fn bombs_are_refused() {
    let regex = format!("  a: {{F|re: '{}a{}'}}\n  condition: a", "(".repeat(8), "{1000})".repeat(8));
    assert!(!refusal(&regex).is_empty());
    let names: String =
        (0..300).map(|number| format!("  s{number}: {{F: [1, 2, 3, 4, 5, 6, 7, 8, 9]}}\n")).collect();
    let condition = format!("{names}  condition: {}", ["1 of s*"; 100].join(" or "));
    assert!(refusal(&condition).contains("more than 65536 tests"));
    let mut laughs = String::from("  a0: &a0 {F: [x, x, x, x, x, x, x, x, x, x]}\n");
    for level in 1..10 {
        laughs += &format!("  a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "));
    }
    assert!(refusal(&format!("{laughs}  condition: a9")).contains("values"));
}

/// Limits hold for all rules together, and for a rule with the filters that are added to it.
#[test]
fn rules_together_are_bounded() {
    let read = |documents: &[String]| {
        let file = RuleFile { name: "all.yml".into(), text: Ok(documents.join("\n---\n")) };
        Collection::read(&[file], &Selection::default())
    };
    let refused = |collection: &Collection| match &collection.others[0].why {
        WhyNot::Refused(problem) => problem.reason.clone(),
        other => panic!("{other:?}"),
    };
    let list = |text: &str, count: usize| vec![text; count].join(", ");
    let source = "logsource: {product: windows, service: system}";
    let rule = |number: usize, field: &str, values: &str| {
        let detection = format!("detection: {{a: {{{field}: [{values}]}}, condition: a}}");
        format!("title: Rule {number}\nid: {number}\nlevel: low\n{source}\n{detection}")
    };
    let patterns = [1, 2].map(|number| rule(number, "F|re", &list("ab", 5_001)));
    let collection = read(&patterns);
    assert_eq!(collection.used.len(), 1);
    assert!(refused(&collection).contains("at most 10000 regular expressions"), "{}", refused(&collection));

    let values = list("x", 7_000);
    let filter =
        format!("title: F\n{source}\nfilter: {{rules: any, a: {{F: [{values}]}}, condition: not a}}");
    let mut documents = vec![filter; 10];
    documents.push(rule(1, "F", "y"));
    let collection = read(&documents);
    assert!(refused(&collection).starts_with("with filters, "), "{}", refused(&collection));
}
