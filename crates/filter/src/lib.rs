//! Plaso's event filter language and tagging files: parse, check, compile to a matcher.
//!
//! An [`Expression`] is what somebody wrote, and a [`Filter`] matches events against it. [`Rules`]
//! give labels to events that meet a condition; [`tagging_file`] reads them from Plaso's rule
//! language. A [`RuleSet`] finds the labels of an event fast, however many rules there are. Nothing
//! here does I/O but reading a rule file.
//!
//! ```
//! use events::AttributeNames;
//! use filter::{Expression, Filter};
//!
//! let expression = Expression::parse("data_type is 'fs:stat' and filename contains 'evil'")?;
//! let mut names = AttributeNames::default();
//! let filter = expression.map(|expression| Filter::compile(&expression, &mut names)).transpose()?;
//!
//! let error = Expression::parse("filename contians 'evil'").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "column 10: expected an operator, found `contians`; did you mean `contains`?"
//! );
//! # Ok::<(), filter::FilterError>(())
//! ```
//!
//! # Where this differs from Plaso
//!
//! The same expressions match the same events; about 2,700 of them were compared with Plaso
//! 20260720, on real stores and on events made for it. 1,600 of these are a test
//! (`tests/it/plaso_answers.rs`), in which every answer that differs has its reason. What follows
//! is on purpose.
//!
//! Accepted here only:
//! - `&&` and `||`; `not` before a comparison or parentheses; negative numbers; hexadecimal digits
//!   above 9, and hexadecimal in `DATETIME(…)`; any white space behind `not`; an expression of
//!   white space only, which is empty.
//! - Fields inside attributes, such as `xml_string.TargetUserName`. A name with a dot is nothing
//!   else, so an attribute with a dot in its name, which Plaso never makes, is not found.
//! - All date and time forms in `DATETIME('…')` and in a plain text alike: Plaso wants `T` in the
//!   one, and in the other minutes, seconds, and a fraction of 3, 6 or 9 digits.
//! - Some malformed regular expressions, such as `^*`, and look-behind of variable width.
//!
//! Refused here only:
//! - `and`, `or` and `not` as attribute names; `and` and `or` that run into the next word, as in `v
//!   is 1 order is 2`, which Plaso reads as `or der`.
//! - Several values in `DATETIME(…)` or `PATH(…)`, of which Plaso takes the last, and `PATH()`
//!   behind a text, for which it takes that text; text behind a date and time, which it ignores;
//!   digits that are not ASCII.
//! - The flags `a` and `L` of regular expressions, `\N{…}`; integers beyond 127 bits; what exceeds
//!   the limits on length, depth, number of attributes and of regular expressions.
//!
//! Matched differently:
//! - `and` binds tighter than `or` always. Plaso joins both sides of an `or` before an `and` beside
//!   parentheses: it reads `a or b and (c or d)` as `(a or b) and (c or d)`. Such an expression has
//!   a warning.
//! - Where Plaso fails (ordering a text against a number; `inset` of or in a number) the comparison
//!   does not match, with `not` (`v not inset 5`) or without, and there is a note. psort stops at
//!   such an event, and a tagging file passes over it; here the other side of an `or` still counts.
//! - A list is `inset` a text if all its members are; Plaso fails.
//! - Date-times in event data are compared with nothing. Plaso compares them with `DATETIME(…)`.
//!   This has a warning.
//! - `message`, `parser`, `source`, `source_long`, `source_short` and `sourcetype` are never there;
//!   Plaso still looks for them in event data, where no parser puts them any more.
//! - `_event_data_stream_identifier` is a text, in Plaso an object; Python's own attributes of an
//!   object, such as `CONTAINER_TYPE`, are none; an attribute whose name is not ASCII is not found,
//!   because the stored JSON escapes it.
//! - `\b` and `\B` in regular expressions take combining marks for parts of a word, `\w` does not.
//! - A regular expression that needs backtracking is given up after 100,000 steps, and on texts
//!   over 16 KiB; another is on texts over 1 MiB, or if it is large over 64 or 16 KiB. Given up, it
//!   is no match and a note.

mod ast;
mod bare_word;
mod characters;
mod compare;
mod compile;
mod coverage;
mod data_types;
mod date_time;
mod diagnostic;
mod diagnostics;
mod error;
mod excerpt;
mod explain;
mod fields;
mod filter;
mod grouping;
mod lint;
mod matcher;
mod notes;
mod other_data_types;
mod parser;
mod path;
mod pattern;
mod plaso;
mod renamed;
mod rule_set;
mod rules;
mod show;
mod spelling;
mod subject;

pub use ast::Expression;
pub use coverage::{Coverage, Covered, CoveredLabel, CoveredRule, Example, SeenEvents, Tally, Why};
pub use date_time::{EXPECTED as DATE_TIME, parse as parse_date_time};
pub use diagnostic::{Diagnostic, Position, Severity};
pub use diagnostics::Diagnostics;
pub use error::FilterError;
pub use events::Reads;
pub use explain::{ExplainableRule, Explainer, Explanation, Part, RuleExplainer};
pub use fields::count_fields;
pub use filter::Filter;
pub use parser::{MAXIMUM_DEPTH, MAXIMUM_LENGTH};
pub use rule_set::RuleSet;
pub use rules::Rules;
pub use show::show_value;

/// Tagging files: labels, and below each the rules that give it, in Plaso's filter language.
pub mod tagging_file {
    pub use crate::lint::tagging_file::{check, check_built_in, check_file};
    pub use crate::rules::tagging_file::{BUILT_IN, MAXIMUM_FILE_SIZE, built_in, load, parse};
}
