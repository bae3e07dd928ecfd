//! Arranges indicators for look-ups.

use std::collections::BTreeMap;
use std::net::IpAddr;

use filter::condition::{Case, Literals, Part};

use crate::matching::error::BuildError;
use crate::matching::index::{Index, KINDS, form};
use crate::matching::patterns::KindPatterns;
use crate::meaning::registry::Key;
use crate::meaning::text::folded;
use crate::meaning::{address, host};
use crate::model::{Comparison, Indicator, IndicatorId, Indicators, Kind, Value};

impl Index {
    pub(super) fn new(indicators: &Indicators, url_prefix: bool) -> Result<Self, BuildError> {
        let mut index = Self { url_prefix, ..Self::default() };
        let hashes = indicators.lists().iter().flat_map(|list| &list.kinds);
        let hashes = hashes.filter(|(kind, _)| kind.is_hash()).map(|(_, count)| *count as usize);
        index.hashes.reserve(hashes.sum());
        let mut patterns: [Vec<IndicatorId>; KINDS] = Default::default();
        let mut keywords = BTreeMap::<String, Vec<IndicatorId>>::new();
        for indicator in indicators.iter() {
            match (indicator.comparison, indicator.value) {
                (Comparison::Exact | Comparison::Contains, Value::Text(text))
                    if indicator.kind == Kind::Keyword =>
                {
                    keywords.entry(folded(text).into_owned()).or_default().push(indicator.id);
                }
                (Comparison::Exact, _) => index.add(indicators, &indicator),
                _ => patterns[indicator.kind as usize].push(indicator.id),
            }
        }
        for (kind, ids) in patterns.iter().enumerate() {
            index.patterns[kind] = KindPatterns::new(indicators, ids)?;
        }
        if !keywords.is_empty() {
            let literals = Literals::new(Part::Any, Case::Folded, keywords.keys())
                .map_err(|error| BuildError::of_all(error.to_string()))?;
            index.keywords = Some((literals, keywords.into_values().collect()));
        }
        Ok(index)
    }

    fn add(&mut self, indicators: &Indicators, indicator: &Indicator<'_>) {
        let id = indicator.id;
        // A list may have a value a million times.
        let is_again = |other: IndicatorId| {
            let other = indicators.get(other);
            (other.list, other.kind) == (indicator.list, indicator.kind)
                && !other.in_group
                && !indicator.in_group
        };
        match indicator.value {
            Value::Hash(bytes) => {
                let is_same = |_, other| indicators.get(other).value == Value::Hash(bytes);
                self.hashes.insert(bytes, id, is_same, |_, other| is_again(other));
            }
            Value::Address(address) => self.add_network(address, address::bits(address), id, is_again),
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

    fn add_text(&mut self, kind: Kind, text: &str, id: IndicatorId, is_again: impl Fn(IndicatorId) -> bool) {
        match kind {
            Kind::Domain => {
                let text = text.strip_prefix("*.").unwrap_or(text);
                if let Some(host) = host::host(text) {
                    self.hosts.insert(host.as_bytes(), id, |_, other| is_again(other));
                }
            }
            Kind::FilePath => self.paths.add(text, id, is_again),
            Kind::RegistryKey => {
                let key = Key::new(text);
                let Self { keys, hives, .. } = self;
                let is_same = |entry: usize, other| hives[entry] == key.hive && is_again(other);
                if keys.insert(key.path.as_bytes(), id, is_same) {
                    hives.push(key.hive);
                }
            }
            kind => {
                if let Some(form) = form(kind, text) {
                    self.texts[kind as usize].insert(form.as_bytes(), id, |_, other| is_again(other));
                }
            }
        }
    }
}
