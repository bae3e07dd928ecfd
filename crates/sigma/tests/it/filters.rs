//! Filters: to which rules they are added, and what is said if they have no effect.

use std::sync::Arc;

use events::AttributeNames;
use filter::RuleSet;
use sigma::{Collection, RuleFile, Selection, UsedFilter, WhyNot};

use crate::in_memory::{matched, record, rule};

const RULES: &str = "title: Logons\nid: 0a\nname: logons\nlevel: high\nlogsource: {product: windows, service: security}\ndetection: \
                     {a: {EventID: 4624}, condition: a}\n---\ntitle: Requests\nname: requests\nlogsource: {category: \
                     webserver}\ndetection: {a: {sc-status: 200}, condition: a}\n---\ntitle: Old\nname: old\nstatus: \
                     deprecated\nlogsource: {product: windows, service: security}\ndetection: {a: {EventID: 1}, condition: \
                     a}\n---\ntitle: Many\nname: many\ncorrelation: {type: event_count, rules: [logons], timespan: 1h, \
                     condition: {gte: 5}}\n";

/// Reads the rules with a filter whose member `rules` is this.
fn with_filter(source: &str, rules: &str, selection: &Selection) -> Collection {
    let filter = format!(
        "title: F\nid: f1\nlogsource: {{{source}}}\nfilter: {{{rules}selection: {{EventID: 4624}}, condition: not selection}}\n"
    );
    let file = |name: &str, text: String| RuleFile { name: name.into(), text: Ok(text) };
    Collection::read(&[file("a/filter.yml", filter), file("a/rules.yml", RULES.into())], selection)
}

#[test]
fn a_filter_is_added_to_rules_or_said_to_have_no_effect() {
    let security = "product: windows, service: security";
    for (source, rules, number, reasons) in [
        (security, "[logons]", 1, &[][..]),
        (security, "logons", 1, &[]),
        ("product: windows", "[0a, logons]", 1, &[]),
        (security, "any", 1, &[]),
        (security, "[logns]", 0, &["no rule has the id or the name `logns`"]),
        (security, "[logons, logns]", 1, &["no rule has the id or the name `logns`"]),
        (
            "product: windows, category: process_creation",
            "[logons]",
            0,
            &[
                "`logons` has another log source, product windows, service security; that of the filter is product \
               windows, category process_creation",
            ],
        ),
        (
            security,
            "[any]",
            0,
            &[
                "no rule has the id or the name `any`; write `rules: any`, without a list, for all rules of the log \
               source",
            ],
        ),
        ("product: linux", "any", 0, &["no rule that is used has its log source, product linux"]),
        (security, "[many]", 0, &["`many` is a correlation, and filters are added to rules only"]),
        (security, "[old]", 0, &["the rule `old` is not used"]),
        // It is known already why the rule is not used.
        (security, "[logons, old]", 1, &[]),
    ] {
        let collection = with_filter(source, &format!("rules: {rules}, "), &Selection::default());
        let [UsedFilter { number_of_rules, without_effect, .. }] = collection.filters.as_slice() else {
            panic!("{rules}: {:?}", collection.others)
        };
        assert_eq!(
            (*number_of_rules, without_effect.as_slice()),
            (number, &reasons.iter().map(|&reason| reason.to_owned()).collect::<Vec<_>>()[..]),
            "{rules}"
        );
        let end = if number == 0 { "; 1 filter, 1 of them without effect" } else { "1 left out; 1 filter" };
        assert!(collection.summary().ends_with(end), "{}", collection.summary());
        let said = collection.without_effect().map(|(count, text)| {
            assert_eq!(count, 1);
            text
        });
        let expected = (!reasons.is_empty()).then(|| format!("a/filter.yml: line 1: {}", reasons.join(", ")));
        assert_eq!(said, expected);
    }
    let many: Vec<_> = (0..9).map(|number| format!("x{number}")).collect();
    let collection = with_filter(security, &format!("rules: [{}], ", many.join(", ")), &Selection::default());
    assert_eq!(
        collection.filters[0].without_effect.last().map(String::as_str),
        Some("and so for 4 more names")
    );
}

/// Otherwise, it would be applied to every rule of its log source.
#[test]
fn a_filter_without_rules_is_refused() {
    for (rules, expected) in [
        (
            "",
            "line 4, column 9: the filter has no `rules`; write `rules: any` for all rules of its log source",
        ),
        ("rules: [], ", "line 4, column 17: the list of rules is empty"),
        ("rules: , ", "line 4, column 15: expected the id or the name of a rule"),
        ("rules: [logons, [x]], ", "line 4, column 26: expected the id or the name of a rule"),
        ("rules: {any: logons}, ", "line 4, column 17: expected the id or the name of a rule"),
        ("rules: [logons], timeframe: 5m, ", "line 4, column 38: a filter may have no `timeframe`"),
    ] {
        let collection = with_filter("product: windows", rules, &Selection::default());
        let WhyNot::Refused(problem) = &collection.others[0].why else { panic!("{:?}", collection.others) };
        assert_eq!(problem.to_string(), expected);
        assert!(collection.filters.is_empty());
    }
}

/// Filters have no level and no state, so only `--sigma-exclude` leaves them out.
#[test]
fn a_filter_is_left_out_by_its_name() {
    let read = |exclude: &[&str]| {
        let exclude: Vec<_> = exclude.iter().map(|&name| name.to_owned()).collect();
        let selection = Selection { exclude, level: Some(sigma::Level::High), ..Selection::default() };
        let collection = with_filter("product: windows", "rules: any, ", &selection);
        assert!(selection.unmatched_exclusions(&collection).is_empty());
        collection
    };
    assert_eq!(read(&[]).filters[0].number_of_rules, 1);
    for name in ["filter.yml", "a/filter.yml", "f1"] {
        let collection = read(&[name]);
        assert!(collection.filters.is_empty());
        let reason = format!("excluded as {name}");
        assert_eq!(collection.others[0].why, WhyNot::LeftOut { reason });
    }
}

/// Every level of a condition takes a piece of the stack, so filters must not add one each.
#[test]
fn many_filters_are_added_to_one_rule() {
    let filter = |number: usize| {
        format!(
            "title: F\nlogsource: {{product: windows}}\nfilter: {{rules: any, s: {{Image: x{number}}}, condition: not \
             s}}\n"
        )
    };
    let rule = rule("{product: windows, service: security}", "  a: {EventID: 1}\n  condition: a");
    let documents: Vec<_> = std::iter::once(rule).chain((0..20_000).map(filter)).collect();
    let file = RuleFile { name: "a.yml".into(), text: Ok(documents.join("---\n")) };
    let mut collection = Collection::read(&[file], &Selection::default());
    assert!(collection.others.is_empty(), "{:?}", collection.others.first());
    assert!(collection.filters.iter().all(|filter| filter.number_of_rules == 1));
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&collection.take_rules("rules"), &mut names).unwrap();
    let names = Arc::new(names);
    for (value, number) in [("x0", 0), ("x19999", 0), ("x20000", 1)] {
        let data = record("Security", 1, &format!("<Data Name=\"Image\">{value}</Data>"));
        assert_eq!(matched(&set, &names, &data).len(), number, "{value}");
    }
}

/// A filter that leaves out something known must not leave out all events that lack its field.
#[test]
fn a_field_that_only_a_filter_has_does_not_take_events_away() {
    let apache = r#"{"data_type": "apache:access_log:entry", "http_request": "GET /a?b=c HTTP/1.1", "http_response_code": 200}"#;
    let iis = r#"{"data_type": "iis:log:line", "cs_uri_query": "b=c", "cs_host": "h", "http_status": 200}"#;
    let rule = rule("{category: webserver}", "  a: {cs-uri-query|contains: '='}\n  condition: a");
    // Apache's lines have no `cs-host`.
    for (filter, of_apache, of_iis) in [
        ("s: {cs-host: h}, condition: not s", 1, 0),
        ("s: {cs-host: x}, condition: not s", 1, 1),
        ("s: {cs-host: h}, condition: s", 0, 1),
        ("s: {cs-host: null}, condition: s", 1, 0),
        ("s: {cs-host|exists: false}, condition: s", 1, 0),
        ("s: {cs-host|neq: h}, condition: s", 1, 0),
        ("s: {cs-host|fieldref: cs-uri-query}, condition: not s", 1, 1),
        ("s: {cs-uri-query|fieldref: cs-host}, condition: not s", 1, 1),
        ("s: {cs-host: h, sc-status: 200}, condition: not s", 1, 0),
        ("s: [{cs-host: h}, {sc-status: 200}], condition: not s", 0, 0),
    ] {
        let filter =
            format!("title: F\nlogsource: {{category: webserver}}\nfilter: {{rules: any, {filter}}}\n");
        let file = RuleFile { name: "a.yml".into(), text: Ok(format!("{rule}---\n{filter}")) };
        let mut collection = Collection::read(&[file], &Selection::default());
        assert!(collection.others.is_empty(), "{:?}", collection.others);
        let mut names = AttributeNames::default();
        let set = RuleSet::compile(&collection.take_rules("rules"), &mut names).unwrap();
        let names = Arc::new(names);
        let numbers = [apache, iis].map(|data| matched(&set, &names, data).len());
        assert_eq!(numbers, [of_apache, of_iis], "{filter}");
    }
}

/// Reads a rule with filters of the same log source, in two files.
fn with_selections(source: &str, item: &str, filters: &[&str]) -> Collection {
    let filter = |item: &&str| {
        format!("title: F\nlogsource: {source}\nfilter:\n  rules: any\n  s: {{{item}}}\n  condition: not s\n")
    };
    let filters: Vec<_> = filters.iter().map(filter).collect();
    let file = |name: &str, text: String| RuleFile { name: name.into(), text: Ok(text) };
    let rule = rule(source, &format!("  a: {{{item}}}\n  condition: a"));
    Collection::read(
        &[file("rule.yml", rule), file("filter.yml", filters.join("---\n"))],
        &Selection::default(),
    )
}

/// The file of the filter has the mistake, not that of the rule.
#[test]
fn a_pattern_of_a_filter_refuses_the_filter() {
    let source = "{product: windows, category: process_creation}";
    let large = "((((a{100}){100}){100}){100}){9}";
    for (pattern, is_error) in [("(a", true), (large, false)] {
        let item = format!("CommandLine|re: '{pattern}'");
        let collection = with_selections(source, "Image|re: b+", &[&item, "Image|re: c+"]);
        assert_eq!((collection.used.len(), collection.filters.len()), (1, 1), "{pattern}");
        let [other] = collection.others.as_slice() else { panic!("{:?}", collection.others) };
        let WhyNot::Refused(problem) = &other.why else { panic!("{:?}", other.why) };
        assert_eq!((other.metadata.file.as_str(), problem.is_error), ("filter.yml", is_error), "{problem}");
        assert!(problem.to_string().starts_with("line 5, column "), "{problem}");
    }
    // After this many, no further ones are compiled, and the rule is still used.
    let items: Vec<_> = (0..30).map(|number| format!("CommandLine|re: '{large}{number}'")).collect();
    let items: Vec<_> = items.iter().map(String::as_str).collect();
    let collection = with_selections(source, "Image|re: b+", &items);
    assert_eq!((collection.used.len(), collection.others.len()), (1, 30));
    let last = format!("{:?}", collection.others[29].why);
    assert!(last.contains("20 patterns before it are too large"), "{last}");
}

#[test]
fn fields_that_no_event_of_its_rules_has_are_named_for_the_filter() {
    let unknown = |name: &str| format!("the events of its rules have no field `{name}`");
    let windows = "{product: windows, category: process_creation}";
    for (source, item, filter, expected) in [
        ("{category: webserver}", "cs-uri-query: a", "cs-host: b", vec![]),
        ("{category: webserver}", "cs-uri-query: a", "Foo: b", vec![unknown("Foo")]),
        ("{category: webserver}", "cs-uri-query: a", "cs-host|fieldref: Foo", vec![unknown("Foo")]),
        ("{product: windows, service: security}", "EventID: 1", "Foo: b", vec![]),
        (windows, "Image: a", "Image: b", vec![]),
        (windows, "Image: a", "Imgae: b", vec![format!("{}; did you mean `Image`?", unknown("Imgae"))]),
    ] {
        let collection = with_selections(source, item, &[filter]);
        assert!(collection.others.is_empty(), "{:?}", collection.others);
        assert!(collection.used[0].unknown_fields.is_empty(), "{:?}", collection.used[0].unknown_fields);
        assert_eq!(collection.filters[0].without_effect, expected, "{filter}");
    }
    // A field that one of the rules has is known.
    let rules = ["security}", "sysmon}"].map(|service| {
        rule(&format!("{{product: windows, service: {service}"), "  a: {EventID: 1}\n  condition: a")
    });
    let other = rule(windows, "  a: {Image: a}\n  condition: a");
    let filter =
        "title: F\nlogsource: {product: windows}\nfilter: {rules: any, s: {Foo: b}, condition: not s}\n";
    let text = [other.as_str(), &rules[0], &rules[1], filter].join("---\n");
    let file = RuleFile { name: "a.yml".into(), text: Ok(text) };
    let collection = Collection::read(&[file], &Selection::default());
    assert_eq!(collection.filters[0].number_of_rules, 3);
    assert!(collection.filters[0].without_effect.is_empty());
}
