//! Beginnings, ends, parts and wildcards of registry keys.
//!
//! They are written for keys as events have them, with any name of a hive and any number of a
//! control set, and compared with the one form of a key.

use crate::matching::rests::Rests;
use crate::meaning::registry::{self, Hive, ROOTS, Root};
use crate::model::Comparison;

/// What control sets are called in the form of a key.
const CONTROL_SET: &str = r"system\currentcontrolset";

/// Returns wildcards for the path of a key below its hive, each with the hive that is meant, if it
/// is known.
pub(super) fn of_key(text: &str, comparison: Comparison) -> Vec<(Option<Hive>, String)> {
    let wildcard = whole(text, comparison);
    let mut found = Found::default();
    let [machine, user] = [Hive::Machine, Hive::User].map(|hive| below_names(&wildcard, hive));
    for rest in &machine {
        found.add(Some(Hive::Machine).filter(|_| !user.contains(rest)), rest);
    }
    for rest in user.iter().filter(|rest| !machine.contains(rest)) {
        found.add(Some(Hive::User), rest);
    }
    // `*\x` is also what is below a folder.
    let is_met = |rest: &str| machine.iter().any(|met| met.starts_with('*')) && machine.contains(&rest);
    for root in ROOTS {
        for (below, rest) in below_root(&wildcard, root) {
            if !below.is_empty() && !is_met(rest) {
                found.add(root.hive, &[below, &[rest]].concat().join("\\"));
            }
        }
    }
    let first = wildcard.split('\\').next().unwrap_or_default();
    if found.all.is_empty() || first.contains('*') {
        found.add(None, &wildcard);
    }
    found.all
}

/// Returns the wildcard of a whole key, in lower case.
fn whole(text: &str, comparison: Comparison) -> String {
    let mut plain = registry::plain(text);
    while plain.contains(r"\\") {
        plain = plain.replace(r"\\", r"\");
    }
    let is_edge = matches!(comparison, Comparison::Contains | Comparison::Suffix);
    let start = if is_edge { &plain } else { plain.trim_start_matches('\\') };
    match comparison {
        Comparison::Prefix => format!("{start}*"),
        Comparison::Suffix => format!("*{}", start.trim_end_matches('\\')),
        Comparison::Contains => format!("*{start}*"),
        Comparison::Exact | Comparison::Wildcard | Comparison::Regex => start.trim_end_matches('\\').into(),
    }
}

/// Returns what is left of a wildcard behind the names of a hive and nothing else.
fn below_names(wildcard: &str, hive: Hive) -> Vec<&str> {
    let roots = ROOTS.iter().filter(|root| root.hive == Some(hive));
    let below = roots.flat_map(|root| below_root(wildcard, root));
    let mut rests: Vec<_> =
        below.filter(|(below, rest)| below.is_empty() && !rest.is_empty()).map(|(_, rest)| rest).collect();
    rests.sort_unstable();
    rests.dedup();
    rests
}

/// Returns what is left of a wildcard behind the names of a hive, with what the names stand for.
fn below_root<'w>(wildcard: &'w str, root: &Root) -> Vec<(&'static [&'static str], &'w str)> {
    let mut below = Vec::new();
    for name in root.names {
        let rests = Rests::of(wildcard).behind(name).behind("\\");
        if !root.has_users {
            below.extend(rests.iter().map(|rest| (root.below, rest)));
            continue;
        }
        // `*MACHINE` is no user. Who writes the name of the hive may write any user behind it.
        let is_any = wildcard.starts_with(name);
        let is_of_user = |c: char| c != '\\' && (is_any || "s-.".contains(c) || c.is_ascii_digit());
        let user = rests.behind_any(is_of_user);
        below.extend(user.behind("\\").iter().map(|rest| (root.below, rest)));
        below.extend(user.behind("_classes\\").iter().map(|rest| (registry::CLASSES, rest)));
    }
    below
}

#[derive(Default)]
struct Found {
    all: Vec<(Option<Hive>, String)>,
}

impl Found {
    /// Adds a wildcard for a path, and those for the one name of control sets.
    fn add(&mut self, hive: Option<Hive>, wildcard: &str) {
        self.add_one(hive, wildcard.to_owned());
        if hive == Some(Hive::User) {
            return;
        }
        let whole = Rests::of(wildcard);
        let is_digit = |c: char| c.is_ascii_digit();
        let numbered = |name| (0..3).fold(whole.behind(name), |rests, _| rests.behind_one(is_digit));
        let mut rests: Vec<_> = numbered(r"system\controlset").iter().collect();
        // Without a hive, the key may begin with the control set.
        if hive.is_none() {
            rests.extend(numbered("controlset").iter());
            rests.extend(whole.behind("currentcontrolset").iter());
        }
        let is_end = |rest: &&str| rest.is_empty() || rest.starts_with(['\\', '*']) && *rest != wildcard;
        for rest in rests.into_iter().filter(is_end) {
            self.add_one(hive, format!("{CONTROL_SET}{rest}"));
        }
    }

    fn add_one(&mut self, hive: Option<Hive>, wildcard: String) {
        let new = (hive, wildcard);
        if !self.all.contains(&new) {
            self.all.push(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tests::{event_data, found, list};
    use crate::matching::{Matcher, Options};
    use crate::model::{Kind, Value};

    #[test]
    fn names_of_hives_are_understood_in_wildcards() {
        let service = r"HKEY_LOCAL_MACHINE\System\ControlSet001\Services\Evil";
        let (machine, user) = (r"HKEY_LOCAL_MACHINE\Software\Evil", r"HKEY_CURRENT_USER\Software\Evil");
        let class = r"HKEY_LOCAL_MACHINE\Software\Classes\Evil\Shell";
        use Comparison::{Contains, Prefix, Suffix, Wildcard};
        for (indicator, comparison, met) in [
            ("HKEY?CURRENT?USER\\Software\\*", Wildcard, &[user][..]),
            ("HKEY_LOCAL_MACHINE\\Software\\Ev*", Wildcard, &[machine]),
            ("HKLM:\\Software\\Ev*", Wildcard, &[machine]),
            ("HKLM:Software\\Ev*", Wildcard, &[machine]),
            ("HKEY_*\\Software\\Evil", Wildcard, &[machine, user]),
            ("HK*\\Software\\Evil", Wildcard, &[machine, user]),
            ("HKEY_LOCAL*\\Evil", Wildcard, &[service, machine]),
            ("*LOCAL_MACHINE\\Software\\Evil", Wildcard, &[machine]),
            ("*MACHINE\\Software\\Evil", Wildcard, &[machine]),
            ("HKU\\bob\\Software\\E*", Wildcard, &[user]),
            ("HKLM*Evil", Wildcard, &[service, machine]),
            ("*HKLM*Evil", Wildcard, &[service, machine]),
            ("*\\Software\\Evil", Wildcard, &[machine, user]),
            ("*Software\\Evil", Wildcard, &[machine, user]),
            ("*\\Evil", Wildcard, &[service, machine, user]),
            ("HKU\\*\\Software\\Evil", Wildcard, &[user]),
            ("HKU\\S-1-5-*\\Software\\Evil", Wildcard, &[user]),
            ("HKEY_USERS\\*_Classes\\Evil\\*", Wildcard, &[]),
            ("\\REGISTRY\\MACHINE\\Software\\E*", Wildcard, &[machine]),
            ("HKCR\\Evil\\*", Wildcard, &[class]),
            ("HK??\\Evil\\Shell", Wildcard, &[class]),
            ("*\\Evil\\Shell", Wildcard, &[class]),
            ("Software\\Ev*", Wildcard, &[machine, user]),
            ("Ev*", Wildcard, &[]),
            ("HKLM\\SYSTEM\\ControlSet00?\\Services\\Evil", Wildcard, &[service]),
            ("HKLM\\SYSTEM\\ControlSet???\\Services\\Evil", Wildcard, &[service]),
            ("HKLM\\SYSTEM\\ControlSet002\\Services\\Ev*", Wildcard, &[service]),
            ("HKLM\\SYSTEM\\ControlSet*\\Services\\Evil", Wildcard, &[service]),
            ("HKLM\\SYSTEM\\ControlSet*", Wildcard, &[service]),
            ("HKLM\\SYSTEM\\*\\Services\\Evil", Wildcard, &[service]),
            ("HKLM\\SYSTEM\\*ControlSet*\\Services\\Evil", Wildcard, &[service]),
            ("*\\System\\CurrentControlSet\\Services\\Evil", Wildcard, &[service]),
            ("*\\System\\ControlSet001\\Services\\Evil", Wildcard, &[service]),
            ("ControlSet00?\\Services\\Evil", Wildcard, &[service]),
            ("HKCU\\SYSTEM\\ControlSet*", Wildcard, &[]),
            ("HKLM\\SYSTEM\\ControlSet0?\\Services\\Evil", Wildcard, &[]),
            ("ControlSet002\\Services", Contains, &[service]),
            ("CurrentControlSet\\Services\\", Contains, &[service]),
            ("\\Services\\Evil", Suffix, &[service]),
            ("ControlSet001\\Services\\Evil", Suffix, &[service]),
            ("HKLM\\Software\\Ev", Contains, &[machine]),
            ("HKEY_LOCAL_MACHINE\\", Prefix, &[service, machine, class]),
            ("HKEY_LOCAL_MACHINE\\Software\\Evil\\", Prefix, &[]),
            ("CurrentControlSet\\Ser", Prefix, &[service]),
            ("oftware\\Evil", Prefix, &[]),
        ] {
            let indicators = list(&[(Kind::RegistryKey, comparison, Value::Text(indicator))]);
            let mut matcher = Matcher::new(indicators, Options::default()).unwrap();
            let keys = [service, machine, user, class];
            let mut is_met = |key: &&str| !found(&mut matcher, &event_data("key_path", key)).is_empty();
            let found: Vec<_> = keys.into_iter().filter(|key| is_met(key)).collect();
            assert_eq!(found, met, "{comparison:?} {indicator}");
        }
    }

    #[test]
    fn most_wildcards_have_one_form() {
        for (indicator, expected) in [
            (r"HKLM\Software\*", &[(Some(Hive::Machine), r"software\*")][..]),
            (r"HKEY?LOCAL?MACHINE\Software\*", &[(Some(Hive::Machine), r"software\*")]),
            (r"Software\*", &[(None, r"software\*")]),
            (r"*\Evil", &[(None, r"*\evil"), (None, "evil")]),
        ] {
            let found = of_key(indicator, Comparison::Wildcard);
            let found: Vec<_> = found.iter().map(|(hive, wildcard)| (*hive, wildcard.as_str())).collect();
            assert_eq!(found, expected, "{indicator}");
        }
    }
}
