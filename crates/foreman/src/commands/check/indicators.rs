//! An account of indicator lists: what they have, what is not used and why, what cannot be decided
//! on a store, and what is found.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ::indicators::matching::{Finding, FindingId, Matcher, Met, Options, kinds_of_group, written};
use ::indicators::{Indicators, Kind, List, ListId, Node, ReadOptions};
use anyhow::anyhow;
use events::AttributeNames;
use serde_json::{Value, json};
use storage::{EventRange, ReadEvent, ReadPlan, ScanPart, StorageError, Store, scan_events};

use super::rules::Members;
use crate::exit::Failure;
use crate::screen::reading_line::Line;
use crate::words::{duration, number};

/// How many lines of one sort are shown of a list, unless the user asks for all.
const SHOWN: usize = 20;

/// The longest value that is shown, in characters.
const LONGEST_VALUE: usize = 200;

/// The lists of some files or folders.
pub(super) struct IndicatorLists {
    matcher: Matcher,
    /// Whether texts are searched.
    text: bool,
}

/// What was counted in a store.
#[derive(Clone)]
struct Counting {
    matcher: Matcher,
    /// For each finding, the number of events and the first of them.
    found: BTreeMap<FindingId, (u64, i64)>,
    events: u64,
    unreadable: u64,
}

impl IndicatorLists {
    pub(super) fn load(paths: &[PathBuf], read: &ReadOptions, options: Options) -> Result<Self, Failure> {
        let joined = match paths {
            [path] => path.clone(),
            paths => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(",").into(),
        };
        let indicators = ::indicators::read(&joined, read).map_err(Failure::usage)?;
        let matcher = Matcher::new(indicators, options).map_err(Failure::usage)?;
        Ok(Self { matcher, text: options.text })
    }

    fn indicators(&self) -> &Indicators {
        self.matcher.indicators()
    }

    /// Returns the account of each list.
    pub(super) fn text(&self, all: bool) -> String {
        let indicators = self.indicators();
        let most = if all { usize::MAX } else { SHOWN };
        let mut text = String::new();
        for (position, list) in indicators.lists().iter().enumerate() {
            let separator = if position > 0 { "\n" } else { "" };
            let _ = write!(text, "{separator}{}: {}", title(list), contents(list));
            let rules = indicators.sigma_rules().iter().filter(|rule| is_of(rule.list, position)).count();
            if rules > 0 {
                let _ = write!(text, "\n  Sigma rules {}: only `analyze` uses them", number(rules as u64));
            }
            for (reason, count) in &list.left_out {
                let _ = write!(text, "\n  left out: {reason} ({})", number(u64::from(*count)));
            }
            let problems = indicators.problems().iter().filter(|problem| problem.place.file == list.file);
            for problem in problems.take(most) {
                let _ = write!(text, "\n  not usable: {problem}");
            }
            let more = (list.problems as usize).saturating_sub(most);
            if more > 0 {
                let _ = write!(text, "\n  not usable: {} more; --all shows them, too", number(more as u64));
            }
        }
        for other in indicators.other_files() {
            let _ = write!(text, "\nnot a list: {}: {}", other.file, other.reason);
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let indicators = self.indicators();
        json!({
            "lists": indicators.lists(),
            "other_files": indicators.other_files(),
            "left_out": indicators.left_out(),
            "problems": indicators.problems(),
        })
    }

    /// Compares all events of a store, and returns what was found and what cannot be decided.
    pub(super) fn count(&self, store: &Path, all: bool) -> Result<(String, Members), Failure> {
        let started = Instant::now();
        let plan = ReadPlan::new(AttributeNames::default(), &Matcher::reads());
        let counting =
            Counting { matcher: self.matcher.clone(), found: BTreeMap::new(), events: 0, unreadable: 0 };
        let mut line = Line::new();
        let mut parts = scan_events(store, &plan, &counting, |events| line.at("events", events))?.into_iter();
        let mut counted = parts.next().ok_or_else(|| anyhow!("no thread has read the store"))?;
        parts.for_each(|part| counted.merge(part));
        let mut text = format!(
            "{}: {} events compared with {} indicators in {}",
            store.display(),
            number(counted.events),
            number(self.indicators().len() as u64),
            duration(started.elapsed())
        );
        if counted.unreadable > 0 {
            let _ = write!(text, ", {} of which cannot be read", number(counted.unreadable));
        }
        let undecided = counted.matcher.undecided_kinds();
        let mut lists = Vec::new();
        for (position, list) in self.indicators().lists().iter().enumerate() {
            let found = self.found(&counted, position);
            let undecided = self.undecided(list, position, &undecided);
            self.write_found(list, &found, &undecided, all, &mut text);
            lists.push(self.found_json(list, &found, &undecided));
        }
        let members = vec![
            ("events", json!(counted.events)),
            ("unreadable", json!(counted.unreadable)),
            ("found", json!(lists)),
        ];
        Ok((text, members))
    }

    /// Returns what was found of a list, the most frequent first.
    fn found(&self, counted: &Counting, position: usize) -> Vec<(Finding<'_>, u64, i64)> {
        let of_all = counted.found.iter();
        let of_all = of_all.map(|(id, (events, first))| (self.matcher.finding(*id), *events, *first));
        let mut found: Vec<_> = of_all.filter(|(finding, ..)| is_of(finding.list, position)).collect();
        found.sort_by_key(|(finding, events, _)| (std::cmp::Reverse(*events), finding.line));
        found
    }

    /// Returns how many indicators of a list no event can have, by kind. A combination cannot be
    /// decided if one of its kinds cannot.
    fn undecided(&self, list: &List, position: usize, undecided: &[Kind]) -> BTreeMap<String, u64> {
        let of_kinds = list.kinds.iter().filter(|(kind, _)| undecided.contains(kind));
        let mut counts: BTreeMap<_, _> =
            of_kinds.map(|(kind, count)| (kind.as_str().to_owned(), u64::from(*count))).collect();
        let groups = self.indicators().groups().enumerate();
        let groups =
            groups.filter(|(_, group)| is_of(group.list, position) && matches!(group.root, Node::All(_)));
        let has_undecided = |number| {
            let kinds = kinds_of_group(self.indicators(), number);
            kinds.iter().any(|kind| undecided.contains(kind))
        };
        let count = groups.filter(|(number, _)| has_undecided(*number as u32)).count();
        if count > 0 {
            counts.insert("combination".into(), count as u64);
        }
        counts
    }

    fn write_found(
        &self,
        list: &List,
        found: &[(Finding<'_>, u64, i64)],
        undecided: &BTreeMap<String, u64>,
        all: bool,
        text: &mut String,
    ) {
        let _ = write!(text, "\n\n{}: {} found", title(list), number(found.len() as u64));
        for (finding, events, first) in found.iter().take(if all { usize::MAX } else { SHOWN }) {
            let events = if *events == 1 { "1 event".into() } else { format!("{} events", number(*events)) };
            let _ = write!(
                text,
                "\n  {events}, first {first}: {} {}  {}:{}",
                kind(finding),
                shown(&finding.value),
                list.file,
                finding.line
            );
        }
        if !all && found.len() > SHOWN {
            let _ = write!(text, "\n  {} more; --all shows them, too", number((found.len() - SHOWN) as u64));
        }
        for (kind, count) in undecided {
            let hint = if self.text { "" } else { "; --ioc-text also searches texts" };
            let _ = write!(
                text,
                "\n  cannot be decided: {kind} ({}): no event has such values{hint}",
                number(*count)
            );
        }
    }

    fn found_json(
        &self,
        list: &List,
        found: &[(Finding<'_>, u64, i64)],
        undecided: &BTreeMap<String, u64>,
    ) -> Value {
        let found = found.iter().map(|(finding, events, first)| {
            json!({
                "kind": kind(finding),
                "indicator": finding.value,
                "line": finding.line,
                "events": events,
                "first_event": first,
            })
        });
        json!({"file": list.file, "title": list.title, "found": found.collect::<Vec<_>>(), "undecided": undecided})
    }

    /// Says which values of an event meet which indicators.
    pub(super) fn explain(&self, store: &Path, event: i64) -> Result<(String, Members), Failure> {
        let store = Store::open(store)?;
        let plan = ReadPlan::new(AttributeNames::default(), &Matcher::reads());
        let mut matcher = self.matcher.clone();
        let mut explained = (Vec::new(), Vec::new());
        store.event_reader(plan)?.visit(EventRange { first: event, last: event }, |event| {
            let read = event.examine(|event| (matcher.explain(event), matcher.find(event).to_vec()));
            explained = read.unwrap_or_default();
            Ok::<_, StorageError>(())
        })?;
        let (met, findings) = explained;
        let mut text = format!("indicators: {} met", findings.len());
        met.iter().for_each(|met| self.write_met(met, &findings, &mut text));
        let first_group = self.indicators().len() as u32;
        for finding in findings.iter().filter(|finding| finding.0 >= first_group) {
            let finding = self.matcher.finding(*finding);
            let file = &self.indicators().list(finding.list).file;
            let _ = write!(text, "\n  ✓ combination {}  {file}:{}", shown(&finding.value), finding.line);
        }
        let met = met.iter().map(|met| self.met_json(met, &findings)).collect::<Vec<_>>();
        Ok((text, vec![("indicators_met", json!(met))]))
    }

    fn write_met(&self, met: &Met, findings: &[FindingId], text: &mut String) {
        let indicator = self.indicators().get(met.indicator);
        let file = &self.indicators().list(indicator.list).file;
        let is_alone = findings.contains(&FindingId(met.indicator.0));
        let (sign, part) = if is_alone { ('✓', "") } else { ('·', ", part of a combination") };
        let _ = write!(
            text,
            "\n  {sign} {} {}  {file}:{}{part}  ({} is {})",
            indicator.kind,
            shown(&written(&indicator)),
            indicator.line,
            met.attribute,
            shown(&met.value)
        );
    }

    fn met_json(&self, met: &Met, findings: &[FindingId]) -> Value {
        let indicator = self.indicators().get(met.indicator);
        json!({
            "file": self.indicators().list(indicator.list).file,
            "line": indicator.line,
            "kind": indicator.kind.as_str(),
            "indicator": written(&indicator),
            "attribute": met.attribute,
            "value": met.value,
            "is_finding": findings.contains(&FindingId(met.indicator.0)),
        })
    }
}

impl Counting {
    fn merge(&mut self, other: Self) {
        self.matcher.merge(&other.matcher);
        self.events += other.events;
        self.unreadable += other.unreadable;
        for (id, (events, first)) in other.found {
            let known = self.found.entry(id).or_insert((0, first));
            *known = (known.0 + events, known.1.min(first));
        }
    }
}

impl ScanPart for Counting {
    fn begin_range(&mut self) {}

    fn see(&mut self, event: &ReadEvent<'_>) {
        let Self { matcher, found, events, unreadable } = self;
        *events += 1;
        let read = event.examine(|event| {
            let row = event.event.id.rowid();
            (row, matcher.find(event).to_vec())
        });
        match read {
            Ok((row, findings)) => {
                for id in findings {
                    let known = found.entry(id).or_insert((0, row));
                    *known = (known.0 + 1, known.1.min(row));
                }
            }
            Err(_) => *unreadable += 1,
        }
    }
}

fn is_of(list: ListId, position: usize) -> bool {
    usize::from(list.0) == position
}

fn title(list: &List) -> String {
    match &list.title {
        Some(title) => format!("{} ({title})", list.file),
        None => list.file.clone(),
    }
}

/// Returns the format of a list and the number of its indicators by kind.
fn contents(list: &List) -> String {
    let kinds = list.kinds.iter().map(|(kind, count)| format!("{kind} {}", number(u64::from(*count))));
    let groups = (list.groups > 0).then(|| format!("combination {}", number(u64::from(list.groups))));
    let kinds: Vec<_> = kinds.chain(groups).collect();
    let kinds = if kinds.is_empty() { "no indicators".into() } else { kinds.join(", ") };
    format!("{}; {kinds}", list.format.as_str())
}

fn kind(finding: &Finding<'_>) -> &'static str {
    finding.kind.map_or("combination", Kind::as_str)
}

fn shown(value: &str) -> String {
    let value = value.replace(['\n', '\r', '\t'], " ");
    let mut shown: String = value.chars().take(LONGEST_VALUE).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown
}
