//! How large a pattern is when it is compiled.

use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

/// More than a compiled state takes in either direction of the text, in bytes.
const STATE: usize = 64;

/// A class of more ranges than this is taken for too large, without a closer look.
const MOST_RANGES: usize = 64;

/// Returns whether the pattern certainly takes at most `size` bytes when it is compiled. To know it
/// exactly, the pattern must be compiled, which takes a hundred times as long.
pub(super) fn is_at_most(size: usize, hir: &Hir) -> bool {
    states(hir).is_some_and(|states| states.saturating_mul(STATE) <= size)
}

/// Returns at least the number of states, or `None` if it is large.
fn states(hir: &Hir) -> Option<usize> {
    Some(match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(class) => of_class(class)?,
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min).max(repetition.min).max(1);
            let copies = usize::try_from(copies).ok()?.checked_add(1)?;
            states(&repetition.sub)?.checked_add(2)?.checked_mul(copies)?
        }
        HirKind::Capture(capture) => states(&capture.sub)?.checked_add(2)?,
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().try_fold(2_usize, |sum, part| sum.checked_add(states(part)?)?.checked_add(1))?
        }
    })
}

fn of_class(class: &Class) -> Option<usize> {
    match class {
        Class::Bytes(class) => Some(1 + class.ranges().len()),
        Class::Unicode(class) if class.ranges().len() <= MOST_RANGES => {
            let ranges = class.ranges().iter();
            let sequences = ranges.flat_map(|range| Utf8Sequences::new(range.start(), range.end()));
            Some(1 + sequences.map(|sequence| sequence.len()).sum::<usize>())
        }
        Class::Unicode(_) => None,
    }
}
