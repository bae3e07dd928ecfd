//! Plaso's event filter language and tagging files: parses them, checks them, and matches events.
//!
//! An [`Expression`] is the parsed text of a filter. A [`Filter`] is a compiled expression that
//! matches events. [`Rules`] are conditions with labels: an event that meets a condition gets its
//! label. [`tagging_file`] reads rules from Plaso's tagging files. A [`RuleSet`] is a set of
//! compiled rules. It finds the labels of an event quickly, even if there are many rules. The only
//! I/O in this crate is reading rule files.
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
//! An expression matches the same events here as in Plaso, except for the deliberate differences
//! below. About 2,700 expressions were compared with Plaso 20260720, on real stores and on events
//! made for this comparison. 1,600 of these comparisons are a test (`tests/it/plaso_answers.rs`),
//! which gives the reason for each different answer.
//!
//! Accepted here only:
//! - `&&` and `||`; `not` before a comparison or parentheses; negative numbers; hexadecimal digits
//!   above 9; hexadecimal numbers in `DATETIME(…)`; any white space after `not`; an expression of
//!   only white space, which counts as empty.
//! - Fields inside attributes, such as `xml_string.TargetUserName`. A name with a dot always means
//!   such a field. So an attribute with a dot in its own name is not found; Plaso never makes one.
//! - All date and time forms, both in `DATETIME('…')` and in a plain text. Plaso requires `T` in
//!   `DATETIME('…')`. In a plain text it requires minutes, seconds, and a fraction of 3, 6 or 9
//!   digits.
//! - Some malformed regular expressions such as `^*`, and look-behind of variable width.
//!
//! Refused here only:
//! - `and`, `or` and `not` as attribute names; `and` and `or` without a space before the next word:
//!   Plaso reads `v is 1 order is 2` as `v is 1 or der is 2`.
//! - Several values in `DATETIME(…)` or `PATH(…)`: Plaso takes the last one. `PATH()` after a text:
//!   Plaso takes that text as the path. Text after a date and time: Plaso ignores it. Digits that
//!   are not ASCII.
//! - The flags `a` and `L` and the escape `\N{…}` in regular expressions; a repetition after a
//!   look-around or a comment, as in `(?=a)?`, `(?<!a)*` and `a(?#note)+`; a condition on a group
//!   that comes later, as in `(?(1)a|b)(c)`; integers of more than 127 bits; expressions that
//!   exceed the limits on length, depth, number of attributes, or number of regular expressions.
//!
//! Matched differently:
//! - `and` always binds tighter than `or`. If an `and` is next to parentheses, Plaso may join an
//!   `or` first: it reads `a or b and (c or d)` as `(a or b) and (c or d)`. Such an expression gets
//!   a warning.
//! - Some comparisons fail in Plaso: ordering a text against a number, and `inset` with a number on
//!   either side. psort stops at such an event, and Plaso's tagging skips the event. Here the
//!   comparison does not match, with or without `not` (`v not inset 5`), and there is a note. The
//!   other side of an `or` still counts.
//! - A list is `inset` a text if all its members are. In Plaso this comparison fails.
//! - Date-times in event data are never compared. Plaso compares them with `DATETIME(…)`. Such a
//!   comparison gets a warning.
//! - No event has `message`, `parser`, `source`, `source_long`, `source_short` or `sourcetype`.
//!   Plaso still looks for them in event data, although its parsers no longer store them there.
//! - `_event_data_stream_identifier` is a text here and an object in Plaso. The attributes of
//!   Plaso's Python objects, such as `CONTAINER_TYPE`, do not exist here. An attribute whose name
//!   is not ASCII is not found, because the stored JSON escapes its name.
//! - Whole numbers of more than 127 bits in event data are compared as floats, so numbers that
//!   differ only in their last digits are equal, and no regular expression finds their digits.
//! - In regular expressions, `\b` and `\B` treat combining marks as parts of a word, and numbers
//!   that are no decimal digits, such as `²` and `½`, as none. `\B` matches an empty text. `\w` is
//!   as in Python, but `iregexp` takes U+0345, a mark that is an iota in upper case, for a letter.
//! - A regular expression that needs backtracking is stopped after 100,000 steps, and is not tried
//!   on texts over 16 KiB. Any other regular expression is not tried on texts over 1 MiB; for large
//!   ones the limit is 64 KiB or 16 KiB. In a task, texts of 16 KiB and more have a limit for all
//!   expressions together. In these cases the comparison does not match, and there is a note.

mod aliases;
mod ast;
pub mod attack;
mod bare_word;
mod characters;
mod compare;
mod compile;
pub mod condition;
mod condition_checker;
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
mod folded;
mod grouping;
mod lint;
mod many_texts;
mod matched_text;
mod matcher;
mod notes;
mod number;
mod other_data_types;
mod parser;
mod path;
mod pattern;
mod plaso;
mod quoted;
mod renamed;
mod rule_set;
mod rules;
mod show;
mod spelling;
mod subject;
mod text_set;

pub use ast::Expression;
pub use condition_checker::{ConditionChecker, RefusedConditions};
pub use coverage::{
    Cost, Coverage, Covered, CoveredLabel, CoveredRule, Example, Nearest, SeenEvents, Suggestions, Tally, Why,
};
pub use date_time::{EXPECTED as DATE_TIME, parse as parse_date_time};
pub use diagnostic::{Diagnostic, Position, Severity};
pub use diagnostics::Diagnostics;
pub use error::FilterError;
pub use events::Reads;
pub use explain::{ExplainableRule, Explainer, Explanation, ExplanationLimit, Outcomes, Part};
pub use fields::{
    AskedFields, REGISTRY_VALUE, count_fields, first_of_field, may_have_fields, visit_asked_fields,
    visit_fields,
};
pub use filter::Filter;
pub use many_texts::{ManyTexts, ManyTextsError};
pub use matched_text::MatchedText;
pub use number::Number;
pub use parser::{MAXIMUM_DEPTH, MAXIMUM_LENGTH};
pub use pattern::{Limited, begin_task};
pub use rule_set::RuleSet;
pub use rules::Rules;
pub use rules::meaning::{LabelMeaning, LabelSeverity, SigmaTexts, first_sentence};
pub use show::show_value;
pub use spelling::nearest;

/// Tagging files: labels, and below each label its rules, in Plaso's filter language.
pub mod tagging_file {
    pub use crate::lint::tagging_file::{check, check_built_in, check_file, warnings};
    pub use crate::rules::built_in::text as built_in_text;
    pub use crate::rules::fitting::{Fit, fits, fitting, label_fits};
    pub use crate::rules::tagging_file::{
        BUILT_IN, MAXIMUM_FILE_SIZE, built_in, built_in_labels, is_built_in, load, load_labels,
        load_with_digest, parse,
    };
}
