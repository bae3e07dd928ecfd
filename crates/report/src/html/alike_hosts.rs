//! Names of hosts that can be one computer: logs have the name alone or with its domain, and in
//! small or in capital letters.

use std::collections::BTreeMap;

/// The most groups of names that are said.
const MOST: usize = 10;

/// Says which of these names differ only in their domains or in capital letters.
pub(super) fn alike_hosts<'n>(names: impl Iterator<Item = &'n str>) -> Option<String> {
    let mut by_start: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names {
        // Dots of an address divide no domains.
        if name.parse::<std::net::IpAddr>().is_err() {
            let start = name.split('.').next().unwrap_or(name).to_lowercase();
            by_start.entry(start).or_default().push(name);
        }
    }
    let groups: Vec<_> = by_start.into_values().filter(|names| can_be_one(names)).collect();
    let said: Vec<_> = groups.iter().take(MOST).map(|names| names.join(" and ")).collect();
    let rest = if groups.len() > MOST { "; and others" } else { "" };
    (!said.is_empty()).then(|| format!("Names that can be one computer: {}{rest}.", said.join("; ")))
}

/// Returns whether one of the names has no domain, or all have the same one. Computers of two
/// domains are two computers.
fn can_be_one(names: &[&str]) -> bool {
    let domains = names.iter().filter_map(|name| Some(name.split_once('.')?.1.to_lowercase()));
    let mut domains: Vec<_> = domains.collect();
    domains.sort();
    domains.dedup();
    names.len() > 1 && domains.len() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_can_be_one_computer() {
        let said = |names: &[&str]| alike_hosts(names.iter().copied());
        assert_eq!(
            said(&["PC1", "srv.a.example", "pc1.a.example", "pc2"]).unwrap(),
            "Names that can be one computer: PC1 and pc1.a.example."
        );
        assert_eq!(
            said(&["DC.a", "b", "dc.A", "B.x"]).unwrap(),
            "Names that can be one computer: b and B.x; DC.a and dc.A."
        );
        assert_eq!(said(&["dc.a", "dc.b"]), None);
        assert_eq!(said(&["dc", "dc.a", "dc.b"]), None);
        assert_eq!(said(&["192.0.2.1", "192.0.2.2", "192"]), None);
        let many: Vec<_> = (0..12).flat_map(|number| [format!("h{number}"), format!("H{number}")]).collect();
        let said = alike_hosts(many.iter().map(String::as_str)).unwrap();
        assert!(said.ends_with("; and others.") && said.matches(" and ").count() == MOST + 1, "{said}");
    }
}
