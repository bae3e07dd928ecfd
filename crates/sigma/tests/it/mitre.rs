//! The collection EVTX-to-MITRE-Attack: we find what two independent engines find, except for
//! differences of known kinds. `differences.rs` shows each kind by an example.

use std::collections::{BTreeMap, BTreeSet};

use sigma::Collection;
use testing::places;

use crate::differences::Difference;
use crate::found::{Found, Match, find, golden, live_rules, names_of_main_rules, names_of_rules_with};

#[test]
fn two_other_engines_find_the_same_except_for_known_differences() {
    let (Some(mut rules), Some(store)) = (live_rules(), places::shared_store("evtx-mitre")) else { return };
    let found = find(&mut rules, &store);
    let (rsigma, zircolite) = (golden("evtx-mitre.rsigma-0.23.0"), golden("evtx-mitre.zircolite-3.7.0"));
    let explain = Explain {
        found: &found,
        files: files(&rules),
        main: names_of_main_rules(),
        with_level: names_of_rules_with("IntegrityLevel:"),
    };

    // What the others find and we do not.
    assert_eq!(count(rsigma.difference(&found.matches), |found| explain.we_miss(found)), []);
    assert_eq!(
        count(zircolite.difference(&found.matches), |found| explain.we_miss(found)),
        [(Difference::GuidBraces, 13), (Difference::Unread, 10)]
    );

    // What we find and the others do not.
    assert_eq!(
        count(found.matches.difference(&rsigma), |found| explain.rsigma_misses(found)),
        [(Difference::IntegrityLevel, 74), (Difference::InnerWildcard, 8), (Difference::DnsServer, 7)]
    );
    assert_eq!(
        count(found.matches.difference(&zircolite), |found| explain.zircolite_misses(found)),
        [
            (Difference::StartInSecurityLog, 664),
            (Difference::Keywords, 33),
            (Difference::UnnamedValues, 14),
            (Difference::GuidBraces, 13),
            (Difference::EmptyIsAbsent, 1),
            (Difference::Recovered, 19),
            (Difference::RuleNotGiven, 193)
        ]
    );
    // Zircolite agrees about what else rsigma misses.
    let is_of_level = |found: &Match| explain.rsigma_misses(found) == Some(Difference::IntegrityLevel);
    assert!(found.matches.difference(&rsigma).all(|found| zircolite.contains(found) || is_of_level(found)));
    // It was not given the rules of the other folders.
    assert!(zircolite.iter().all(|(rule, ..)| explain.main.contains(explain.file(rule))));
}

/// Returns how many matches differ for each reason.
fn count<'m>(
    matches: impl Iterator<Item = &'m Match>,
    why: impl Fn(&Match) -> Option<Difference>,
) -> Vec<(Difference, usize)> {
    let mut counts = BTreeMap::new();
    for found in matches {
        let why = why(found).unwrap_or_else(|| panic!("unexplained: {found:?}"));
        *counts.entry(why).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// Returns the names of the rules' files, by identifier.
fn files(rules: &Collection) -> BTreeMap<String, String> {
    let rules = rules.used.iter();
    rules.map(|rule| (rule.metadata.id.clone().unwrap(), rule.metadata.file.clone())).collect()
}

/// Explains why engines find different records.
struct Explain<'f> {
    found: &'f Found,
    files: BTreeMap<String, String>,
    /// The files with the rules of the folder `rules`.
    main: BTreeSet<String>,
    /// The files with rules that ask for the level of integrity.
    with_level: BTreeSet<String>,
}

impl Explain<'_> {
    fn file(&self, rule: &str) -> &str {
        self.files.get(rule).map_or("?", String::as_str)
    }

    fn name(&self, rule: &str) -> &str {
        self.file(rule).rsplit('/').next().unwrap_or_default()
    }

    fn we_miss(&self, (rule, log, number): &Match) -> Option<Difference> {
        if !self.found.records.contains_key(&(log.clone(), number.clone())) {
            return Some(Difference::Unread);
        }
        // The rule excludes a GUID.
        (self.name(rule) == "win_security_disable_event_auditing.yml").then_some(Difference::GuidBraces)
    }

    fn rsigma_misses(&self, (rule, log, number): &Match) -> Option<Difference> {
        let record = &self.found.records[&(log.clone(), number.clone())];
        if record.event_id == 4688 && self.with_level.contains(self.file(rule)) {
            return Some(Difference::IntegrityLevel);
        }
        match self.name(rule) {
            "win_security_ad_user_enumeration.yml" | "win_security_alert_enable_weak_encryption.yml" => {
                Some(Difference::InnerWildcard)
            }
            "win_dns_server_susp_server_level_plugin_dll.yml"
            | "win_dns_server_failed_dns_zone_transfer.yml" => Some(Difference::DnsServer),
            _ => None,
        }
    }

    fn zircolite_misses(&self, (rule, log, number): &Match) -> Option<Difference> {
        let record = &self.found.records[&(log.clone(), number.clone())];
        if !self.main.contains(self.file(rule)) {
            return Some(Difference::RuleNotGiven);
        }
        if self.file(rule).contains("/process_creation/") && record.event_id == 4688 {
            return Some(Difference::StartInSecurityLog);
        }
        if !record.is_in_log {
            return Some(Difference::Recovered);
        }
        match self.name(rule) {
            "win_alert_mimikatz_keywords.yml"
            | "win_exchange_transportagent.yml"
            | "win_exploit_cve_2021_1675_printspooler.yml" => Some(Difference::Keywords),
            "win_esent_ntdsutil_abuse.yml"
            | "win_exchange_transportagent_failed.yml"
            | "win_mssql_add_sysadmin_account.yml"
            | "win_mssql_disable_audit_settings.yml"
            | "win_mssql_xp_cmdshell_change.yml" => Some(Difference::UnnamedValues),
            "win_security_disable_event_auditing_critical.yml" => Some(Difference::GuidBraces),
            "win_firewall_as_add_rule.yml" => Some(Difference::EmptyIsAbsent),
            _ => None,
        }
    }
}
