//! Says which values of an event meet which indicators, within limits: a text of some megabytes may
//! have half a million indicators, or the same one half a million times.

use std::hash::{BuildHasher as _, RandomState};

use events::EventView;
use rustc_hash::FxHashSet;

use crate::matching::finding::{Explained, Met};
use crate::matching::matcher::Matcher;
use crate::matching::written::written;
use crate::model::{Indicator, IndicatorId, Indicators, Value};

/// How many values that meet an indicator are kept for an event.
const MOST: usize = 1_000;

/// The longest value that is kept whole, and the longest part of another one, in bytes.
const LONGEST: usize = 4 << 10;

/// How much of a cut value stands before the indicator, in bytes.
const BEFORE: usize = 64;

/// How many bytes of long values are searched for indicators. A long value in which an indicator is
/// not searched for is cut behind its beginning.
const MOST_SEARCHED: usize = 1 << 30;

impl Matcher {
    /// Returns the values of an event that meet indicators. Indicators of combinations are among
    /// them, even if the combinations are not met.
    pub fn explain(&mut self, event: &EventView<'_>) -> Explained {
        self.begin_task();
        let tables = self.tables.clone();
        let mut notes = Notes::new(&tables.indicators);
        self.look_at(event, &mut |indicator, attribute, value| notes.add(indicator, attribute, value));
        notes.explained
    }
}

/// What is kept while the values of an event are looked at.
struct Notes<'i> {
    indicators: &'i Indicators,
    explained: Explained,
    /// The hashes of what was kept or left out.
    seen: FxHashSet<u64>,
    hasher: RandomState,
    long: LongValue,
}

/// The long value that was met last. Mostly, several indicators in a row are in the same one.
struct LongValue {
    value: String,
    lower: String,
    may_search: usize,
}

impl<'i> Notes<'i> {
    fn new(indicators: &'i Indicators) -> Self {
        Self {
            indicators,
            explained: Explained::default(),
            seen: FxHashSet::default(),
            hasher: RandomState::new(),
            long: LongValue { value: String::new(), lower: String::new(), may_search: MOST_SEARCHED },
        }
    }

    fn add(&mut self, indicator: IndicatorId, attribute: &str, value: &str) {
        // Values of the same length that differ only in their middle count as one.
        let start = &value[..value.floor_char_boundary(LONGEST)];
        let end = &value[value.ceil_char_boundary(value.len().saturating_sub(LONGEST))..];
        if !self.seen.insert(self.hasher.hash_one((indicator.0, attribute, value.len(), start, end))) {
            return;
        }
        if self.explained.met.len() == MOST {
            self.explained.left_out += 1;
            return;
        }
        let is_cut = value.len() > LONGEST;
        let value = match is_cut {
            true => self.long.around(&self.indicators.get(indicator), value),
            false => value.to_owned(),
        };
        self.explained.met.push(Met { indicator, attribute: attribute.into(), value, is_cut });
    }
}

impl LongValue {
    /// Returns the part of a value that has the indicator, or its beginning if the value does not
    /// have the indicator in the form in which it is kept.
    fn around(&mut self, indicator: &Indicator<'_>, value: &str) -> String {
        if self.value != value {
            value.clone_into(&mut self.value);
            self.lower = value.to_ascii_lowercase();
        }
        let place = match indicator.value {
            Value::Text(text) => self.find(text).or_else(|| self.find(&written(indicator))),
            _ => self.find(&written(indicator)),
        };
        let start = value.floor_char_boundary(place.unwrap_or_default().saturating_sub(BEFORE));
        let end = value.floor_char_boundary(start + LONGEST);
        let sign = |is_cut| if is_cut { "…" } else { "" };
        format!("{}{}{}", sign(start > 0), &value[start..end], sign(end < value.len()))
    }

    /// Returns the place of a text in the value, in any letter case.
    fn find(&mut self, text: &str) -> Option<usize> {
        let place = memchr::memmem::find(self.lower.as_bytes(), text.to_ascii_lowercase().as_bytes());
        self.may_search = self.may_search.checked_sub(place.unwrap_or(self.lower.len()))?;
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tests::{explained, list};
    use crate::matching::{Explained, Options};
    use crate::model::{Comparison, Kind};

    fn in_text(names: &[String], text: &str) -> Explained {
        let values = names.iter().map(|name| (Kind::Domain, Comparison::Exact, Value::Text(name)));
        let indicators = list(&values.collect::<Vec<_>>());
        let mut matcher = Matcher::new(indicators, Options { text: true, url_prefix: false }).unwrap();
        explained(&mut matcher, &format!(r#"{{"data_type": "test:data", "text": "{text}"}}"#))
    }

    #[test]
    fn an_indicator_that_a_text_repeats_is_explained_once() {
        for separator in ["//", " ", ","] {
            let text = format!("evil.example{separator}").repeat(20_000);
            let explained = in_text(&["evil.example".into()], &text);
            assert_eq!((explained.met.len(), explained.left_out), (1, 0), "{separator}");
        }
    }

    #[test]
    fn of_a_long_text_only_what_is_around_the_indicator_is_kept() {
        let names: Vec<_> = (0..300).map(|number| format!("n{number}.example")).collect();
        let filling = "é".repeat(LONGEST);
        let text = names.iter().map(|name| format!("{filling} {} ", name.to_uppercase())).collect::<String>();
        let explained = in_text(&names, &text);
        assert_eq!((explained.met.len(), explained.left_out), (300, 0));
        for (met, name) in explained.met.iter().zip(&names) {
            let start = met.value.find(&name.to_uppercase()).unwrap();
            assert!(met.is_cut && start <= BEFORE + "…".len() + 1, "{name}: {start}");
            assert!(met.value.len() <= LONGEST + 2 * "…".len(), "{name}");
        }
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let names: Vec<_> = (0..MOST + 7).map(|number| format!("n{number}.example")).collect();
        let explained = in_text(&names, &names.join(" "));
        assert_eq!((explained.met.len(), explained.left_out), (MOST, 7));
        let short = in_text(&names, "see n3.example");
        assert_eq!((short.met[0].value.as_str(), short.met[0].is_cut), ("see n3.example", false));
    }
}
