//! All indicators, arranged so that a value is looked up among all of them at once.

use std::net::IpAddr;

use filter::condition::Literals;

use crate::attributes::Role;
use crate::matching::form::form;
use crate::matching::name_ends::NameEnds;
use crate::matching::paths::PathIndex;
use crate::matching::patterns::{KindPatterns, form_of_key, form_of_path};
use crate::matching::table::KeyTable;
use crate::matching::values::{KINDS, ValueTables};
use crate::meaning::registry::{self, Hive, Key};
use crate::meaning::text::{Account, folded};
use crate::meaning::url::{beginnings, inner_urls, key};
use crate::meaning::{address, hash, host, path};
use crate::model::{IndicatorId, Indicators, Kind, Value};
use crate::values::canonical::{self, Host};
use crate::values::url::Url;

/// The look-up tables of all indicators.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) values: ValueTables,
    pub(super) paths: PathIndex,
    pub(super) keys: KeyTable,
    pub(super) hives: Vec<Option<Hive>>,
    pub(super) patterns: [KindPatterns; KINDS],
    pub(super) keywords: Option<(Literals, Vec<Vec<IndicatorId>>)>,
    pub(super) url_prefix: bool,
    pub(super) name_ends: NameEnds,
}

/// Memory for taking values apart, which is used again for each value.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    path: String,
    pub(super) form: String,
    starts: Vec<usize>,
    /// Whether a pattern was given up since this was last set to `false`.
    pub(super) has_given_up: bool,
}

impl Index {
    /// Adds the indicators that a value meets.
    pub(super) fn find(
        &self,
        indicators: &Indicators,
        role: Role,
        text: &str,
        scratch: &mut Scratch,
        ids: &mut Vec<IndicatorId>,
    ) {
        match role {
            Role::Hashes => self.find_hashes(indicators, text, ids),
            Role::Address => {
                for text in text.split([',', ';']) {
                    self.find_address(text, ids);
                }
            }
            Role::Host => self.find_host(text, scratch, ids),
            Role::Url => self.find_url(text, scratch, ids),
            Role::Request => self.find_request(text, scratch, ids),
            Role::Path => self.find_path(text, scratch, ids),
            Role::NotedPath => path::noted(text, |path| self.find_path(path, scratch, ids)),
            Role::Key => self.find_key(text, scratch, ids),
            Role::Target => {
                self.find_key(text, scratch, ids);
                if let Some((_, last)) = text.rsplit_once('\\') {
                    self.find_text(Kind::RegistryValue, last, scratch, ids);
                }
            }
            Role::Command => self.find_command(text, scratch, ids),
            Role::RegistryData => self.find_text(Kind::RegistryData, text, scratch, ids),
            Role::Service => self.find_text(Kind::Service, text, scratch, ids),
            Role::Task => {
                self.find_text(Kind::Task, text, scratch, ids);
                if let Some((_, last)) = text.trim_start_matches('\\').rsplit_once('\\') {
                    self.find_text(Kind::Task, last, scratch, ids);
                }
            }
            Role::Account => self.find_account(text, scratch, ids),
            Role::Email => self.find_email(text, scratch, ids),
            Role::UserAgent => self.find_text(Kind::UserAgent, text, scratch, ids),
            Role::Pipe => self.find_text(Kind::Pipe, text, scratch, ids),
            Role::Mutex => self.find_text(Kind::Mutex, text, scratch, ids),
            // Values of a key are found by `Visit`, and texts by `FreeText`.
            Role::RegistryValues | Role::Text => {}
        }
    }

    pub(super) fn find_hashes(&self, indicators: &Indicators, text: &str, ids: &mut Vec<IndicatorId>) {
        if self.values.hashes.is_empty() {
            return;
        }
        hash::hashes(text, |bytes| {
            let is_key = |_, id| indicators.get(id).value == Value::Hash(bytes);
            ids.extend(self.values.hashes.find(bytes, is_key).map(|(_, id)| id));
        });
    }

    pub(super) fn find_address(&self, text: &str, ids: &mut Vec<IndicatorId>) -> bool {
        let Some(address) = address::address(text) else { return false };
        self.find_networks(address, ids);
        true
    }

    /// Looks up the networks that an address is in, itself included.
    fn find_networks(&self, address: IpAddr, ids: &mut Vec<IndicatorId>) {
        for prefix in &self.values.prefixes[usize::from(address.is_ipv6())] {
            self.values.networks.find(&address::masked(address, *prefix), |_, id| ids.push(id));
        }
    }

    /// Looks up the name of a host and the domains that it is in, or its address.
    pub(super) fn find_host(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        if self.find_address(text, ids) {
            return;
        }
        let name = match text.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => text,
        };
        if let Some(name) = host::host(name) {
            self.find_domains(text, &name, scratch, ids);
        }
    }

    /// Looks up a name of a host, which stands in a text, and the domains that it is in.
    fn find_domains(&self, text: &str, name: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        if !self.values.hosts.is_empty() {
            for domain in host::domains(name) {
                self.values.hosts.find(domain.as_bytes(), |_, id| ids.push(id));
            }
        }
        self.find_patterns(Kind::Domain, text, name, scratch, ids);
    }

    /// Looks up a URL, its host, and the URLs inside it.
    pub(super) fn find_url(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        self.find_one_url(text, scratch, ids);
        if let Some(url) = Url::new(text) {
            inner_urls(url.path(), |inner| self.find_one_url(inner, scratch, ids));
        }
    }

    fn find_one_url(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        let Some(url) = Url::new(text) else {
            return self.find_patterns(Kind::Url, text, text, scratch, ids);
        };
        match &url.host {
            Host::Address(address) => self.find_networks(*address, ids),
            Host::Name(name) => self.find_domains(name, name, scratch, ids),
        }
        let urls = &self.values.texts[Kind::Url as usize];
        let patterns = &self.patterns[Kind::Url as usize];
        if !urls.is_empty() || !patterns.is_empty() {
            let key = key(&url);
            if self.url_prefix {
                beginnings(&key, |beginning| urls.find(beginning.as_bytes(), |_, id| ids.push(id)));
            } else {
                urls.find(key.as_bytes(), |_, id| ids.push(id));
            }
            self.find_patterns(Kind::Url, text, &key, scratch, ids);
        }
        self.find_text(Kind::UrlPath, url.path(), scratch, ids);
    }

    /// Looks up the target of a request: `GET /path HTTP/1.1`, or the target alone.
    fn find_request(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        let text = text.trim();
        let target = match text.split_once(' ') {
            Some((_, rest)) => rest.rsplit_once(' ').map_or(rest, |(target, _)| target),
            None => text,
        };
        if target.starts_with('/') {
            self.find_text(Kind::UrlPath, target, scratch, ids);
        } else {
            self.find_url(target, scratch, ids);
        }
    }

    pub(super) fn find_path(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        let text = text.strip_prefix("file://").unwrap_or(text);
        if !self.has_paths() {
            // The name is enough, and a list without paths is usual.
            let text = path::without_last_separators(text);
            if self.name_ends.has(text) {
                let name = path::name(text);
                self.values.texts[Kind::FileName as usize].find(name.as_bytes(), |_, id| ids.push(id));
            }
            return;
        }
        path::write(text, &mut scratch.path);
        if scratch.path.is_empty() {
            return;
        }
        let name = path::last(&scratch.path);
        self.values.texts[Kind::FileName as usize].find(name.as_bytes(), |_, id| ids.push(id));
        if !self.paths.is_empty() {
            path::write_starts(&scratch.path, &mut scratch.starts);
            self.paths.find(&scratch.path, &scratch.starts, ids);
        }
        let of_names = &self.patterns[Kind::FileName as usize];
        if !of_names.is_empty() {
            let raw = text.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(text);
            scratch.has_given_up |= !of_names.find_raw(raw, |id| ids.push(id));
            of_names.find_formed(name, |id| ids.push(id));
        }
        self.find_path_patterns(text, scratch, ids);
    }

    /// Returns whether there is more than names of files.
    pub(super) fn has_paths(&self) -> bool {
        let of_names = &self.patterns[Kind::FileName as usize];
        !self.paths.is_empty() || !of_names.is_empty() || !self.patterns[Kind::FilePath as usize].is_empty()
    }

    /// Looks for the patterns of paths. `scratch` has the path.
    fn find_path_patterns(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        let patterns = &self.patterns[Kind::FilePath as usize];
        if patterns.has_formed() {
            form_of_path(&scratch.path, &mut scratch.form);
            patterns.find_formed(&scratch.form, |id| ids.push(id));
        }
        if patterns.has_raw() {
            scratch.has_given_up |= !patterns.find_raw(text, |id| ids.push(id));
            // Lists are written for Windows, and Plaso has `/` in the paths of some images of it.
            if text.contains('/') {
                let text = text.replace('/', "\\");
                scratch.has_given_up |= !patterns.find_raw(&text, |id| ids.push(id));
            }
        }
    }

    /// Returns whether there are registry keys, or patterns of them.
    pub(super) fn has_keys(&self) -> bool {
        !self.keys.is_empty() || !self.patterns[Kind::RegistryKey as usize].is_empty()
    }

    pub(super) fn find_key(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        let patterns = &self.patterns[Kind::RegistryKey as usize];
        if self.has_keys() {
            let key = Key::new(text);
            self.keys.find(key.path.as_bytes(), |entry, id| {
                if Key::may_share_hive(self.hives[entry], key.hive) {
                    ids.push(id);
                }
            });
            if patterns.has_formed() {
                patterns.find_formed(&form_of_key(&key), |id| ids.push(id));
            }
            if patterns.has_raw() {
                for written in registry::notations(text) {
                    scratch.has_given_up |= !patterns.find_raw(&written, |id| ids.push(id));
                }
            }
        }
    }

    fn find_account(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        if !self.has_kind(Kind::Account) {
            return;
        }
        let accounts = &self.values.texts[Kind::Account as usize];
        let account = Account::new(text);
        account.met(|key| accounts.find(key.as_bytes(), |_, id| ids.push(id)));
        let patterns = &self.patterns[Kind::Account as usize];
        if patterns.is_empty() {
            return;
        }
        let form = folded(text.trim());
        self.find_patterns(Kind::Account, text, &form, scratch, ids);
        // Of `corp.example`, the domain is `corp`.
        if let Some(short) = account.with_domain().filter(|short| *short != form) {
            patterns.find_formed(&short, |id| ids.push(id));
        }
    }

    pub(super) fn find_email(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        let text = text.strip_prefix("mailto:").unwrap_or(text);
        if let Some(address) = canonical::email(text) {
            self.find_text(Kind::Email, &address, scratch, ids);
            let host = address.rsplit('@').next().unwrap_or_default();
            self.find_host(host, scratch, ids);
        }
    }

    /// Looks up a value that has only one form.
    pub(super) fn find_text(
        &self,
        kind: Kind,
        text: &str,
        scratch: &mut Scratch,
        ids: &mut Vec<IndicatorId>,
    ) {
        if !self.has_kind(kind) {
            return;
        }
        if let Some(form) = form(kind, text) {
            self.values.texts[kind as usize].find(form.as_bytes(), |_, id| ids.push(id));
            self.find_patterns(kind, text, &form, scratch, ids);
        }
    }

    fn find_patterns(
        &self,
        kind: Kind,
        text: &str,
        form: &str,
        scratch: &mut Scratch,
        ids: &mut Vec<IndicatorId>,
    ) {
        let patterns = &self.patterns[kind as usize];
        scratch.has_given_up |= !patterns.find_raw(text, |id| ids.push(id));
        patterns.find_formed(form, |id| ids.push(id));
    }

    /// Returns whether values are compared with indicators of a kind as texts.
    pub(super) fn has_kind(&self, kind: Kind) -> bool {
        !self.values.texts[kind as usize].is_empty() || !self.patterns[kind as usize].is_empty()
    }

    /// Returns whether there are keywords.
    pub(super) fn has_keywords(&self) -> bool {
        self.keywords.is_some() || !self.patterns[Kind::Keyword as usize].is_empty()
    }

    /// Looks for keywords anywhere in a text.
    pub(super) fn find_keywords(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<IndicatorId>) {
        if let Some((literals, of_keyword)) = &self.keywords {
            literals.find(text, |number| {
                ids.extend(&of_keyword[number]);
                false
            });
        }
        if !self.patterns[Kind::Keyword as usize].is_empty() {
            self.find_patterns(Kind::Keyword, text, &folded(text), scratch, ids);
        }
    }
}
