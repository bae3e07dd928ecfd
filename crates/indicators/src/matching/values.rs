//! The look-up tables of values that need no more than a look-up. A list may have a million of
//! them, so a run keeps these tables for its workers.

use std::io;
use std::net::IpAddr;

use crate::compiled::{Reader, Unloaded, Writer};
use crate::matching::form::form;
use crate::matching::table::{KeyTable, Table};
use crate::meaning::text::Account;
use crate::meaning::{address, host};
use crate::model::{Comparison, Indicator, IndicatorId, Indicators, Kind, Value};
use crate::values::canonical::bits;

/// The number of kinds.
pub(super) const KINDS: usize = Kind::ALL.len();

/// The look-up tables of hashes, addresses, hosts and texts.
#[derive(Debug, Default)]
pub(super) struct ValueTables {
    /// Hashes, whose bytes are in [`Indicators`].
    pub(super) hashes: Table,
    /// Networks and addresses, by [`address::masked`], and the prefixes that there are.
    pub(super) networks: KeyTable,
    pub(super) prefixes: [Vec<u8>; 2],
    pub(super) hosts: KeyTable,
    /// All other values, by kind.
    pub(super) texts: [KeyTable; KINDS],
}

/// Returns whether the tables have indicators of this kind that are compared so.
pub(super) fn are_tabled(kind: Kind, comparison: Comparison) -> bool {
    comparison == Comparison::Exact && !matches!(kind, Kind::FilePath | Kind::RegistryKey | Kind::Keyword)
}

impl ValueTables {
    pub(super) fn new(indicators: &Indicators) -> Self {
        let mut tables = Self::default();
        let hashes = indicators.lists().iter().flat_map(|list| &list.kinds);
        let hashes = hashes.filter(|(kind, _)| kind.is_hash()).map(|(_, count)| *count as usize);
        tables.hashes.reserve(hashes.sum());
        for indicator in indicators.iter_of(are_tabled) {
            tables.add(indicators, &indicator);
        }
        tables
    }

    fn add(&mut self, indicators: &Indicators, indicator: &Indicator<'_>) {
        let id = indicator.id;
        let is_again = |other| is_again(indicators, indicator, other);
        match indicator.value {
            Value::Hash(bytes) => {
                let is_same = |_, other| indicators.get(other).value == Value::Hash(bytes);
                self.hashes.insert(bytes, id, is_same, |_, other| is_again(other));
            }
            Value::Address(address) => self.add_network(address, bits(address), id, is_again),
            Value::Network { address, prefix } => self.add_network(address, prefix, id, is_again),
            Value::Text(text) => self.add_text(indicator.kind, text, id, is_again),
        }
    }

    fn add_network(
        &mut self,
        address: IpAddr,
        prefix: u8,
        id: IndicatorId,
        is_again: impl Fn(IndicatorId) -> bool,
    ) {
        let prefixes = &mut self.prefixes[usize::from(address.is_ipv6())];
        if let Err(position) = prefixes.binary_search(&prefix) {
            prefixes.insert(position, prefix);
        }
        self.networks.insert(&address::masked(address, prefix), id, |_, other| is_again(other));
    }

    pub(super) fn add_text(
        &mut self,
        kind: Kind,
        text: &str,
        id: IndicatorId,
        is_again: impl Fn(IndicatorId) -> bool,
    ) {
        if kind == Kind::Domain {
            let text = text.strip_prefix("*.").unwrap_or(text);
            if let Some(host) = host::host(text) {
                self.hosts.insert(host.as_bytes(), id, |_, other| is_again(other));
            }
        } else if kind == Kind::Account {
            for key in Account::new(text).keys() {
                self.texts[kind as usize].insert(key.as_bytes(), id, |_, other| is_again(other));
            }
        } else if let Some(form) = form(kind, text) {
            self.texts[kind as usize].insert(form.as_bytes(), id, |_, other| is_again(other));
        }
    }

    pub(super) fn save(&self, to: &mut Writer<'_>) -> io::Result<()> {
        self.hashes.save(to)?;
        self.prefixes.iter().try_for_each(|prefixes| to.bytes(prefixes))?;
        self.key_tables().try_for_each(|table| table.save(to))
    }

    fn key_tables(&self) -> impl Iterator<Item = &KeyTable> {
        [&self.networks, &self.hosts].into_iter().chain(&self.texts)
    }

    /// Loads the tables of so many indicators.
    pub(super) fn load(from: &mut Reader<'_>, indicators: usize) -> Result<Self, Unloaded> {
        let mut tables = Self {
            hashes: Table::load(from, indicators)?,
            prefixes: [from.bytes()?, from.bytes()?],
            networks: KeyTable::load(from, indicators)?,
            hosts: KeyTable::load(from, indicators)?,
            ..Self::default()
        };
        for table in &mut tables.texts {
            *table = KeyTable::load(from, indicators)?;
        }
        Ok(tables)
    }
}

/// Returns whether a list has the same value again: some have one a million times.
pub(super) fn is_again(indicators: &Indicators, indicator: &Indicator<'_>, other: IndicatorId) -> bool {
    let other = indicators.get(other);
    (other.list, other.kind) == (indicator.list, indicator.kind) && !other.in_group && !indicator.in_group
}
