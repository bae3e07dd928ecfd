//! The limit of open files (`ulimit -n`), and how many workers and parts of an export it allows.
//!
//! Each worker is connected through sockets. ipc-channel ends the program if it cannot open one, so
//! foreman starts no more workers than it has sockets for.

use anyhow::{Result, bail};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The most files that are open for one worker at a time: two sockets, and two more while it is
/// started.
const PER_WORKER: u64 = 4;
/// The most files that are open at a time beside those that are open now and those for workers:
/// task stores, logs and pipes.
const OTHERS: u64 = 16;

/// Returns how many workers there can be, at most `wanted`. Raises the limit of this process as far
/// as they need it.
///
/// # Errors
///
/// If the limit allows no worker.
pub(crate) fn most_workers(wanted: usize) -> Result<usize> {
    let open = open_files();
    let needed = open + OTHERS + PER_WORKER * wanted as u64;
    let Some(limit) = raised_to(needed) else { return Ok(wanted) };
    let most = within(limit, open, PER_WORKER, wanted);
    if most == 0 {
        bail!(
            "foreman may have only {limit} files open at a time, and needs {} for one worker; raise the limit, for example \
             with: ulimit -n 1024",
            open + OTHERS + PER_WORKER
        );
    }
    if most < wanted {
        tracing::warn!(
            "foreman may have only {limit} files open at a time, which is enough for {most} of {wanted} workers; to have \
             all, raise the limit with: ulimit -n {needed}"
        );
    }
    Ok(most)
}

/// Returns how many more files can be open at a time, at most `wanted`, while there are no workers.
/// Raises the limit of this process as far as they need it.
pub(crate) fn most_files(wanted: usize) -> usize {
    let open = open_files();
    raised_to(open + OTHERS + wanted as u64).map_or(wanted, |limit| within(limit, open, 1, wanted))
}

/// Raises the limit of this process as far as possible, if so many files are not allowed. Returns
/// the limit, or `None` if the operating system does not tell.
fn raised_to(needed: u64) -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let raised = needed.min(hard);
    let is_raised = soft < needed && setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok();
    Some(if is_raised { raised } else { soft })
}

/// Returns for how many of `wanted` there are so many files each within a limit.
fn within(limit: u64, open: u64, files: u64, wanted: usize) -> usize {
    let most = limit.saturating_sub(open + OTHERS) / files;
    usize::try_from(most).unwrap_or(usize::MAX).min(wanted)
}

/// Counts the open files of this process. Where the system does not tell, they are those that every
/// program has, and the store.
fn open_files() -> u64 {
    const USUAL: u64 = 10;
    std::fs::read_dir("/dev/fd").map_or(USUAL, |files| files.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_limit_allows() {
        for (limit, open, files, wanted, most) in [
            (1_024, 10, PER_WORKER, 2, 2),
            (1_024, 10, PER_WORKER, 1_000, 249),
            (30, 10, PER_WORKER, 1_000, 1),
            (29, 10, PER_WORKER, 1_000, 0),
            (5, 10, PER_WORKER, 1, 0),
            (u64::MAX, 10, PER_WORKER, 65_535, 65_535),
            (50, 10, 1, 64, 24),
            (1_024, 10, 1, 64, 64),
        ] {
            assert_eq!(within(limit, open, files, wanted), most, "{limit}, {open}, {files}, {wanted}");
        }
    }

    #[test]
    fn open_files_are_counted() {
        let before = open_files();
        let _more: Vec<_> = (0..50).map(|_| std::fs::File::open("/dev/null")).collect();
        assert!(open_files() >= before.saturating_sub(20) + 50);
    }
}
