//! Divides a store into map tasks.

use storage::EventRange;

/// The number of rows of the smallest and of the largest task. A task costs a worker about half a
/// millisecond in addition to its events. The findings of a task are held in memory until they are
/// written.
const TASK_ROWS: std::ops::RangeInclusive<i64> = 1_024..=16_384;

/// The number of tasks for a store, if these sizes allow it. With so many tasks, no worker is idle
/// for long at the end.
const TASKS: i64 = 40;

/// Returns the map tasks for the events of a store. `event_from` finds the first event row from a
/// row on, so wide gaps between rows make no tasks.
///
/// The tasks depend only on the store, not on the number of workers. So a run on another machine
/// has the same tasks.
pub(crate) fn map_tasks<E>(
    events: Option<EventRange>,
    mut event_from: impl FnMut(i64) -> Result<Option<i64>, E>,
) -> Result<Vec<EventRange>, E> {
    let Some(EventRange { first, last }) = events else { return Ok(Vec::new()) };
    let rows = last.saturating_sub(first).saturating_add(1);
    let size = (rows / TASKS).clamp(*TASK_ROWS.start(), *TASK_ROWS.end());
    let mut tasks = Vec::new();
    let mut next = Some(first);
    while let Some(first) = next {
        let end = first.saturating_add(size - 1).min(last);
        tasks.push(EventRange { first, last: end });
        next = if end < last { event_from(end + 1)? } else { None };
    }
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(first: i64, last: i64, event_from: impl Fn(i64) -> i64) -> Vec<EventRange> {
        map_tasks(Some(EventRange { first, last }), |row| Ok::<_, ()>(Some(event_from(row)))).unwrap()
    }

    #[test]
    fn tasks_cover_the_store_once() {
        for (first, last) in [(1, 1), (5, 1_028), (1, 1_025), (1, 91_591), (7, 10_000_000)] {
            let tasks = of(first, last, |row| row);
            assert_eq!((tasks[0].first, tasks[tasks.len() - 1].last), (first, last));
            assert!(tasks.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
            assert!(tasks.iter().all(|task| task.last - task.first < *TASK_ROWS.end()));
        }
        assert_eq!(map_tasks(None, |_| Ok::<_, ()>(None)), Ok(vec![]));
    }

    #[test]
    fn gaps_make_no_tasks() {
        let tasks = of(1, i64::MAX, |row| if row < 100_000 { row } else { i64::MAX });
        assert_eq!(tasks.len(), 8);
        assert_eq!(tasks[7], EventRange { first: i64::MAX, last: i64::MAX });
    }
}
