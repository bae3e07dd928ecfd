//! What all rules of SigmaHQ find in a store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use events::{AttributeId, AttributeNames, StreamAttribute, Value};
use filter::RuleSet;
use sigma::{Collection, Selection};
use storage::{ReadEvent, ReadPlan, ScanPart, scan_events};
use testing::places;

/// The folders with live rules.
const LIVE: [&str; 5] =
    ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"];

/// Returns all live rules of SigmaHQ.
pub(crate) fn live_rules() -> Option<Collection> {
    let folder = places::shared_sigma_rules()?;
    let folders = LIVE.map(|name| folder.join(name).display().to_string());
    let files = sigma::read(folders.join(",").as_ref()).unwrap();
    Some(Collection::read(&files, &Selection::default()))
}

/// A rule's identifier, the name of an event log, and the number of a record in it. Plaso also
/// stores recovered copies, so each record counts once.
pub(crate) type Match = (String, String, String);

/// What the rules find in a store.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) matches: BTreeSet<Match>,
    /// All records: the name of the event log and the number.
    pub(crate) records: BTreeSet<(String, String)>,
}

/// Returns the records that the rules find. Each is two events, which must both be found.
pub(crate) fn find(rules: &mut Collection, store: &Path) -> Found {
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&rules.take_rules("SigmaHQ"), &mut names).unwrap();
    let ids = rules.used.iter().map(|rule| rule.metadata.id.clone().unwrap()).collect();
    let mut reads = set.reads().clone();
    reads.stream.insert(StreamAttribute::PathSpec);
    let xml = names.register("xml_string");
    let part = Part {
        set,
        xml,
        ids: Arc::new(ids),
        events: BTreeMap::new(),
        records: BTreeSet::new(),
        matched: Vec::new(),
    };
    let mut found = Found::default();
    let mut events = BTreeMap::new();
    for part in scan_events(store, &ReadPlan::new(names, &reads), &part, |_| {}).unwrap() {
        found.records.extend(part.records);
        for (record, count) in part.events {
            *events.entry(record).or_insert(0) += count;
        }
    }
    assert!(events.values().all(|events| events % 2 == 0));
    found.matches = events.into_keys().collect();
    found
}

#[derive(Clone)]
struct Part {
    set: RuleSet,
    xml: AttributeId,
    ids: Arc<Vec<String>>,
    events: BTreeMap<Match, usize>,
    records: BTreeSet<(String, String)>,
    matched: Vec<usize>,
}

impl ScanPart for Part {
    fn begin_range(&mut self) {}

    fn see(&mut self, event: &ReadEvent<'_>) {
        let seen = event.examine(|event| {
            self.set.matches(event, &mut self.matched);
            let Some(Value::String(xml)) = event.data.and_then(|data| data.get(self.xml)) else { return };
            let (_, number) = xml.split_once("<EventRecordID>").unwrap();
            let (number, _) = number.split_once('<').unwrap();
            let path = event.stream_attribute(StreamAttribute::PathSpec).unwrap();
            let (_, path) = path.split_once("\"location\": \"").unwrap();
            let (path, _) = path.split_once('"').unwrap();
            let file = path.rsplit('/').next().unwrap();
            self.records.insert((file.to_owned(), number.to_owned()));
            for rule in &self.matched {
                let found = (self.ids[*rule].clone(), file.to_owned(), number.to_owned());
                *self.events.entry(found).or_default() += 1;
            }
        });
        seen.unwrap();
    }
}

/// Returns the matches in a golden file of the shared data.
pub(crate) fn golden(name: &str) -> BTreeSet<Match> {
    let path = places::shared(&format!("sigma/golden/{name}.tsv")).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().skip(1).map(|line| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap();
        let (rule, file, number) = (column(), column(), column());
        (rule.to_owned(), file.rsplit('/').next().unwrap().to_owned(), number.to_owned())
    });
    lines.collect()
}
