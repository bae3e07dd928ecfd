//! Texts as filter expressions, which some events are matched against.

use events::AttributeNames;
use filter::{Expression, Filter, FilterError};

use crate::samples::each_event;
use crate::{Target, assert_harmless};

pub(super) const TARGET: Target = Target { name: "filter", run, seeds };

fn run(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    let expression = match Expression::parse(&source) {
        Ok(Some(expression)) => expression,
        Ok(None) => return,
        Err(error) => return check(&error, &source),
    };
    let printed = expression.to_string();
    let again = Expression::parse(&printed).unwrap_or_else(|error| panic!("{printed:?}: {error}"));
    assert_eq!(again.as_ref(), Some(&expression), "{printed:?}");
    let mut names = AttributeNames::default();
    match Filter::compile(&expression, &mut names) {
        Ok(filter) => {
            each_event(&names, |event| assert_eq!(filter.matches(event), filter.matches(event)));
            filter.warnings().iter().for_each(|warning| check_remark(warning));
            filter.take_notes().iter().for_each(|note| check_remark(&note.message));
        }
        Err(error) => check(&error, &source),
    }
}

/// Fails if the error points outside the text or cannot be shown.
fn check(error: &FilterError, source: &str) {
    let length = source.chars().count();
    assert!((1..=length + 1).contains(&error.column()), "column {} of {length}", error.column());
    let rendered = error.render(source);
    let (line, caret) = rendered.split_once('\n').unwrap();
    // Wide characters take two columns.
    assert!(!caret.contains('\n') && caret.chars().count() <= 2 * line.chars().count() + 1, "{rendered}");
    assert!(
        caret.trim_start().starts_with('^') && caret.trim_start().chars().all(|c| c == '^'),
        "{rendered}"
    );
    assert_harmless(&rendered);
    check_remark(&error.to_string());
}

pub(super) fn check_remark(text: &str) {
    assert_harmless(text);
    assert!(text.len() < 2_000, "a remark of {} bytes", text.len());
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "data_type is 'fs:stat' and (filename contains 'evil' or not size < 0x10)",
        "timestamp >= DATETIME('2012-03-05T20:40:00.000001+01:00') && date != '2012-01-01'",
        "body regexp 'Failed (password|none) for (\\\\w+)' or v inset 'xyz' or v equals 1.5",
        "body iregexp \"(?P<a>a+)(?P=a)(?!b)x$\" and v not contains PATH('a/b')",
        "body regexp '(?:(?=.*x)a)*y|^(a|a(?!b))+c|(?<=a{1,3})b|[^\\\\w-]{2,5}?(?i:B)\\\\b(?>a+)(a)?(?(1)x|y)'",
        "size == -170141183460469231731687303715884105727 or tag contains 'old'",
        "timestamp_desc is not \"Content\\x41\\n\" and md5_hash is 'a' or yara_match contains 'rule_a'",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
