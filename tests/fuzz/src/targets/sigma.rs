//! Files with Sigma rules, whose rules some events are matched against.

use events::AttributeNames;
use filter::RuleSet;
use sigma::{Collection, RuleFile, Selection, Source};

use crate::Target;
use crate::samples::each_event;

pub(super) const TARGET: Target = Target { name: "sigma", run, seeds };

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let file = RuleFile { name: "rules.yml".into(), text: Ok(text) };
    let mut collection = Collection::read(&[file], &Selection::default());
    assert!(!collection.summary().is_empty());
    let kept: Vec<_> = collection.used.iter().map(|rule| rule.label.clone()).collect();
    for (position, correlation) in collection.correlations.iter().enumerate() {
        for input in &correlation.inputs {
            let count = match input.source {
                Source::Rule(rule) => collection.used[rule].fields.len(),
                Source::Correlation(other) => {
                    assert!(other < position, "those that others refer to come first");
                    collection.correlations[other].inputs[0].values.len()
                }
            };
            assert!(input.values.iter().all(|value| *value < count));
            assert!(input.values.len() >= correlation.group_by.len() + correlation.fields.len());
        }
    }
    let rules = collection.take_rules("rules");
    assert_eq!(rules.labels().map(|label| label.as_str().to_owned()).collect::<Vec<_>>(), kept);
    let mut names = AttributeNames::default();
    // Rules that were not refused can be compiled, unless they are too large together.
    let Ok(set) = RuleSet::compile(&rules, &mut names) else { return };
    each_event(&names, |event| {
        let mut matched = Vec::new();
        set.matches(event, &mut matched);
        assert!(matched.is_sorted() && matched.iter().all(|label| *label < kept.len()));
    });
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "title: A\nid: 1\nstatus: test\nlevel: low\nauthor: [a, b]\nlogsource: {product: linux}\ndetection:\n  keywords:\n\
         \x20   - '*failed*'\n    - root\n  condition: keywords\n",
        "title: B\nlogsource: {product: windows, category: process_creation}\ndetection:\n  selection:\n\
         \x20   - Image|endswith|cased: '\\a.exe'\n    - CommandLine|windash|contains|all: [' -a', \"b\"]\n\
         \x20     User: null\n  filter_x:\n    A|re|i: '^a.*b$'\n    B|cidr: 10.0.0.0/8\n    C|wide|base64offset|contains: x\n\
         \x20   D|exists: false\n    E|fieldref: F\n    G|gte: 0x1f\n    H|neq: 5\n  condition: selection and not 1 of filter_*\n",
        "a: &a [x, *b]\nb: &b {c: d}\n---\ntitle: C\nlogsource: {product: linux, category: file_event}\ndetection:\n\
         \x20 one: {TargetFilename|startswith: /usr/}\n  condition: [one, 'all of them or (one)']\n",
        "title: E\nname: e\nlogsource: {product: windows}\ndetection: {a: {b: c}, timeframe: 1m, condition: a | count(d) by e > 2}\n---\n\
         title: F\nname: f\ncorrelation:\n  type: value_percentile\n  rules: [e]\n  group-by: [u, v]\n  timespan: 5m\n\
         \x20 aliases: {u: {e: w}}\n  condition: {field: s, percentile: 90, gt: 1.5, lte: 7}\n---\n\
         title: G\ngenerate: true\ncorrelation: {type: temporal, rules: [e, f], timespan: 1h, condition: e and not f}\n",
        "title: D\nlogsource: {category: antivirus}\nfilter:\n  rules: any\n  selection: {Signature: a?c}\n  condition: not selection\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
