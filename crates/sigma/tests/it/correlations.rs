//! Correlations: how they are read, what they refer to, and why they are refused.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sigma::{Collection, Kind, Level, Role, RuleFile, Selection, Source, Status, WhyNot};
use testing::places;

fn read(text: &str, selection: &Selection) -> Collection {
    let file = RuleFile { name: "a/rules.yml".into(), text: Ok(text.into()) };
    Collection::read(&[file], selection)
}

/// Two rules with names, one of them with an identifier, and what follows them.
fn with_rules(text: &str) -> String {
    let rule = |name: &str, more: &str| {
        format!(
            "title: Rule {name}\nname: {name}\n{more}logsource: {{product: windows}}\ndetection: {{a: {{EventID: 1}}, \
             condition: a}}\n---\n"
        )
    };
    rule("one", "id: 0a\nlevel: low\n") + &rule("two", "") + text
}

fn refusal(text: &str) -> String {
    let collection = read(&with_rules(text), &Selection::default());
    match collection.others.as_slice() {
        [other] => match &other.why {
            WhyNot::Refused(problem) => problem.to_string(),
            other => format!("{other:?}"),
        },
        others => panic!("{text}: {others:?}"),
    }
}

#[test]
fn errors_have_places_and_reasons() {
    let cases = [
        (
            "type: event_count\n  rules: [one]\n  timespan: 1h",
            "line 16, column 3: the correlation has no `condition`",
        ),
        ("rules: [one]\n  timespan: 1h", "line 16, column 3: the correlation has no `type`"),
        ("type: temporal\n  timespan: 1h", "line 16, column 3: the correlation has no `rules`"),
        ("type: temporal\n  rules: [one]", "line 16, column 3: the correlation has no `timespan`"),
        ("type: temporal\n  rules: []\n  timespan: 1h", "line 17, column 10: the list of rules is empty"),
        (
            "type: temporal\n  rules: [one, one]\n  timespan: 1h",
            "line 17, column 16: the list has `one` twice",
        ),
        (
            "type: temporal\n  rules: [one, three]\n  timespan: 1h",
            "line 17, column 16: there is no rule with the id or the name `three`",
        ),
        (
            "type: value_max\n  rules: [one]\n  timespan: 1h",
            "line 16, column 9: the type of correlation `value_max` is not supported",
        ),
        (
            "type: temporal\n  rules: [one]\n  timespan: 1 h",
            "line 18, column 13: expected a number and one of the units",
        ),
        (
            "type: temporal\n  rules: [one]\n  timespan: 1h\n  window: fixed",
            "line 19, column 3: a correlation has no `window`",
        ),
        (
            "type: event_count\n  rules: [one]\n  timespan: 1h\n  condition: {gte: many}",
            "line 19, column 20: `gte` needs a number",
        ),
        (
            "type: event_count\n  rules: [one]\n  timespan: 1h\n  condition: {min: 1}",
            "line 19, column 15: a condition has no `min`",
        ),
        (
            "type: event_count\n  rules: [one]\n  timespan: 1h\n  condition: {gte: 1, field: x}",
            "line 19, column 14: the condition of this type has no `field`",
        ),
        (
            "type: value_sum\n  rules: [one]\n  timespan: 1h\n  condition: {gte: 1}",
            "line 19, column 14: the condition needs a `field`",
        ),
        (
            "type: value_sum\n  rules: [one]\n  timespan: 1h\n  condition: {gte: 1, field: [a, b]}",
            "line 19, column 14: only `value_count` may have several fields",
        ),
        (
            "type: value_percentile\n  rules: [one]\n  timespan: 1h\n  condition: {lte: 1, field: x}",
            "line 19, column 14: the condition needs a `percentile`",
        ),
        (
            "type: value_percentile\n  rules: [one]\n  timespan: 1h\n  condition: {lte: 1, field: x, percentile: 101}",
            "line 19, column 45: `percentile` needs a whole number from 0 to 100",
        ),
        (
            "type: event_count\n  rules: [one]\n  timespan: 1h\n  condition: one",
            "line 19, column 14: only `temporal` and `temporal_ordered` have a condition over rules",
        ),
        (
            "type: temporal\n  rules: [one, two]\n  timespan: 1h\n  condition: one and three",
            "line 19, column 22: there is no rule `three`; there are `one`, `two`",
        ),
        (
            "type: temporal\n  rules: [one, two]\n  timespan: 1h\n  condition: one",
            "line 19, column 14: the condition does not name the rule `two`",
        ),
        (
            "type: temporal_ordered\n  rules: [one, two]\n  timespan: 1h\n  condition: one or two",
            "line 19, column 14: the condition of `temporal_ordered` may join rules with `and` only",
        ),
        (
            "type: temporal_ordered\n  rules: [one, two]\n  timespan: 1h\n  condition: {gte: 1}",
            "line 19, column 14: `temporal_ordered` needs all its rules",
        ),
        (
            "type: temporal\n  rules: [one]\n  timespan: 1h\n  aliases: {a: {two: b}}",
            "line 19, column 17: the alias names the rule `two`, which is not in `rules`",
        ),
        (
            "type: temporal\n  rules: [one]\n  timespan: 1h\ngenerate: often",
            "line 19, column 11: `generate` must be true or false",
        ),
        (
            "type: temporal\n  rules: [X]\n  timespan: 1h",
            "line 13, column 1: the correlation refers to itself",
        ),
    ];
    for (correlation, expected) in cases {
        let refusal = refusal(&format!("title: X\nname: X\ncorrelation:\n  {correlation}\n"));
        let expected = expected.to_owned();
        assert!(refusal.starts_with(&expected), "{correlation}\n{refusal}\n{expected}");
    }
}

#[test]
fn correlations_refer_to_rules_and_to_one_another() {
    // What others refer to may come last.
    let text = with_rules(
        "title: Top\nid: t\nlevel: high\ncorrelation:\n  type: temporal_ordered\n  rules: [many, two]\n  group-by: [User]\n  \
         timespan: 5m\n  aliases: {User: {many: Account}}\n---\n\
         title: Many\nname: many\ngenerate: true\ncorrelation:\n  type: value_count\n  rules: [0a, two]\n  group-by: \
         [Host]\n  timespan: 1h\n  condition: {field: File, gte: 3}\n",
    );
    let collection = read(&text, &Selection::default());
    assert!(collection.others.is_empty(), "{:?}", collection.others);
    assert_eq!(
        collection.summary(),
        "4 rules: 4 used (2 of them correlations), 0 for log sources that Plaso does not read, 0 refused, 0 left out"
    );
    let [many, top] = collection.correlations.as_slice() else { panic!("{:?}", collection.correlations) };
    assert_eq!((many.kind, top.kind), (Kind::ValueCount, Kind::TemporalOrdered));
    assert_eq!((many.gives_label, top.gives_label), (false, true));
    assert_eq!((many.label.as_str(), top.label.as_str()), ("sigma_many", "sigma_top"));
    let sources = |inputs: &[sigma::Input]| inputs.iter().map(|input| input.source).collect::<Vec<_>>();
    assert_eq!(sources(&many.inputs), [Source::Rule(0), Source::Rule(1)]);
    assert_eq!(sources(&top.inputs), [Source::Correlation(0), Source::Rule(1)]);
    // `Many` lets its rules give labels, `Top` lets neither `Many` nor `two`.
    let roles: Vec<_> = collection.used.iter().map(|rule| rule.role).collect();
    assert_eq!(roles, [Role::Labels, Role::Labels]);
    // `Top` asks `Many` for the field that its alias means.
    let fields = |rule: usize| {
        collection.used[rule].fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(fields(0), ["Host", "File", "Account"]);
    assert_eq!(fields(1), ["Host", "File", "Account", "User"]);
    assert_eq!(many.inputs[0].values, [0, 1, 2]);
    assert_eq!((&top.inputs[0].values, &top.inputs[1].values), (&vec![2], &vec![3]));
    let [(data_type, attributes)] = collection.used[0].fields[0].attributes.as_slice() else { panic!() };
    assert_eq!(
        (*data_type, attributes.as_slice()),
        ("windows:evtx:record", &["xml_string.Host".to_owned()][..])
    );
}

#[test]
fn correlations_after_the_first_thousand_are_refused() {
    let correlation = |number: usize, of: &str| {
        format!(
            "title: C{number}\nname: c{number}\ncorrelation: {{type: event_count, rules: [{of}], timespan: 1h, \
             condition: {{gte: 2}}}}\n---\n"
        )
    };
    let many: String = (0..1_030).map(|number| correlation(number, "one")).collect();
    let text = with_rules(&(correlation(9_000, "c1029") + &correlation(9_001, "c7") + &many));
    let collection = read(&text, &Selection::default());
    assert_eq!((collection.correlations.len(), collection.others.len()), (1_024, 8));
    let last = format!("{:?}", collection.others[7]);
    assert!(last.contains("1024 other correlations are used, and no more can be"), "{last}");
    assert!(format!("{:?}", collection.others[0]).contains("it refers to `c1029`, which is refused"));
}

#[test]
fn circles_and_what_refers_to_them_are_refused() {
    let correlation = |name: &str, rules: &str| {
        format!(
            "title: {name}\nname: {name}\ncorrelation: {{type: temporal, rules: [{rules}], timespan: 1h}}\n---\n"
        )
    };
    let text =
        correlation("a", "one, b") + &correlation("b", "c") + &correlation("c", "a") + &correlation("d", "a");
    let collection = read(&with_rules(&text), &Selection::default());
    assert!(collection.correlations.is_empty());
    assert_eq!(collection.others.len(), 4);
    for other in &collection.others {
        let WhyNot::Refused(problem) = &other.why else { panic!("{other:?}") };
        assert!(problem.reason.contains("refers to itself"), "{problem}");
    }
    // Rules that only refused correlations refer to give their labels.
    assert!(collection.used.iter().all(|rule| rule.role == Role::Labels));

    let chain: String = (0..40)
        .map(|number| {
            correlation(
                &format!("n{number}"),
                &match number {
                    0 => "one".to_owned(),
                    number => format!("n{}", number - 1),
                },
            )
        })
        .collect();
    let collection = read(&with_rules(&chain), &Selection::default());
    assert_eq!((collection.correlations.len(), collection.others.len()), (32, 8));
}

#[test]
fn what_cannot_be_used_is_not_used_by_correlations() {
    let of = |rule: &str, selection: &Selection| {
        let text = with_rules(&format!(
            "{rule}---\ntitle: X\nlevel: high\ncorrelation: {{type: temporal, rules: [one, three], timespan: 1h}}\n"
        ));
        let collection = read(&text, selection);
        let why =
            collection.others.iter().find(|other| other.metadata.title == "X").map(|other| other.why.clone());
        let used: BTreeSet<_> = collection.used.iter().map(|rule| rule.metadata.title.clone()).collect();
        (why, used.into_iter().collect::<Vec<_>>().join(", "))
    };
    let rule = |source: &str, detection: &str| {
        format!("title: Three\nname: three\nid: '3'\nlogsource: {{{source}}}\ndetection: {{{detection}}}\n")
    };
    let good = rule("product: windows", "a: {EventID: 1}, condition: a");
    assert_eq!(of(&good, &Selection::default()), (None, "Rule one, Rule two, Three".into()));

    let (why, used) = of(&rule("product: zeek", "a: {x: 1}, condition: a"), &Selection::default());
    assert_eq!(why, Some(WhyNot::NoSource { reason: "product zeek".into() }));
    assert_eq!(used, "Rule one, Rule two");
    let (why, _) = of(&rule("product: windows", "a: {x|hour: 1}, condition: a"), &Selection::default());
    let Some(WhyNot::Refused(problem)) = why else { panic!("{why:?}") };
    assert_eq!(problem.line, Some(21));
    assert!(problem.reason.starts_with("it refers to `three`, which is refused: `x|hour`"), "{problem}");
    // The options leave out rules by level, unless a correlation needs them.
    let high = Selection { level: Some(Level::High), ..Selection::default() };
    assert_eq!(of(&good, &high), (None, "Rule one, Three".into()));
    let exclude = Selection { exclude: vec!["3".into()], ..Selection::default() };
    let (why, _) = of(&good, &exclude);
    assert_eq!(
        why,
        Some(WhyNot::LeftOut { reason: "it refers to `three`, which is left out: excluded as 3".into() })
    );
    // Two rules of one name.
    let (why, _) = of(&(good.clone() + "---\n" + &good.replace("'3'", "'4'")), &Selection::default());
    let Some(WhyNot::Refused(problem)) = why else { panic!("{why:?}") };
    assert!(problem.reason.starts_with("several rules have the name `three`"), "{problem}");
    // Apache's log has no such field.
    let text = with_rules(
        "title: Web\nname: web\nlogsource: {category: webserver}\ndetection: {a: {cs-method: GET}, condition: a}\n---\ntitle: X\ncorrelation: {type: event_count, rules: [web], group-by: [nothing], timespan: 1h, condition: {gt: 1}}\n",
    );
    let collection = read(&text, &Selection::default());
    let WhyNot::Refused(problem) = &collection.others[0].why else { panic!() };
    assert_eq!(problem.reason, "Plaso has no field `nothing` for the log source category webserver");
}

/// The old rules of SigmaHQ with aggregations are translated, or refused by name.
#[test]
fn old_aggregations_are_translated_or_refused() {
    let Some(folder) = places::shared_sigma_rules() else { return };
    let folders = ["unsupported", "deprecated"].map(|name| folder.join(name).display().to_string());
    let selection =
        Selection { statuses: Status::ALL.map(|(_, status)| status).into(), ..Selection::default() };
    let files: Vec<_> = sigma::read(folders.join(",").as_ref()).unwrap();
    let has_aggregation = |file: &RuleFile| {
        let text = file.text.as_deref().unwrap_or_default();
        text.lines().any(|line| line.trim_start().starts_with("condition:") && line.contains('|'))
    };
    let files: Vec<_> = files.into_iter().filter(has_aggregation).collect();
    let collection = Collection::read(&files, &selection);
    assert!(collection.used.iter().all(|rule| rule.role == Role::Part));
    let mut text = collection.summary();
    for correlation in &collection.correlations {
        let metadata = &correlation.metadata;
        let _ = write!(text, "\n{}: {:?} by {:?}", metadata.file, correlation.kind, correlation.group_by);
    }
    for rule in &collection.others {
        let why = match &rule.why {
            WhyNot::LeftOut { reason } | WhyNot::NoSource { reason } => reason.clone(),
            WhyNot::Refused(problem) => format!("refused: {problem}"),
        };
        let _ = write!(text, "\n{}: {why}", rule.metadata.file);
    }
    insta::assert_snapshot!(text);
}

/// What a collection has of a rule or a correlation: its title, label and role or inputs, and its
/// fields.
fn account(collection: &Collection) -> BTreeSet<String> {
    let title = |source: Source| match source {
        Source::Rule(rule) => (&collection.used[rule].metadata.title, None),
        Source::Correlation(other) => (&collection.correlations[other].metadata.title, Some(other)),
    };
    // The name of a value, as the source has it.
    let names = |input: &sigma::Input| -> Vec<String> {
        let name = |value: &usize| match input.source {
            Source::Rule(rule) => collection.used[rule].fields[*value].name.clone(),
            Source::Correlation(other) => format!("{}.{value}", collection.correlations[other].label),
        };
        input.values.iter().map(name).collect()
    };
    let of_rule = |rule: &sigma::UsedRule| {
        let fields: BTreeSet<_> = rule.fields.iter().map(|field| &field.name).collect();
        format!("{} {} {:?} {fields:?}", rule.metadata.title, rule.label, rule.role)
    };
    let of_correlation = |correlation: &sigma::Correlation| {
        let inputs: Vec<_> =
            correlation.inputs.iter().map(|input| (title(input.source).0, names(input))).collect();
        format!("{} {} {inputs:?}", correlation.metadata.title, correlation.label)
    };
    let rules = collection.used.iter().map(of_rule);
    rules.chain(collection.correlations.iter().map(of_correlation)).collect()
}

/// A refused correlation changes neither the fields nor the labels of others, wherever it stands.
#[test]
fn what_is_refused_leaves_no_traces() {
    let rule = |name: &str, source: &str, test: &str| {
        format!(
            "title: {name}\nname: {name}\nlogsource: {{{source}}}\ndetection: {{a: {{{test}}}, condition: a}}\n"
        )
    };
    let correlation = |name: &str, rules: &str, more: &str| {
        format!(
            "title: {name}\nname: {name}\ncorrelation: {{type: event_count, rules: [{rules}], timespan: 1h, \
             condition: {{gte: 1}}{more}}}\n"
        )
    };
    let logons = rule("logons", "product: windows, service: security", "EventID: 4624");
    let requests = rule("requests", "category: webserver", "sc-status: 200");
    let both = [
        logons.clone(),
        requests,
        correlation("both", "logons, requests", ""),
        correlation(
            "others",
            "both, logons",
            ", group-by: [User], aliases: {User: {both: sc-status, logons: B}}",
        ),
        correlation("status", "both", ", group-by: [sc-status]"),
        correlation("client", "others", ", group-by: [c-ip], aliases: {c-ip: {others: c-ip}}"),
    ];
    let cases: [(&[String], String); 5] = [
        (&both[..3], correlation("bad", "both", ", group-by: [TargetUserName]")),
        (&both[..5], correlation("bad", "both", ", group-by: [c-ip, TargetUserName]")),
        (&both, correlation("bad", "status, both", ", group-by: [c-ip, cs-method, TargetUserName]")),
        // The label of the rule is the name of the file, because no other rule of the file has one.
        (&both[..1], correlation("bad", "logons, nothing", "")),
        (&both[..1], correlation("logons", "nothing", "").replace("name: logons\n", "")),
    ];
    for (good, bad) in cases {
        let expected = read(&good.join("---\n"), &Selection::default());
        assert!(expected.others.is_empty(), "{:?}", expected.others);
        for position in 0..=good.len() {
            let mut documents = good.to_vec();
            documents.insert(position, bad.clone());
            let collection = read(&documents.join("---\n"), &Selection::default());
            assert_eq!(collection.others.len(), 1, "{bad}");
            assert_eq!(account(&collection), account(&expected), "{bad} at {position}");
        }
    }
}

/// To take back the fields of refused correlations must not take time without end.
#[test]
fn refused_correlations_take_little_time() {
    let rules: String = (0..250)
        .map(|number| {
            let source = if number < 249 { "product: windows" } else { "category: webserver" };
            format!("title: R{number}\nname: r{number}\nlogsource: {{{source}}}\ndetection: {{a: {{sc-status: 1}}, condition: a}}\n---\n")
        })
        .collect();
    let names: Vec<_> = (0..250).map(|number| format!("r{number}")).collect();
    let correlation = |title: &str, rules: &str, fields: &str| {
        format!(
            "title: {title}\nname: {title}\ncorrelation: {{type: event_count, rules: [{rules}], group-by: [{fields}], timespan: 1h, condition: {{gte: 1}}}}\n---\n"
        )
    };
    let fields = "sc-status, c-ip, cs-method, cs-uri-query, cs-user-agent, nothing";
    let mut text = rules + &correlation("all", &names.join(", "), "");
    text.extend((0..5_000).map(|number| correlation(&format!("c{number}"), "all", fields)));
    let collection = read(&text, &Selection::default());
    assert_eq!((collection.correlations.len(), collection.others.len()), (1, 5_000));
    let WhyNot::Refused(last) = &collection.others[4_999].why else { panic!() };
    assert!(last.reason.contains("asked for too many fields"), "{last}");
}
