//! Operators, their spellings, and `not` before and after them.

use super::cursor::Parser;
use crate::FilterError;
use crate::ast::Operator;
use crate::characters::is_word;
use crate::error::visible;

pub(super) const GOES_WITH_NOT: [&str; 4] = ["is", "equals", "contains", "inset"];
pub(super) const NEGATABLE: &str = "an operator that goes with `not`: `is`, `equals`, `contains` or `inset`";

impl<'s> Parser<'s> {
    pub(super) fn take_not(&mut self) -> bool {
        let rest = self.rest();
        let is_not = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not"))
            && !rest[3..].starts_with(|c: char| is_word(c) && !c.is_ascii_digit());
        if is_not {
            self.at += 3;
            self.skip_space();
        }
        is_not
    }

    /// Parses an operator. Returns its spelling in the source and the operator.
    pub(super) fn operator(
        &mut self,
        attribute: &str,
        negated: bool,
    ) -> Result<(&'s str, Operator), FilterError> {
        let rest = self.rest();
        let length = if rest.starts_with(['<', '>', '!', '=']) {
            1 + usize::from(rest[1..].starts_with('='))
        } else {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        };
        let spelling = &rest[..length];
        if let Some(operator) = known_operator(spelling) {
            self.at += length;
            return Ok((spelling, operator));
        }
        let expected = if negated { NEGATABLE } else { "an operator" };
        // Everything that was meant as one symbol, such as `=>`.
        let symbol = rest.find(|c| !matches!(c, '<' | '>' | '!' | '=' | '~')).unwrap_or(rest.len());
        let spelling = if symbol > 0 { &rest[..symbol] } else { spelling };
        let (found, length) = if symbol > 0 {
            (format!("`{}`", visible(spelling)), spelling.chars().count())
        } else {
            (self.found(), self.found_length())
        };
        let error = FilterError::new(self.column(), expected, found).over(length);
        let foreign = self.foreign_operator(attribute, negated);
        Err(error.suggesting(foreign.or_else(|| nearest_operator(spelling))))
    }
}

pub(super) fn known_operator(spelling: &str) -> Option<Operator> {
    Operator::SPELLINGS
        .iter()
        .find(|(candidate, _)| candidate.eq_ignore_ascii_case(spelling))
        .map(|(_, operator)| *operator)
}

fn nearest_operator(spelling: &str) -> Option<String> {
    const NEGATED: [&str; 4] = ["is not", "not equals", "not contains", "not inset"];
    const FARTHEST: usize = 2;
    if spelling.is_empty() || spelling.len() > 20 {
        return None;
    }
    let spelling = spelling.to_lowercase();
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let letters = sorted(&spelling);
    Operator::SPELLINGS
        .iter()
        .map(|(candidate, _)| *candidate)
        .chain(NEGATED)
        // A word is never a misspelt symbol.
        .filter(|candidate| candidate.starts_with(is_word) == spelling.starts_with(is_word))
        .map(|candidate| (strsim::osa_distance(&spelling, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= FARTHEST && *distance < candidate.len())
        // `=>` is as similar to `==` as to `>=`, but has the same characters as `>=`.
        .min_by_key(|(distance, candidate)| (*distance, sorted(candidate) != letters))
        .map(|(_, candidate)| format!("`{candidate}`"))
}
