//! The counts of a report: no more than can be read again.
//!
//! Plugins count names of up to some KB each, and a browser that is led to thousands of long
//! addresses has as many names. A report that is too large to be read would be lost, and no later
//! run would know it as its plugin's and replace it.

use std::cmp::Reverse;

use events::{Counter, json};

use crate::blob::MAXIMUM_INFLATED;

/// The most bytes of a report's counts as JSON. The rest is for the filter: 1 MiB, each byte of
/// which can take six.
const MOST: usize = MAXIMUM_INFLATED - (8 << 20);

/// How many bytes a count takes beside its name: 20 digits and what separates them.
const COUNT: usize = 24;

/// Removes the counts for which a report has no room: the smallest, and of equal ones those of the
/// last names. Returns how many.
pub(crate) fn cut(counter: &mut Counter) -> u64 {
    cut_to(counter, MOST)
}

fn cut_to(counter: &mut Counter, most: usize) -> u64 {
    let size = |name: &String| json::quoted(name).len() + COUNT;
    if counter.keys().map(size).sum::<usize>() <= most {
        return 0;
    }
    let mut by_count: Vec<_> = counter.iter().map(|(name, count)| (Reverse(*count), name)).collect();
    by_count.sort_unstable();
    let mut left = most;
    let has_room = |(_, name): &&(Reverse<u64>, &String)| match left.checked_sub(size(name)) {
        Some(less) => {
            left = less;
            true
        }
        None => false,
    };
    let kept: Counter = by_count
        .iter()
        .take_while(has_room)
        .map(|(Reverse(count), name)| ((*name).clone(), *count))
        .collect();
    let left_out = counter.len() - kept.len();
    *counter = kept;
    left_out as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_most_is_kept() {
        let all: Counter =
            [("a", 1), ("b", 3), ("c", 2), ("d", 2), ("e", 9)].map(|(n, c)| (n.into(), c)).into();
        let kept = |most| {
            let mut counter = all.clone();
            let left_out = cut_to(&mut counter, most);
            (counter.into_keys().collect::<String>(), left_out)
        };
        let one = 3 + COUNT;
        assert_eq!(kept(5 * one), ("abcde".into(), 0));
        assert_eq!(kept(5 * one - 1), ("bcde".into(), 1));
        assert_eq!(kept(3 * one), ("bce".into(), 2));
        assert_eq!(kept(0), (String::new(), 5));
    }

    /// Each byte of a control character takes six in JSON.
    #[test]
    fn a_report_can_be_read_again() {
        let mut counter: Counter =
            (0..2_000).map(|n| (format!("{n}{}", "\u{1}".repeat(8 << 10)), 1)).collect();
        assert!(cut(&mut counter) > 0);
        let size: usize = counter.keys().map(|name| json::quoted(name).len()).sum();
        assert!((MOST / 2..MOST).contains(&size), "{size}");
    }
}
