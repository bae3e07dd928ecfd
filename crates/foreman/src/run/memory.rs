//! How much memory the merge may take.

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use sysinfo::System;

/// A change may take one part in this number of the available memory. While the index is built, it
/// takes as much again, up to 512 MiB.
const PART: u64 = 8;
/// What a change may always take: about four million tags.
const LEAST: u64 = 256 << 20;
/// What a change may take at most: about sixty million tags.
const MOST: u64 = 4 << 30;

/// Returns how many bytes of a change to a store may be held in memory. A larger change is written
/// to the store before its commit, and read again for the index. The result is the same, but it
/// takes longer.
pub(crate) fn for_a_change() -> u64 {
    part_of(available())
}

fn part_of(available: Option<u64>) -> u64 {
    available.map_or(LEAST, |available| (available / PART).clamp(LEAST, MOST))
}

/// Returns the memory that the machine, the container and the limits of the process leave.
fn available() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    let container = system.cgroup_limits().map(|limits| limits.free_memory);
    let limits = [Resource::RLIMIT_AS, Resource::RLIMIT_DATA].map(|limit| getrlimit(limit).ok());
    let limits = limits.into_iter().flatten().map(|(soft, _)| soft).filter(|&soft| soft != RLIM_INFINITY);
    limits.chain(container).chain([system.available_memory()]).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_within_limits() {
        assert_eq!([None, Some(0), Some(LEAST), Some(2 << 30)].map(part_of), [LEAST; 4]);
        assert_eq!(part_of(Some(8 << 30)), 1 << 30);
        assert_eq!(part_of(Some(1 << 40)), MOST);
        assert!(available().is_some_and(|available| available > 0));
    }
}
