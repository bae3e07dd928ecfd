//! Joins the keys of the copies of a record.

use std::collections::BTreeMap;
use std::rc::Rc;

use events::{Key, Timestamp};

use super::record::{FieldValue, MatchedRecord};
use crate::plugin::{PluginError, ReduceInput};

/// A record that rules match, with all its copies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Matched {
    pub(crate) time: Option<Timestamp>,
    /// For each rule the values of its fields in the first copy that it matches, and the keys of
    /// all copies that it matches. Recovered copies come last, so that their values count only for
    /// a rule that matches no other copy.
    pub(crate) rules: BTreeMap<usize, (Vec<FieldValue>, Vec<Rc<str>>)>,
}

/// Reads the records one after the other. The keys of the copies of a record follow one another.
#[derive(Debug, Default)]
pub(crate) struct MatchedRecords {
    /// A key that was read too far.
    ahead: Option<(MatchedRecord, Rc<str>)>,
}

impl MatchedRecords {
    /// Returns the next record, or `None` after the last.
    pub(crate) fn next(&mut self, input: &mut dyn ReduceInput) -> Result<Option<Matched>, PluginError> {
        let first = match self.ahead.take() {
            Some(ahead) => Some(ahead),
            None => read(input)?,
        };
        let Some((first, key)) = first else { return Ok(None) };
        let mut matched = Matched { time: first.time, rules: BTreeMap::new() };
        let identity = first.identity.clone();
        matched.add(first, &key);
        while let Some((copy, key)) = read(input)? {
            if copy.time != matched.time || copy.identity != identity {
                self.ahead = Some((copy, key));
                break;
            }
            matched.add(copy, &key);
        }
        Ok(Some(matched))
    }
}

impl Matched {
    fn add(&mut self, copy: MatchedRecord, key: &Rc<str>) {
        for (rule, values) in copy.rules {
            let (_, keys) = self.rules.entry(rule).or_insert_with(|| (values, Vec::new()));
            keys.push(key.clone());
        }
    }
}

fn read(input: &mut dyn ReduceInput) -> Result<Option<(MatchedRecord, Rc<str>)>, PluginError> {
    while let Some(key) = input.next_key()? {
        let Key::Text(key) = key else { continue };
        if let Some(record) = MatchedRecord::of_key(&key) {
            return Ok(Some((record, key.into())));
        }
    }
    Ok(None)
}
