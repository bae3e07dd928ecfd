//! The values of all warninglists, in the order in which they are looked up.

use std::collections::BTreeSet;
use std::net::IpAddr;

use filter::ManyTexts;
use filter::condition::{Patterns, Regex};

use crate::regex::{RegexCheck, regex};
use crate::values::canonical::{self, bits, masked};

/// The number of a list.
type List = u16;

/// How the values of a list are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Cidr,
    Text,
    Host,
    Substring,
    Regex,
}

/// The most bytes of texts that are searched for inside values.
const MAXIMUM_SUBSTRINGS: usize = 4 << 20;

/// The most regular expressions.
const MAXIMUM_REGEXES: usize = 1_000;

/// The shortest text that is searched for inside values, in bytes.
const SHORTEST_SUBSTRING: usize = 2;

/// The values, sorted by [`Table::finish`].
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    networks: Vec<(IpAddr, u8, List)>,
    /// The lengths of prefixes that networks have.
    prefixes: BTreeSet<u8>,
    texts: Vec<(Box<str>, List)>,
    hosts: Vec<(Box<str>, List)>,
    substrings: Vec<(Box<str>, List)>,
    substring_bytes: usize,
    search: Option<ManyTexts>,
    regexes: Vec<(Regex, List)>,
    regex_check: RegexCheck,
    patterns: Option<Patterns>,
}

impl Table {
    /// Adds a value, or says why it cannot be used.
    pub(super) fn add(&mut self, form: Form, value: &str, list: List) -> Result<(), String> {
        if value.is_empty() {
            return Err("it is empty".into());
        }
        match form {
            Form::Cidr => self.add_network(value, list),
            // Some lists of texts have domains with all their subdomains.
            Form::Text if value.starts_with('.') => self.add_host(value, list),
            Form::Host => self.add_host(value, list),
            Form::Text => {
                let address = canonical::address(value).map(|address| address.to_string());
                self.texts.push((address.unwrap_or_else(|| value.to_lowercase()).into(), list));
                Ok(())
            }
            Form::Substring => self.add_substring(value, list),
            Form::Regex => self.add_regex(value, list),
        }
    }

    fn add_network(&mut self, value: &str, list: List) -> Result<(), String> {
        let address = || canonical::address(value).map(|address| (address, bits(address)));
        let Some((address, prefix)) = canonical::network(value).or_else(address) else {
            return Err("it is neither an address nor a network".into());
        };
        self.prefixes.insert(prefix);
        self.networks.push((address, prefix, list));
        Ok(())
    }

    fn add_host(&mut self, value: &str, list: List) -> Result<(), String> {
        let name = value.trim_start_matches("*.").trim_start_matches('.');
        let Some(name) = canonical::domain(name) else {
            return Err("it is no name of a host".into());
        };
        self.hosts.push((name.into(), list));
        Ok(())
    }

    fn add_substring(&mut self, value: &str, list: List) -> Result<(), String> {
        self.substring_bytes += value.len();
        if value.len() < SHORTEST_SUBSTRING || self.substring_bytes > MAXIMUM_SUBSTRINGS {
            return Err(
                "the texts that are looked for inside values are too short, or too long together".into()
            );
        }
        self.substrings.push((value.to_lowercase().into(), list));
        Ok(())
    }

    /// Expressions are written as in PHP, between two slashes: `/^a$/i`.
    fn add_regex(&mut self, value: &str, list: List) -> Result<(), String> {
        let inner = value.strip_prefix('/').and_then(|value| value.rsplit_once('/'));
        let (pattern, flags) = inner.unwrap_or((value, ""));
        if self.regexes.len() == MAXIMUM_REGEXES {
            return Err(format!("there are more than {MAXIMUM_REGEXES} expressions"));
        }
        self.regex_check.check(pattern)?;
        self.regexes.push((Regex { ignore_case: flags.contains('i'), ..regex(pattern) }, list));
        Ok(())
    }

    /// Prepares the table for looking up. Fails with a list whose values cannot be used.
    pub(super) fn finish(&mut self) -> Result<(), (List, String)> {
        self.networks.sort_unstable();
        self.networks.dedup();
        for texts in [&mut self.texts, &mut self.hosts] {
            texts.sort_unstable();
            texts.dedup();
        }
        if !self.substrings.is_empty() {
            let texts: Vec<_> = self.substrings.iter().map(|(text, _)| text.as_bytes()).collect();
            let search = ManyTexts::new(&texts);
            self.search = Some(search.map_err(|error| (self.substrings[0].1, error.to_string()))?);
        }
        if !self.regexes.is_empty() {
            let patterns = Patterns::new(self.regexes.iter().map(|(regex, _)| regex));
            let of_list = |number: usize| self.regexes.get(number).map_or(0, |(_, list)| *list);
            self.patterns = Some(patterns.map_err(|error| (of_list(error.number), error.to_string()))?);
        }
        Ok(())
    }

    /// Adds the lists with a network that has all addresses of this one.
    pub(super) fn find_network(&self, address: IpAddr, prefix: u8, found: &mut BTreeSet<List>) {
        for &length in self.prefixes.range(..=prefix) {
            let Some(start) = masked(address, length) else { continue };
            let first = self.networks.partition_point(|(at, bits, _)| (*at, *bits) < (start, length));
            let of_network =
                self.networks[first..].iter().take_while(|(at, bits, _)| (*at, *bits) == (start, length));
            found.extend(of_network.map(|(_, _, list)| *list));
        }
    }

    /// Adds the lists with this text or a part of it, in any case, and those with an expression
    /// that matches it. An expression says itself whether case counts.
    pub(super) fn find_text(&self, text: &str, found: &mut BTreeSet<List>) {
        let lower = text.to_lowercase();
        add_equal(&self.texts, &lower, found);
        if let Some(search) = &self.search {
            let parts = search.find(lower.as_bytes());
            found.extend(parts.map(|(number, _)| self.substrings[number].1));
        }
        if let Some(patterns) = &self.patterns {
            patterns.find(text, |number| {
                found.insert(self.regexes[number].1);
            });
        }
    }

    /// Adds the lists with this host, or with a domain that it belongs to.
    pub(super) fn find_host(&self, host: &str, found: &mut BTreeSet<List>) {
        let mut rest = Some(host);
        while let Some(domain) = rest {
            add_equal(&self.hosts, domain, found);
            rest = domain.split_once('.').map(|(_, parent)| parent);
        }
    }
}

fn add_equal(texts: &[(Box<str>, List)], text: &str, found: &mut BTreeSet<List>) {
    let first = texts.partition_point(|(at, _)| **at < *text);
    found.extend(texts[first..].iter().take_while(|(at, _)| **at == *text).map(|(_, list)| *list));
}
