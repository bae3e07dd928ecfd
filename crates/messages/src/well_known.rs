//! Accounts and groups that each Windows has, known by their security identifiers.

use std::borrow::Cow;

/// How the security identifiers of the accounts of a domain or of a computer begin, which no other
/// domain or computer has.
pub(crate) const DOMAIN_ACCOUNT: &str = "S-1-5-21-";
/// How the identifiers of the local groups begin that each Windows has.
const GROUP: &str = "S-1-5-32-";
/// Accounts that have the same security identifier on all computers.
const WELL_KNOWN: [(&str, &str); 26] = [
    ("S-1-1-0", "Everyone"),
    ("S-1-5-7", "ANONYMOUS LOGON"),
    ("S-1-5-11", "Authenticated Users"),
    ("S-1-5-18", "SYSTEM"),
    ("S-1-5-19", "LOCAL SERVICE"),
    ("S-1-5-20", "NETWORK SERVICE"),
    ("S-1-5-32-544", "Administrators"),
    ("S-1-5-32-545", "Users"),
    ("S-1-5-32-546", "Guests"),
    ("S-1-5-32-547", "Power Users"),
    ("S-1-5-32-548", "Account Operators"),
    ("S-1-5-32-549", "Server Operators"),
    ("S-1-5-32-550", "Print Operators"),
    ("S-1-5-32-551", "Backup Operators"),
    ("S-1-5-32-552", "Replicator"),
    ("S-1-5-32-554", "Pre-Windows 2000 Compatible Access"),
    ("S-1-5-32-555", "Remote Desktop Users"),
    ("S-1-5-32-556", "Network Configuration Operators"),
    ("S-1-5-32-558", "Performance Monitor Users"),
    ("S-1-5-32-559", "Performance Log Users"),
    ("S-1-5-32-562", "Distributed COM Users"),
    ("S-1-5-32-568", "IIS_IUSRS"),
    ("S-1-5-32-569", "Cryptographic Operators"),
    ("S-1-5-32-573", "Event Log Readers"),
    ("S-1-5-32-578", "Hyper-V Administrators"),
    ("S-1-5-32-580", "Remote Management Users"),
];
/// What the last number of the identifier of an account of a domain or computer means.
const BUILT_IN: [(&str, &str); 9] = [
    ("500", "built-in Administrator"),
    ("501", "built-in Guest"),
    ("502", "krbtgt of the domain"),
    ("512", "group Domain Admins"),
    // A computer without a domain has it, too.
    ("513", "group Domain Users or None"),
    ("515", "group Domain Computers"),
    ("516", "group Domain Controllers"),
    ("518", "group Schema Admins"),
    ("519", "group Enterprise Admins"),
];

/// Returns the name of an account whose security identifier says who it is.
pub(crate) fn well_known(sid: Cow<'_, str>) -> Cow<'_, str> {
    if let Some((_, name)) = WELL_KNOWN.iter().find(|(known, _)| *known == sid) {
        return Cow::Borrowed(*name);
    }
    sid
}

/// Returns the name of an account that is always there: `SYSTEM`, or what the last number of the
/// security identifier says, such as `built-in Administrator`.
#[must_use]
pub fn built_in_account(sid: &str) -> Option<&'static str> {
    if let Some((_, name)) = WELL_KNOWN.iter().find(|(known, _)| *known == sid) {
        return Some(name);
    }
    let number = sid.strip_prefix(DOMAIN_ACCOUNT)?.rsplit_once('-')?.1;
    BUILT_IN.iter().find_map(|(known, name)| (*known == number).then_some(*name))
}

/// Returns whether a security identifier is that of an account of one domain, computer, service or
/// the like, and not one that each Windows has: such as `S-1-5-21-…`, or `S-1-5-111-…` of a virtual
/// account.
#[must_use]
pub fn is_of_one(sid: &str) -> bool {
    sid.starts_with("S-1-5-") && sid.matches('-').count() > 4
}

/// Returns whether a security identifier is that of a local group that each Windows has.
pub(crate) fn is_built_in_group(sid: &str) -> bool {
    sid.starts_with(GROUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_not_all_computers_have() {
        for (sid, is_one) in [
            ("S-1-5-21-1-2-3-1000", true),
            ("S-1-5-111-3847866527-469524349-687026318-516638107-1125189541-5848", true),
            ("S-1-5-18", false),
            ("S-1-5-32-544", false),
            ("S-1-1-0", false),
            ("eve", false),
        ] {
            assert_eq!(is_of_one(sid), is_one, "{sid}");
        }
    }

    #[test]
    fn identifiers_that_say_who_it_is() {
        for (sid, name) in [
            ("S-1-5-21-1-2-3-500", Some("built-in Administrator")),
            ("S-1-5-21-1-2-3-501", Some("built-in Guest")),
            ("S-1-5-21-1-2-3-512", Some("group Domain Admins")),
            ("S-1-5-21-1-2-3-1500", None),
            ("S-1-5-500", None),
            ("S-1-5-18", Some("SYSTEM")),
            ("S-1-5-32-556", Some("Network Configuration Operators")),
            ("S-1-5-180", None),
        ] {
            assert_eq!(built_in_account(sid), name, "{sid}");
        }
        assert_eq!(well_known("S-1-5-7".into()), "ANONYMOUS LOGON");
        assert_eq!(well_known("S-1-5-21-1-2-3-500".into()), "S-1-5-21-1-2-3-500");
    }
}
