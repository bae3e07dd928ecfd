//! Names of Windows accounts: which name an account has of which some events have only the security
//! identifier, and which names mean the same account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use messages::{
    Attributes, UserLikeComputer, built_in_account, name_of_unix_user, named_accounts, user_like_computer,
};

use crate::table::short;

/// How the security identifier of an account begins.
const ACCOUNT: &str = "S-1-5-";
/// How it begins if the account is one of a domain or computer.
const OF_DOMAIN: &str = "S-1-5-21-";
/// Names that services of Windows give to the accounts that all computers have.
const OF_SERVICES: [(&str, &str); 7] = [
    ("LocalSystem", "SYSTEM"),
    ("NT AUTHORITY\\LOCAL SERVICE", "LOCAL SERVICE"),
    ("NT AUTHORITY\\LocalService", "LOCAL SERVICE"),
    ("NT AUTHORITY\\NETWORK SERVICE", "NETWORK SERVICE"),
    ("NT AUTHORITY\\NetworkService", "NETWORK SERVICE"),
    ("NT AUTHORITY\\SYSTEM", "SYSTEM"),
    ("NT AUTHORITY\\ANONYMOUS LOGON", "ANONYMOUS LOGON"),
];
/// The maximum number of accounts, and of names of domains.
const MAXIMUM: usize = 20_000;

/// What events say of accounts and domains.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    /// Names by security identifier, as the first event says that has both.
    names: BTreeMap<String, String>,
    /// Names of domains, each with the identifier of the domain.
    domains: BTreeSet<(String, String)>,
    /// Names, in lower case, and identifiers of accounts of users whose names end in `$`.
    users: BTreeSet<String>,
    /// The domains that have a short name, once this was asked.
    with_short_name: OnceLock<BTreeSet<String>>,
}

impl Accounts {
    /// Adds the accounts that an event names.
    pub(super) fn add_named(&mut self, attributes: &Attributes<'_>) {
        for (sid, name) in named_accounts(attributes) {
            self.add_one(short(&sid), short(&name));
        }
        if let Some(UserLikeComputer { name, sid }) = user_like_computer(attributes)
            && self.users.len() < MAXIMUM
        {
            self.users.extend(sid.as_deref().map(short));
            self.users.insert(short(&name).to_lowercase());
        }
    }

    /// Adds what later events say.
    pub(super) fn add(&mut self, later: Self) {
        for (sid, name) in later.names {
            self.add_one(sid, name);
        }
        self.with_short_name = OnceLock::new();
        let room = MAXIMUM.saturating_sub(self.domains.len());
        self.domains.extend(later.domains.into_iter().take(room));
        let room = MAXIMUM.saturating_sub(self.users.len());
        self.users.extend(later.users.into_iter().take(room));
    }

    fn add_one(&mut self, sid: String, name: String) {
        if let (Some((of_domain, _)), Some((domain, _))) = (sid.rsplit_once('-'), parts(&name))
            && self.domains.len() < MAXIMUM
        {
            self.domains.insert((domain.to_lowercase(), of_domain.to_owned()));
            self.with_short_name = OnceLock::new();
        }
        if self.names.len() < MAXIMUM {
            self.names.entry(sid).or_insert(name);
        }
    }

    /// Returns whether other events show that it is an account of a user, although its name ends in
    /// `$`. An identifier can stand behind the name, as `name (identifier)`.
    pub(super) fn is_user(&self, account: &str) -> bool {
        let (name, sid) = account.split_once(" (").unwrap_or((account, ""));
        self.users.contains(&name.to_lowercase()) || self.users.contains(sid.trim_end_matches(')'))
    }

    /// Adds names to the identifiers in a text that stand alone, as `name (identifier)`.
    pub(super) fn name(&self, text: &mut String) {
        let mut named = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(ACCOUNT) {
            let (before, from_sid) = rest.split_at(at);
            let end = from_sid.find(|c: char| !(c.is_ascii_digit() || c == '-' || c == 'S'));
            let (sid, after) = from_sid.split_at(end.unwrap_or(from_sid.len()));
            named.push_str(before);
            let name = || self.names.get(sid).map(String::as_str).or_else(|| built_in_account(sid));
            let stands_alone = !before.ends_with('(');
            match stands_alone.then(name).flatten() {
                Some(name) => named += &format!("{name} ({sid})"),
                None => named.push_str(sid),
            }
            rest = after;
        }
        named.push_str(rest);
        *text = named;
    }

    /// Returns the name under which an account is counted, if that is not its name already:
    /// `CORP\eve` for its security identifier, for `eve@CORP`, and for `eve@CORP.LAN` if events
    /// show that `CORP` and `CORP.LAN` are the same domain.
    pub(super) fn one_name(&self, name: &str) -> Option<String> {
        if let Some(name) = name_of_unix_user(name) {
            return Some(name.to_owned());
        }
        let service = OF_SERVICES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, one)) = service {
            return Some((*one).to_owned());
        }
        let known = self.names.get(name).map_or(name, String::as_str);
        if let Some(built_in) = built_in_account(known) {
            // All computers have this account, or only one domain or computer.
            let is_of_all = !known.starts_with(OF_DOMAIN);
            return Some(if is_of_all { built_in.to_owned() } else { format!("{built_in} ({known})") });
        }
        let (domain, account) = parts(known)?;
        // `eve@example.com` may also be an address of mail.
        if known.contains('@') && !self.has_identifier(domain) {
            return None;
        }
        let short_domain = domain.split_once('.').map(|(first, _)| first);
        let short_domain = short_domain.filter(|_| self.has_short_name(domain));
        let one = format!("{}\\{account}", short_domain.unwrap_or(domain));
        (one != name).then_some(one)
    }

    /// Returns whether events name an account of the domain with its identifier.
    fn has_identifier(&self, domain: &str) -> bool {
        let domain = domain.to_lowercase();
        let mut from = self.domains.range((domain.clone(), String::new())..);
        from.next().is_some_and(|(known, _)| *known == domain)
    }

    /// Returns whether the part of the domain before its first dot is its short name.
    fn has_short_name(&self, domain: &str) -> bool {
        // A domain can have thousands of identifiers, and each of its accounts asks.
        let known = self.with_short_name.get_or_init(|| with_short_name(&self.domains));
        known.contains(&domain.to_lowercase())
    }
}

/// Returns the domains such as `corp.lan` of which an account has an identifier of the same domain
/// as one of `corp`.
fn with_short_name(domains: &BTreeSet<(String, String)>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut short = (String::new(), String::new());
    for (domain, identifier) in domains {
        let Some((first, _)) = domain.split_once('.') else { continue };
        if !found.contains(domain) {
            first.clone_into(&mut short.0);
            identifier.clone_into(&mut short.1);
            if domains.contains(&short) {
                found.insert(domain.clone());
            }
        }
    }
    found
}

/// Returns the domain and the account of `CORP\eve` or `eve@CORP`.
fn parts(name: &str) -> Option<(&str, &str)> {
    let parts =
        name.split_once('\\').or_else(|| name.split_once('@').map(|(account, domain)| (domain, account)));
    parts.filter(|(domain, account)| !domain.is_empty() && !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[(&str, &str)]) -> Accounts {
        let mut accounts = Accounts::default();
        names.iter().for_each(|(sid, name)| accounts.add_one((*sid).to_owned(), (*name).to_owned()));
        accounts
    }

    #[test]
    fn the_first_name_counts() {
        let mut accounts = of(&[("S-1-5-21-1", "CORP\\eve")]);
        accounts.add(of(&[("S-1-5-21-1", "OTHER\\eve")]));
        let mut user = "S-1-5-21-1".to_owned();
        accounts.name(&mut user);
        assert_eq!(user, "CORP\\eve (S-1-5-21-1)");
        accounts.name(&mut user);
        assert_eq!(user, "CORP\\eve (S-1-5-21-1)");
        let mut message = "é S-1-5-21-1, S-1-5-21-1-7 and S-1-5-21-S-1-5-21-1".to_owned();
        accounts.name(&mut message);
        assert_eq!(message, "é CORP\\eve (S-1-5-21-1), S-1-5-21-1-7 and S-1-5-21-S-1-5-21-1");
    }

    #[test]
    fn an_account_that_is_always_there_has_a_name() {
        let mut user = "S-1-5-21-1-2-3-500".to_owned();
        Accounts::default().name(&mut user);
        assert_eq!(user, "built-in Administrator (S-1-5-21-1-2-3-500)");
        let mut message = "runs as S-1-5-18, S-1-5-180 and SYSTEM (S-1-5-18)".to_owned();
        Accounts::default().name(&mut message);
        assert_eq!(message, "runs as SYSTEM (S-1-5-18), S-1-5-180 and SYSTEM (S-1-5-18)");
        let mut user = "S-1-5-21-1-2-3-500".to_owned();
        of(&[("S-1-5-21-1-2-3-500", "CORP\\root")]).name(&mut user);
        assert_eq!(user, "CORP\\root (S-1-5-21-1-2-3-500)");
    }

    #[test]
    fn an_account_of_a_user_is_known_by_its_name_and_its_identifier() {
        let mut accounts = Accounts::default();
        let users = BTreeSet::from(["corp\\svc$".to_owned(), "S-1-5-21-7".to_owned()]);
        accounts.add(Accounts { users, ..Accounts::default() });
        for (account, is_user) in [
            ("CORP\\SVC$", true),
            ("svc$ (S-1-5-21-7)", true),
            ("CORP\\svc", false),
            ("CORP\\PC$ (S-1-5-21-8)", false),
        ] {
            assert_eq!(accounts.is_user(account), is_user, "{account}");
        }
    }

    #[test]
    fn an_account_has_one_name() {
        let accounts = of(&[
            ("S-1-5-21-1-2-3-1111", "CORP\\eve"),
            ("S-1-5-21-1-2-3-1112", "CORP.LAN\\bob"),
            ("S-1-5-21-7-7-7-1000", "OTHER.LAN\\eve"),
        ]);
        for (name, one) in [
            ("S-1-5-21-1-2-3-1111", Some("CORP\\eve")),
            ("eve@CORP.LAN", Some("CORP\\eve")),
            ("eve@corp.lan", Some("corp\\eve")),
            ("CORP\\eve", None),
            // Nothing shows that these are the same domains.
            ("eve@OTHER.LAN", Some("OTHER.LAN\\eve")),
            ("OTHER\\eve", None),
            ("eve@example.com", None),
            ("eve", None),
            ("S-1-5-21-9-9-9-1000", None),
            ("S-1-5-18", Some("SYSTEM")),
            ("localsystem", Some("SYSTEM")),
            ("NT AUTHORITY\\SYSTEM", Some("SYSTEM")),
            ("user number 0 (root)", Some("root")),
            ("jxs (user number 1005)", Some("jxs")),
            ("user number 501", None),
            ("S-1-5-21-9-9-9-500", Some("built-in Administrator (S-1-5-21-9-9-9-500)")),
            ("\\eve", None),
        ] {
            assert_eq!(accounts.one_name(name).as_deref(), one, "{name}");
        }
    }

    #[test]
    fn what_is_known_of_domains_changes_with_each_account() {
        let mut accounts = of(&[("S-1-5-21-7-1000", "CORP.LAN\\eve")]);
        assert_eq!(accounts.one_name("eve@CORP.LAN").as_deref(), Some("CORP.LAN\\eve"));
        accounts.add(of(&[("S-1-5-21-7-1001", "CORP\\bob")]));
        assert_eq!(accounts.one_name("eve@CORP.LAN").as_deref(), Some("CORP\\eve"));
    }

    /// A domain can have thousands of identifiers, and each of its names asks.
    #[test]
    fn which_domains_have_a_short_name_is_found_out_once() {
        let mut accounts = Accounts::default();
        for number in 0..MAXIMUM {
            let domain = if number % 2 == 0 { "CORP" } else { "CORP.LAN" };
            let sid = format!("S-1-5-21-{}-{number}-1000", "1".repeat(200));
            accounts.add_one(sid, format!("{domain}\\u{number}"));
        }
        assert!(accounts.with_short_name.get().is_none(), "nobody has asked");
        accounts.one_name("v@CORP.LAN");
        let known = accounts.with_short_name.get().map(std::ptr::from_ref);
        assert!(known.is_some());
        for number in 0..MAXIMUM {
            let one = accounts.one_name(&format!("v{number}@CORP.LAN"));
            assert_eq!(one, Some(format!("CORP.LAN\\v{number}")));
        }
        assert_eq!(accounts.with_short_name.get().map(std::ptr::from_ref), known);
    }
}
