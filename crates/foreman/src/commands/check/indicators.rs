//! An account of indicator lists: what they have, what is not used and why, what cannot be decided
//! on a store, and what is found.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use ::indicators::matching::{Explained, Finding, FindingId, Matcher, Met, Options, kinds_of_group, written};
use ::indicators::{Indicators, Kind, LeftOut, List, ListId, Node, Problem, ReadOptions};
use anyhow::anyhow;
use events::{AttributeNames, Shown as _};
use serde_json::{Value, json};
use storage::{EventRange, ReadEvent, ReadPlan, SameStore, ScanPart, StorageError, scan_events};

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
            paths => {
                paths.iter().map(|path| path.as_os_str()).collect::<Vec<_>>().join(OsStr::new(",")).into()
            }
        };
        let indicators = ::indicators::read(&joined, read).map_err(Failure::usage)?;
        let matcher = Matcher::new(indicators, options).map_err(Failure::usage)?;
        Ok(Self { matcher, text: options.text })
    }

    pub(super) fn indicators(&self) -> &Indicators {
        self.matcher.indicators()
    }

    /// Returns the account of each list, and of files that are none.
    pub(super) fn text(&self, all: bool) -> String {
        let indicators = self.indicators();
        let of_files = indicators.problems().iter().filter(|problem| problem.list.is_none());
        let others = indicators.other_files().iter();
        let left_out = self.of_lists(indicators.left_out(), |left| Some(left.list));
        let problems = self.of_lists(indicators.problems(), |problem| problem.list);
        let rules = self.of_lists(indicators.sigma_rules(), |rule| Some(rule.list));
        let accounts = indicators.lists().iter().zip(&left_out).zip(problems.iter().zip(&rules));
        let lines: Vec<_> = accounts
            .map(|((list, left_out), (problems, rules))| account(list, left_out, problems, rules.len(), all))
            .chain(of_files.map(|problem| format!("not usable: {problem}")))
            .chain(others.map(|other| format!("not a list: {}: {}", other.file, other.reason)))
            .collect();
        lines.join("\n")
    }

    /// Divides what is known of lists by the lists.
    fn of_lists<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        list: impl Fn(&T) -> Option<ListId>,
    ) -> Vec<Vec<T>> {
        let mut of_lists: Vec<_> = self.indicators().lists().iter().map(|_| Vec::new()).collect();
        for one in all {
            if let Some(list) = list(&one) {
                of_lists[usize::from(list.0)].push(one);
            }
        }
        of_lists
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
    pub(super) fn count(&self, store: &SameStore, all: bool) -> Result<(String, Members), Failure> {
        let started = Instant::now();
        let plan = ReadPlan::new(AttributeNames::default(), &self.matcher.reads());
        let counting =
            Counting { matcher: self.matcher.clone(), found: BTreeMap::new(), events: 0, unreadable: 0 };
        let mut line = Line::new();
        let mut parts = scan_events(store, &plan, &counting, |events| line.at("events", events))?.into_iter();
        let mut counted = parts.next().ok_or_else(|| anyhow!("no thread has read the store"))?;
        parts.for_each(|part| counted.merge(part));
        let mut text = format!(
            "{}: {} events compared with {} indicators in {}",
            store.path().shown(),
            number(counted.events),
            number(self.indicators().len() as u64),
            duration(started.elapsed())
        );
        if counted.unreadable > 0 {
            let _ = write!(text, ", {} of which cannot be read", number(counted.unreadable));
        }
        let undecided = counted.matcher.undecided_kinds();
        let found = self.found(&counted);
        let combinations = self.undecided_combinations(&undecided);
        let mut lists = Vec::new();
        for ((list, found), combinations) in self.indicators().lists().iter().zip(&found).zip(combinations) {
            let undecided = undecided_kinds(list, &undecided, combinations);
            self.write_found(list, found, &undecided, all, &mut text);
            lists.push(self.found_json(list, found, &undecided));
        }
        let members = vec![
            ("events", json!(counted.events)),
            ("unreadable", json!(counted.unreadable)),
            ("found", json!(lists)),
        ];
        Ok((text, members))
    }

    /// Returns what was found of each list, the most frequent first.
    fn found(&self, counted: &Counting) -> Vec<Vec<(Finding<'_>, u64, i64)>> {
        let all = counted.found.iter();
        let all = all.map(|(id, (events, first))| (self.matcher.finding(*id), *events, *first));
        let mut of_lists = self.of_lists(all, |(finding, ..)| Some(finding.list));
        for found in &mut of_lists {
            found.sort_by_key(|(finding, events, _)| (std::cmp::Reverse(*events), finding.line));
        }
        of_lists
    }

    /// Returns how many combinations of each list no event can have: those of which one kind cannot
    /// be decided.
    fn undecided_combinations(&self, undecided: &[Kind]) -> Vec<usize> {
        let is_undecided = |number| {
            let kinds = kinds_of_group(self.indicators(), number);
            kinds.iter().any(|kind| undecided.contains(kind))
        };
        let groups = self.indicators().groups().enumerate();
        let groups = groups
            .filter(|(number, group)| matches!(group.root, Node::All(_)) && is_undecided(*number as u32));
        self.of_lists(groups, |(_, group)| Some(group.list)).iter().map(Vec::len).collect()
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
    pub(super) fn explain(&self, store: &SameStore, event: i64) -> Result<(String, Members), Failure> {
        let store = store.open()?;
        let plan = ReadPlan::new(AttributeNames::default(), &self.matcher.reads());
        let mut matcher = self.matcher.clone();
        let mut explained = (Explained::default(), Vec::new());
        store.event_reader(plan)?.visit(EventRange { first: event, last: event }, |event| {
            let read = event.examine(|event| (matcher.explain(event), matcher.find(event).to_vec()));
            explained = read.unwrap_or_default();
            Ok::<_, StorageError>(())
        })?;
        let (Explained { met, left_out }, findings) = explained;
        let mut text = format!("indicators: {} met", findings.len());
        met.iter().for_each(|met| self.write_met(met, &findings, &mut text));
        if left_out > 0 {
            let _ = write!(text, "\n  {} more are not shown", number(left_out as u64));
        }
        let first_group = self.indicators().len() as u32;
        for finding in findings.iter().filter(|finding| finding.0 >= first_group) {
            let finding = self.matcher.finding(*finding);
            let file = &self.indicators().list(finding.list).file;
            let _ = write!(text, "\n  ✓ combination {}  {file}:{}", shown(&finding.value), finding.line);
        }
        let met = met.iter().map(|met| self.met_json(met, &findings)).collect::<Vec<_>>();
        Ok((text, vec![("indicators_met", json!(met)), ("indicators_met_left_out", json!(left_out))]))
    }

    fn write_met(&self, met: &Met, findings: &[FindingId], text: &mut String) {
        let indicator = self.indicators().get(met.indicator);
        let file = &self.indicators().list(indicator.list).file;
        let is_alone = findings.binary_search(&FindingId(met.indicator.0)).is_ok();
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
            "value_is_cut": met.is_cut,
            "is_finding": findings.binary_search(&FindingId(met.indicator.0)).is_ok(),
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
    fn begin_range(&mut self) {
        self.matcher.begin_task();
        // The matcher counts what was not decided.
        let _ = filter::begin_task();
    }

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

/// Returns the account of a list: what it has, and what is not used.
fn account(list: &List, left_out: &[&LeftOut], problems: &[&Problem], rules: usize, all: bool) -> String {
    let mut text = format!("{}: {}", title(list), contents(list));
    if rules > 0 {
        let _ = write!(text, "\n  Sigma rules: {}", number(rules as u64));
    }
    if all {
        for LeftOut { place, written, reason, .. } in left_out {
            let _ = write!(text, "\n  left out: {place}: `{}`: {reason}", written.shown());
        }
        let total: u64 = list.left_out.values().map(|count| u64::from(*count)).sum();
        let more = total.saturating_sub(left_out.len() as u64);
        if more > 0 {
            let _ = write!(text, "\n  left out: {} more", number(more));
        }
    } else {
        for (reason, count) in &list.left_out {
            let _ = write!(text, "\n  left out: {reason} ({})", number(u64::from(*count)));
        }
    }
    let shown = if all { problems } else { &problems[..problems.len().min(SHOWN)] };
    for problem in shown {
        let _ = write!(text, "\n  not usable: {problem}");
    }
    let more = (list.problems as usize).saturating_sub(shown.len());
    if more > 0 {
        let hint = if problems.len() > shown.len() { "; --all shows them, too" } else { "" };
        let _ = write!(text, "\n  not usable: {} more{hint}", number(more as u64));
    }
    text
}

/// Returns how many indicators of a list no event can have, by kind.
fn undecided_kinds(list: &List, undecided: &[Kind], combinations: usize) -> BTreeMap<String, u64> {
    let of_kinds = list.kinds.iter().filter(|(kind, _)| undecided.contains(kind));
    let of_kinds = of_kinds.map(|(kind, count)| (kind.as_str().to_owned(), u64::from(*count)));
    let combinations = (combinations > 0).then(|| ("combination".to_owned(), combinations as u64));
    of_kinds.chain(combinations).collect()
}

fn title(list: &List) -> String {
    match &list.title {
        // Whoever wrote the list chose it.
        Some(title) => format!("{} ({})", list.file, title.shown()),
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
