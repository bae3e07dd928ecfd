//! How many records a second and core all rules of SigmaHQ for Windows are matched with, beside
//! rsigma-eval: `cargo bench --package sigma`.
//!
//! Both look at the records of the collection EVTX-to-MITRE-Attack, in one thread and in turn, so
//! that other load on the machine affects both. We are given the event data as a store has it. So
//! is rsigma, with our own code that takes the XML apart. It is also measured with fields that were
//! read before, which is the time of its matching alone. It is told the log source of each record,
//! so that it does not try the rules for others.

#![expect(clippy::print_stdout, reason = "it prints figures for people")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use events::{
    AttributeId, AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView, Reads, Timestamp,
    Value,
};
use filter::{RuleSet, visit_fields};
use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::LogSource;
use serde_json::{Map, Value as Json};
use sigma::{Collection, Selection};
use storage::{EventRanges, ReadPlan, StorageError, Store};
use testing::places;

const FOLDERS: [&str; 4] =
    ["rules/windows", "rules-emerging-threats", "rules-threat-hunting/windows", "rules-placeholder/windows"];

/// How often each engine sees all records.
const PASSES: usize = 7;

fn main() {
    let (Some(folder), Some(store)) = (places::shared_sigma_rules(), places::shared_store("evtx-mitre"))
    else {
        return;
    };
    let records = event_data(&store);
    let mut ours = Ours::new(&folder);
    let mut theirs = Theirs::new(&folder);
    let events: Vec<_> = records.iter().map(|record| theirs.event(record)).collect();
    println!("{} records; {} and {} rules", records.len(), ours.rules, theirs.engine.rule_count());
    let mut passes = [const { Vec::new() }; 3];
    for _ in 0..PASSES {
        passes[0].push(timed(|| ours.pass(&records)));
        passes[1].push(timed(|| theirs.pass_with_reading(&records)));
        passes[2].push(timed(|| theirs.pass(&events)));
    }
    let [ours, reading, matching] = passes.map(median);
    for (name, (seconds, matches)) in
        [("foreman", ours), ("rsigma", reading), ("rsigma, fields were read before", matching)]
    {
        println!("{name}: {:.0} records a second, {matches} matches", per_second(&records, seconds));
    }
    println!("ratios: {:.2} and {:.2}", reading.0 / ours.0, matching.0 / ours.0);
}

/// Returns the event data of all records, as the store has it.
fn event_data(store: &Path) -> Vec<Vec<u8>> {
    let store = Store::open(store).expect("the store can be opened");
    let reads = Reads { event_data: true, ..Reads::default() };
    let plan = ReadPlan::new(AttributeNames::default(), &reads);
    let mut reader = store.event_reader(plan).expect("the store can be read");
    let ranges = EventRanges::new(16_384);
    let mut found = BTreeMap::new();
    while let Some(range) = ranges.next(&store).expect("the store can be read") {
        let seen = reader.visit::<StorageError>(range, |event| {
            let _ = event.examine(|event| {
                let data = event.data.expect("a record has data");
                found.entry(event.event.data).or_insert_with(|| data.written().to_vec());
            });
            Ok(())
        });
        seen.expect("the store can be read");
    }
    found.into_values().collect()
}

struct Ours {
    set: RuleSet,
    reader: AttributeReader,
    rules: usize,
}

impl Ours {
    fn new(folder: &Path) -> Self {
        let folders = FOLDERS.map(|name| folder.join(name).display().to_string());
        let files = sigma::read(folders.join(",").as_ref()).expect("the rules can be read");
        let mut collection = Collection::read(&files, &Selection::default());
        let mut names = AttributeNames::default();
        let rules = collection.take_rules("rules");
        let set = RuleSet::compile_owned(rules, &mut names).expect("the rules are right");
        Self { set, reader: AttributeReader::new(Arc::new(names)), rules: collection.used.len() }
    }

    /// Returns how many rules match, for all records together.
    fn pass(&mut self, records: &[Vec<u8>]) -> usize {
        let mut matches = 0;
        let mut matched = Vec::new();
        let event = Event {
            id: EventId::new(1),
            data: EventDataId::new(1),
            timestamp: Some(Timestamp(0)),
            timestamp_description: "Creation Time".into(),
        };
        for record in records {
            let data = self.reader.open(record).expect("it was read before");
            let event = EventView { event: &event, data: Some(&data), stream: None, labels: &[] };
            self.set.matches(&event, &mut matched);
            matches += matched.len();
        }
        matches
    }
}

struct Theirs {
    engine: Engine,
    reader: AttributeReader,
    xml: AttributeId,
}

impl Theirs {
    fn new(folder: &Path) -> Self {
        let mut engine = Engine::new();
        for name in FOLDERS {
            let rules = rsigma_parser::parse_sigma_directory(&folder.join(name)).expect("they can be read");
            // It refuses some, and says which.
            let _ = engine.add_rules(&rules.rules);
        }
        let mut names = AttributeNames::default();
        let xml = names.register("xml_string");
        Self { engine, reader: AttributeReader::new(Arc::new(names)), xml }
    }

    /// Returns the fields and the log source of a record.
    fn event(&mut self, record: &[u8]) -> (Json, LogSource) {
        let data = self.reader.open(record).expect("it was read before");
        let fields = fields(&data.get(self.xml).expect("a record has XML"));
        let source = log_source(&fields);
        (Json::Object(fields), source)
    }

    fn matches(&self, (event, source): &(Json, LogSource)) -> usize {
        self.engine.evaluate_pruned(&JsonEvent::borrow(event), source).len()
    }

    fn pass(&self, events: &[(Json, LogSource)]) -> usize {
        events.iter().map(|event| self.matches(event)).sum()
    }

    fn pass_with_reading(&mut self, records: &[Vec<u8>]) -> usize {
        let mut matches = 0;
        for record in records {
            let event = self.event(record);
            matches += self.matches(&event);
        }
        matches
    }
}

/// Returns the fields of a record. The start of a program in the security log has the names of
/// Sysmon, too, which rules use.
fn fields(xml: &Value<'_>) -> Map<String, Json> {
    let mut fields = Map::new();
    visit_fields("xml_string", xml, |name, value| {
        let sysmon = match name {
            "NewProcessName" => Some("Image"),
            "ParentProcessName" => Some("ParentImage"),
            _ => None,
        };
        for name in sysmon.into_iter().chain([name]) {
            let value = Json::String(value.into());
            match fields.get_mut(name) {
                Some(Json::Array(all)) => all.push(value),
                Some(first) => *first = Json::Array(vec![first.take(), value]),
                None => {
                    fields.insert(name.into(), value);
                }
            }
        }
    });
    fields
}

/// Returns the log source of a record, by which rules for other sources are left out.
fn log_source(fields: &Map<String, Json>) -> LogSource {
    let text = |name| fields.get(name).and_then(Json::as_str).unwrap_or_default();
    let service = match text("Channel") {
        "Security" => "security",
        "System" => "system",
        "Application" => "application",
        "Microsoft-Windows-PowerShell/Operational" => "powershell",
        "Windows PowerShell" => "powershell-classic",
        "Microsoft-Windows-Sysmon/Operational" => "sysmon",
        _ => "other",
    };
    let category = match (service, text("EventID")) {
        ("sysmon", "1") | ("security", "4688") => "process_creation",
        ("sysmon", "3") => "network_connection",
        ("sysmon", "7") => "image_load",
        ("sysmon", "10") => "process_access",
        ("sysmon", "11") => "file_event",
        ("sysmon", "13") => "registry_set",
        ("sysmon", "17" | "18") => "pipe_created",
        ("powershell", "4103") => "ps_module",
        ("powershell", "4104") => "ps_script",
        ("powershell-classic", "400") => "ps_classic_start",
        ("powershell-classic", "600") => "ps_classic_provider_start",
        _ => "other",
    };
    LogSource {
        product: Some("windows".into()),
        service: Some(service.into()).filter(|service| service != "other"),
        category: Some(category.into()),
        ..LogSource::default()
    }
}

/// Returns the seconds of processor time that something takes, and its result.
fn timed<R>(work: impl FnOnce() -> R) -> (f64, R) {
    let start = processor_time();
    let result = work();
    (processor_time() - start, result)
}

/// Returns the median of times, and the result, which is always the same.
fn median(mut passes: Vec<(f64, usize)>) -> (f64, usize) {
    passes.sort_by(|one, other| one.0.total_cmp(&other.0));
    passes[passes.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "there are some thousand records")]
fn per_second(records: &[Vec<u8>], seconds: f64) -> f64 {
    records.len() as f64 / seconds
}

/// Returns the seconds that a processor has worked for this process.
fn processor_time() -> f64 {
    let times = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    times.split(' ').next().and_then(|time| time.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}
