//! What all rules of SigmaHQ find in a store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use events::{AttributeId, AttributeNames, EventView, StreamAttribute, Value};
use filter::RuleSet;
use sigma::{Collection, RuleFile, Selection};
use storage::{EventRanges, ReadPlan, StorageError, Store};
use testing::places;

/// The folders with live rules.
const LIVE: [&str; 5] =
    ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"];

/// Returns all live rules of SigmaHQ.
pub(crate) fn live_rules() -> Option<Collection> {
    live_rules_with(&Selection::default())
}

pub(crate) fn live_rules_with(selection: &Selection) -> Option<Collection> {
    Some(Collection::read(&live_files()?, selection))
}

fn live_files() -> Option<Vec<RuleFile>> {
    let folder = places::shared_sigma_rules()?;
    let folders = LIVE.map(|name| folder.join(name).display().to_string());
    Some(sigma::read(folders.join(",").as_ref()).unwrap())
}

/// Returns the names of the files whose text contains this one.
pub(crate) fn names_of_rules_with(text: &str) -> BTreeSet<String> {
    let has_text = |file: &RuleFile| file.text.as_ref().is_ok_and(|whole| whole.contains(text));
    live_files().unwrap().into_iter().filter(has_text).map(|file| file.name).collect()
}

/// Returns the names of the files with the rules of the folder `rules`.
pub(crate) fn names_of_main_rules() -> BTreeSet<String> {
    let folder = places::shared_sigma_rules().unwrap().join("rules");
    sigma::read(&folder).unwrap().into_iter().map(|file| file.name).collect()
}

/// A rule's identifier, the name of an event log, and the number of a record in it. Plaso also
/// stores recovered copies, so each record counts once.
pub(crate) type Match = (String, String, String);

/// What the rules find in a store.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) matches: BTreeSet<Match>,
    /// All records, by the name of the event log and the number.
    pub(crate) records: BTreeMap<(String, String), Record>,
}

/// What is known of a record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) event_id: i128,
    /// Whether the log itself has the record. Otherwise Plaso recovered it from an unused part.
    pub(crate) is_in_log: bool,
}

/// Returns the records that the rules find. Each is two events, which must both be found.
pub(crate) fn find(rules: &mut Collection, store: &Path) -> Found {
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&rules.take_rules("SigmaHQ"), &mut names).unwrap();
    let ids: Vec<_> = rules.used.iter().map(|rule| rule.metadata.id.clone().unwrap()).collect();
    let mut reads = set.reads().clone();
    reads.stream.insert(StreamAttribute::PathSpec);
    reads.labels = true;
    let [xml, event_id] = ["xml_string", "event_identifier"].map(|name| names.register(name));
    let store = Store::open(store).unwrap();
    let mut reader = store.event_reader(ReadPlan::new(names, &reads)).unwrap();
    let (mut found, mut events, mut matched) = (Found::default(), BTreeMap::new(), Vec::new());
    let ranges = EventRanges::new(4_096);
    while let Some(range) = ranges.next(&store).unwrap() {
        let mut see = |event: &EventView<'_>| {
            let Some((file, number)) = file_and_number(event, xml) else { return };
            set.matches(event, &mut matched);
            let Some(Value::Integer(event_id)) = event.data.and_then(|data| data.get(event_id)) else {
                panic!("{number} in {file} has no event identifier");
            };
            let record = found.records.entry((file.clone(), number.clone())).or_default();
            record.event_id = event_id;
            record.is_in_log |= !event.labels.iter().any(|label| label == "recovered");
            for rule in &matched {
                *events.entry((ids[*rule].clone(), file.clone(), number.clone())).or_insert(0) += 1;
            }
        };
        reader
            .visit::<StorageError>(range, |event| {
                event.examine(&mut see).unwrap();
                Ok(())
            })
            .unwrap();
    }
    assert!(events.values().all(|events| events % 2 == 0));
    found.matches = events.into_keys().collect();
    found
}

/// Returns the name of the event log and the number of the record that an event is about.
fn file_and_number(event: &EventView<'_>, xml: AttributeId) -> Option<(String, String)> {
    let Some(Value::String(xml)) = event.data.and_then(|data| data.get(xml)) else { return None };
    let (_, number) = xml.split_once("<EventRecordID>").unwrap();
    let (number, _) = number.split_once('<').unwrap();
    let path = event.stream_attribute(StreamAttribute::PathSpec).unwrap();
    let (_, path) = path.split_once("\"location\": \"").unwrap();
    let (path, _) = path.split_once('"').unwrap();
    Some((path.rsplit('/').next().unwrap().to_owned(), number.to_owned()))
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
