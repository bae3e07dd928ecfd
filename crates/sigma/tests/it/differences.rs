//! Why another engine finds more or less than we do: each reason is shown by a small rule on a
//! small record.
//!
//! `mitre.rs` explains by these reasons what differs on a collection of real records.

use rsigma_eval::event::JsonEvent;
use rsigma_eval::{compile_rule, evaluate_rule};
use serde_json::Value as Json;

use crate::in_memory::{matches, record, rule};

/// Why two engines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// Zircolite takes only event 1 of Sysmon for the start of a program. We also take event 4688
    /// of the security log.
    StartInSecurityLog,
    /// The level of integrity has another name and other values in event 4688 of the security log.
    /// The others do not look for it there.
    IntegrityLevel,
    /// Zircolite does not look for keywords.
    Keywords,
    /// Zircolite does not see values without names.
    UnnamedValues,
    /// Windows writes a GUID with braces, and so do rules. Zircolite removes them from records.
    GuidBraces,
    /// For Zircolite an empty field is an absent one.
    EmptyIsAbsent,
    /// For Zircolite a number is no text: it does not find `'3'` in a field with the number 3.
    NumberIsNoText,
    /// rsigma anchors a value with a wildcard inside at the wrong end.
    InnerWildcard,
    /// A wildcard of rsigma does not match the end of a line.
    LineEnd,
    /// rsigma replaces no slash by a dash.
    SlashBeforeWord,
    /// The authors' table, by which rsigma ran, lacks the service `dns-server`.
    DnsServer,
    /// The translator of pySigma takes every event 12 of Sysmon for the deletion of a key. By the
    /// authors' table, its type must say so.
    DeletedKeys,
    /// Plaso also stores records that it recovers from unused parts of a log.
    Recovered,
    /// Plaso cannot read the record.
    Unread,
    /// Zircolite was given the rules of the folder `rules` only.
    RuleNotGiven,
}

impl Difference {
    /// All of them.
    const ALL: [Self; 15] = [
        Self::StartInSecurityLog,
        Self::IntegrityLevel,
        Self::Keywords,
        Self::UnnamedValues,
        Self::GuidBraces,
        Self::EmptyIsAbsent,
        Self::NumberIsNoText,
        Self::InnerWildcard,
        Self::LineEnd,
        Self::SlashBeforeWord,
        Self::DnsServer,
        Self::DeletedKeys,
        Self::Recovered,
        Self::Unread,
        Self::RuleNotGiven,
    ];
}

/// A rule on a record of a Windows event log.
struct Example {
    /// The log source and the detection.
    rule: (&'static str, &'static str),
    channel: &'static str,
    event_id: u32,
    /// Names, if they have one, and values.
    fields: &'static [(&'static str, &'static str)],
}

/// What engines find.
#[derive(Debug, PartialEq, Eq)]
struct Finds {
    ours: bool,
    /// `None` if rsigma has no part in the difference: it does not know log sources. Zircolite is
    /// not a library that a test could call.
    rsigma: Option<bool>,
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const ANY: &str = "{product: windows}";
const SECURITY: &str = "{product: windows, service: security}";

/// Each difference has an example, which we decide as it says, and so does rsigma where it can.
#[test]
fn each_difference_has_an_example() {
    let mut shown = Vec::new();
    for (difference, example, expected) in examples() {
        let rsigma = expected.rsigma.map(|_| example.rsigma());
        assert_eq!(Finds { ours: example.ours(), rsigma }, expected, "{difference:?} {}", example.rule.1);
        shown.push(difference);
    }
    shown.dedup();
    assert_eq!(shown, Difference::ALL);
}

impl Example {
    fn ours(&self) -> bool {
        let field = |(name, value): &(&str, &str)| match *name {
            "" => format!("<Data>{value}</Data>"),
            name => format!("<Data Name=\"{name}\">{value}</Data>"),
        };
        let fields: String = self.fields.iter().map(field).collect();
        matches(self.rule.0, self.rule.1, &record(self.channel, self.event_id, &fields))
    }

    fn rsigma(&self) -> bool {
        let parsed = rsigma_parser::parse_sigma_yaml(&rule(self.rule.0, self.rule.1)).unwrap();
        let compiled = compile_rule(&parsed.rules[0]).unwrap();
        let fields = self.fields.iter().map(|(name, value)| ((*name).to_owned(), Json::from(*value)));
        let id = ("EventID".to_owned(), Json::from(self.event_id));
        let event = JsonEvent::owned(fields.chain([id]).collect());
        evaluate_rule(&compiled, &event).is_some()
    }
}

/// Returns examples of all differences, in their order.
fn examples() -> Vec<(Difference, Example, Finds)> {
    let mut examples = of_zircolite();
    examples.extend(of_rsigma());
    examples.extend(of_log_sources());
    examples.extend(of_what_was_read());
    examples
}

type Fields = &'static [(&'static str, &'static str)];

const fn on(
    rule: (&'static str, &'static str),
    channel: &'static str,
    event_id: u32,
    fields: Fields,
) -> Example {
    Example { rule, channel, event_id, fields }
}

const fn finds(ours: bool, rsigma: Option<bool>) -> Finds {
    Finds { ours, rsigma }
}

fn of_zircolite() -> Vec<(Difference, Example, Finds)> {
    let guid: Fields = &[("SubcategoryGuid", "{0CCE9210-69AE-11D9-BED3-505054503030}")];
    let start = (
        "{product: windows, category: process_creation}",
        "  s: {Image|endswith: '\\cmd.exe'}\n  condition: s",
    );
    let keywords = (ANY, "  keywords: [mimikatz, mimidrv]\n  condition: keywords");
    let unnamed =
        ("{product: windows, service: application}", "  s: {Data|contains: ntds.dit}\n  condition: s");
    let level =
        ("{product: windows, category: process_creation}", "  s: {IntegrityLevel: System}\n  condition: s");
    let asks = (SECURITY, "  s: {SubcategoryGuid: '{0CCE9210-69AE-11D9-BED3-505054503030}'}\n  condition: s");
    let excludes =
        (SECURITY, "  s: {SubcategoryGuid: '{0CCE9210-69AE-11D9-BED3-505054503030}'}\n  condition: not s");
    let absent = (ANY, "  s: {EventID: 2004}\n  f: {ApplicationPath: null}\n  condition: s and not f");
    let number = (SECURITY, "  s: {LogonType: '3'}\n  condition: s");
    vec![
        (
            Difference::StartInSecurityLog,
            on(start, "Security", 4688, &[("NewProcessName", "C:\\Windows\\cmd.exe")]),
            finds(true, None),
        ),
        (
            Difference::IntegrityLevel,
            on(level, "Security", 4688, &[("MandatoryLabel", "S-1-16-16384")]),
            finds(true, Some(false)),
        ),
        (
            Difference::Keywords,
            on(keywords, "System", 7045, &[("ServiceName", "a"), ("ImagePath", "C:\\MIMIDRV.sys")]),
            finds(true, Some(true)),
        ),
        (
            Difference::UnnamedValues,
            on(unnamed, "Application", 216, &[("", "lsass"), ("", "C:\\Windows\\NTDS\\ntds.dit")]),
            finds(true, None),
        ),
        // Zircolite finds less where a rule asks for a GUID, and more where a rule excludes one.
        (Difference::GuidBraces, on(asks, "Security", 4719, guid), finds(true, Some(true))),
        (Difference::GuidBraces, on(excludes, "Security", 4719, guid), finds(false, Some(false))),
        (
            Difference::EmptyIsAbsent,
            on(absent, "Any", 2004, &[("ApplicationPath", "")]),
            finds(true, Some(true)),
        ),
        (
            Difference::NumberIsNoText,
            on(number, "Security", 4624, &[("LogonType", "3")]),
            finds(true, Some(true)),
        ),
    ]
}

fn of_rsigma() -> Vec<(Difference, Example, Finds)> {
    let inner = (SECURITY, "  s: {AccessMask|endswith: '1?'}\n  condition: s");
    let line = (SECURITY, "  s: {AccessList: 'a*b'}\n  condition: s");
    let slash = (SECURITY, "  s: {CommandLine|windash|contains: ' /c'}\n  condition: s");
    vec![
        (
            Difference::InnerWildcard,
            on(inner, "Security", 4662, &[("AccessMask", "0x10")]),
            finds(true, Some(false)),
        ),
        (
            Difference::LineEnd,
            on(line, "Security", 4662, &[("AccessList", "a\nb")]),
            finds(true, Some(false)),
        ),
        (
            Difference::SlashBeforeWord,
            on(slash, "Security", 4688, &[("CommandLine", "cmd -c dir")]),
            finds(true, Some(false)),
        ),
    ]
}

fn of_log_sources() -> Vec<(Difference, Example, Finds)> {
    let dns = ("{product: windows, service: dns-server}", "  s: {EventID: 770}\n  condition: s");
    let deleted = ("{product: windows, category: registry_delete}", "  s: {TargetObject: a}\n  condition: s");
    vec![
        (Difference::DnsServer, on(dns, "DNS Server", 770, &[]), finds(true, None)),
        (
            Difference::DeletedKeys,
            on(deleted, SYSMON, 12, &[("EventType", "CreateKey"), ("TargetObject", "a")]),
            finds(false, None),
        ),
        (
            Difference::DeletedKeys,
            on(deleted, SYSMON, 12, &[("EventType", "DeleteKey"), ("TargetObject", "a")]),
            finds(true, None),
        ),
    ]
}

/// These are no matter of semantics: an engine that has the record and the rule finds the record.
fn of_what_was_read() -> Vec<(Difference, Example, Finds)> {
    let computer = (SECURITY, "  s: {EventID: [4741, 4743]}\n  condition: s");
    let user = (SECURITY, "  s: {EventID: 4720}\n  condition: s");
    let pipe =
        ("{product: windows, category: pipe_created}", "  s: {PipeName: '\\PSEXESVC'}\n  condition: s");
    vec![
        (Difference::Recovered, on(computer, "Security", 4741, &[]), finds(true, Some(true))),
        (Difference::Unread, on(user, "Security", 4720, &[]), finds(true, Some(true))),
        (
            Difference::RuleNotGiven,
            on(pipe, SYSMON, 17, &[("PipeName", "\\PSEXESVC")]),
            finds(true, Some(true)),
        ),
    ]
}
