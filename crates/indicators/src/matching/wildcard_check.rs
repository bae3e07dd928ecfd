//! Checks how much memory the wildcards of lists take.
//!
//! The wildcard of a registry key or a URL becomes one for each way in which a part of it can be
//! the hive or the scheme. So a short value may have hundreds of forms, each of which is as long.

use crate::matching::wildcards::forms;
use crate::model::{Comparison, Kind};

/// How much memory the forms of one value may take, in bytes.
const MOST_OF_ONE: usize = 256 << 10;

/// How much the forms of all values may take together, in bytes.
const MOST: usize = 512 << 20;

const TOO_LARGE: &str =
    "its wildcards would take more than 256 KiB of memory; write it with fewer `*` and `?`";
const TOO_LARGE_TOGETHER: &str =
    "the wildcards before it take 512 MiB of memory together, so this one is not used; divide the lists";

/// Checks that a text, if it is compared as a wildcard, does not take too much memory. `taken` is
/// how much all take that were checked so far, also those that were refused.
pub(crate) fn check_wildcard(
    kind: Kind,
    comparison: Comparison,
    text: &str,
    taken: &mut usize,
) -> Result<(), &'static str> {
    if !comparison.is_wildcard() || kind == Kind::Keyword {
        return Ok(());
    }
    // Once it is full, no further forms are made only to be refused.
    if *taken >= MOST {
        return Err(TOO_LARGE_TOGETHER);
    }
    let size = forms(kind, comparison, text).iter().map(|(_, form)| size(form)).sum();
    *taken = taken.saturating_add(size);
    match size > MOST_OF_ONE {
        true => Err(TOO_LARGE),
        false if *taken > MOST => Err(TOO_LARGE_TOGETHER),
        false => Ok(()),
    }
}

/// Returns about how much memory a form takes: its text, and a place for each sign and for what
/// follows the sign.
fn size(form: &str) -> usize {
    let mut last = ' ';
    let signs = form.chars().filter(|sign| {
        let before = std::mem::replace(&mut last, *sign);
        *sign == '?' || *sign == '*' && before != '*'
    });
    64 + form.len() + 128 * signs.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_too_many_forms_are_refused() {
        use Comparison::{Contains, Exact, Prefix, Wildcard};
        let key = format!("{}{}{}", "*?".repeat(16), "?".repeat(240), "a".repeat(3_700));
        let url = format!("{}{}", "*".repeat(15), "a?".repeat(200));
        for (kind, comparison, text, is_used) in [
            (Kind::RegistryKey, Wildcard, &*key, false),
            (Kind::RegistryKey, Exact, &*key, true),
            (Kind::Url, Wildcard, &*url, false),
            (Kind::FilePath, Wildcard, &*url, true),
            (Kind::FilePath, Wildcard, &*"e*".repeat(7_000), false),
            (Kind::CommandLine, Wildcard, &*"*".repeat(16_000), true),
            (Kind::CommandLine, Contains, &*"a".repeat(16_000), true),
            (Kind::RegistryKey, Wildcard, r"HKLM\*\ControlSet00?\*a*a*a*a*a*a*a*a*a*a*a", true),
            (Kind::RegistryKey, Contains, &*r"\a".repeat(8_000), true),
            (Kind::RegistryKey, Prefix, r"\REGISTRY\USER\S-1-5-21-", true),
            (Kind::Url, Wildcard, "*://*.evil.example:*/*?a=*&b=*", true),
        ] {
            let shown: String = text.chars().take(40).collect();
            let found = check_wildcard(kind, comparison, text, &mut 0);
            assert_eq!(found.is_ok(), is_used, "{kind} {comparison:?} {shown}");
        }
    }

    #[test]
    fn all_wildcards_together_are_bounded() {
        let mut taken = 0;
        let mut check = |comparison, text: &str| check_wildcard(Kind::Domain, comparison, text, &mut taken);
        let text = "a".repeat(16_000);
        let count = (0..100_000).take_while(|_| check(Comparison::Contains, &text).is_ok()).count();
        assert!((10_000..40_000).contains(&count), "{count}");
        assert_eq!(check(Comparison::Contains, "a"), Err(TOO_LARGE_TOGETHER));
        assert_eq!(check(Comparison::Exact, "a"), Ok(()));
    }
}
