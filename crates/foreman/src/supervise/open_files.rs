//! The limit of open files (`ulimit -n`), and how many workers it allows.
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
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Ok(wanted) };
    let open = open_files();
    let needed = open + OTHERS + PER_WORKER * wanted as u64;
    let mut limit = soft;
    if soft < needed && setrlimit(Resource::RLIMIT_NOFILE, needed.min(hard), hard).is_ok() {
        limit = needed.min(hard);
    }
    let most = workers_within(limit, open, wanted);
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

fn workers_within(limit: u64, open: u64, wanted: usize) -> usize {
    let most = limit.saturating_sub(open + OTHERS) / PER_WORKER;
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
    fn workers_within_a_limit() {
        for (limit, open, wanted, most) in [
            (1_024, 10, 2, 2),
            (1_024, 10, 1_000, 249),
            (30, 10, 1_000, 1),
            (29, 10, 1_000, 0),
            (5, 10, 1, 0),
            (u64::MAX, 10, 65_535, 65_535),
        ] {
            assert_eq!(workers_within(limit, open, wanted), most, "{limit}, {open}, {wanted}");
        }
    }

    #[test]
    fn open_files_are_counted() {
        let before = open_files();
        let _more: Vec<_> = (0..50).map(|_| std::fs::File::open("/dev/null")).collect();
        assert!(open_files() >= before.saturating_sub(20) + 50);
    }
}
