//! Dividing a store into map tasks.

use storage::EventRange;

/// Rows of the smallest and the largest task. A task costs a worker about a millisecond beside its events; what a
/// task finds is held in memory until it is written.
const TASK_ROWS: std::ops::RangeInclusive<i64> = 1_024..=16_384;

/// How many tasks a store is divided into if that gives tasks of these sizes: enough that no worker is idle for long at the
/// end.
const TASKS: i64 = 64;

/// The map tasks for the events of a store.
///
/// They depend on the store alone, not on the number of workers, so that a run on another machine has the
/// same ones.
#[must_use]
pub(crate) fn map_tasks(events: Option<EventRange>) -> Vec<EventRange> {
    let Some(EventRange { first, last }) = events else { return Vec::new() };
    let rows = last.saturating_sub(first).saturating_add(1);
    let size = (rows / TASKS).clamp(*TASK_ROWS.start(), *TASK_ROWS.end());
    let mut tasks = Vec::new();
    let mut next = Some(first);
    while let Some(first) = next {
        let end = first.saturating_add(size - 1).min(last);
        tasks.push(EventRange { first, last: end });
        next = (end < last).then(|| end + 1);
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_cover_the_store_once() {
        for (first, last) in [(1, 1), (5, 1_028), (1, 1_025), (1, 91_591), (7, 10_000_000)] {
            let tasks = map_tasks(Some(EventRange { first, last }));
            assert_eq!((tasks[0].first, tasks[tasks.len() - 1].last), (first, last));
            assert!(tasks.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
            assert!(tasks.iter().all(|task| task.last - task.first < *TASK_ROWS.end()));
        }
        assert_eq!(map_tasks(None), []);
    }
}
