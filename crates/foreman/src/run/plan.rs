//! Divides a store into map tasks.

use storage::{EventRange, StorageError, Store};

/// The number of rows of the smallest and of the largest task. A task costs a worker about half a
/// millisecond in addition to its events. The findings of a task are held in memory until they are
/// written.
const TASK_ROWS: std::ops::RangeInclusive<i64> = 1_024..=16_384;

/// The number of tasks for a store, if these sizes allow it. With so many tasks, no worker is idle
/// for long at the end.
const TASKS: i64 = 40;

/// Returns the number of events of a store, and the map tasks for them.
pub(crate) fn tasks_of(store: &Store) -> Result<(u64, Vec<EventRange>), StorageError> {
    let events = store.number_of_events()?;
    let tasks = map_tasks(store.event_range()?, events, |row, size| store.event_after(row, size))?;
    Ok((events, tasks))
}

/// Returns the map tasks for the events of a store, which has `number_of_events` of them.
/// `event_after` finds the event row that follows so many event rows from a row on. It is used only
/// if there are gaps between the numbers of the rows.
///
/// The tasks depend only on the store, not on the number of workers. So a run on another machine
/// has the same tasks.
fn map_tasks<E>(
    events: Option<EventRange>,
    number_of_events: u64,
    mut event_after: impl FnMut(i64, i64) -> Result<Option<i64>, E>,
) -> Result<Vec<EventRange>, E> {
    let Some(EventRange { first, last }) = events else { return Ok(Vec::new()) };
    let rows = i64::try_from(number_of_events).unwrap_or(i64::MAX);
    let size = (rows / TASKS).clamp(*TASK_ROWS.start(), *TASK_ROWS.end());
    let has_gaps = last.abs_diff(first) != number_of_events.saturating_sub(1);
    let mut tasks = Vec::new();
    let mut next = Some(first);
    while let Some(first) = next {
        next = if has_gaps { event_after(first, size)? } else { first.checked_add(size) };
        next = next.filter(|&next| next > first && next <= last);
        tasks.push(EventRange { first, last: next.map_or(last, |next| next - 1) });
    }
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tasks of a store with these rows.
    fn of(rows: &[i64]) -> Vec<EventRange> {
        let events = EventRange { first: rows[0], last: rows[rows.len() - 1] };
        map_tasks(Some(events), rows.len() as u64, |row, size| {
            let position = rows.binary_search(&row).unwrap();
            Ok::<_, ()>(rows.get(position + usize::try_from(size).unwrap()).copied())
        })
        .unwrap()
    }

    #[test]
    fn tasks_cover_the_store_once() {
        for (first, last) in [(1, 1), (5, 1_028), (1, 1_025), (1, 91_591), (7, 10_000_000)] {
            let events = EventRange { first, last };
            let tasks = map_tasks(Some(events), last.abs_diff(first) + 1, |_, _| Err("no row is looked up"));
            let tasks = tasks.unwrap();
            assert_eq!((tasks[0].first, tasks[tasks.len() - 1].last), (first, last));
            assert!(tasks.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
            assert!(tasks.iter().all(|task| task.last - task.first < *TASK_ROWS.end()));
        }
        assert_eq!(map_tasks(None, 0, |_, _| Ok::<_, ()>(None)), Ok(vec![]));
    }

    #[test]
    fn gaps_make_no_tasks() {
        let tasks = of(&(1..=100_000).chain([i64::MAX]).collect::<Vec<_>>());
        assert_eq!(tasks.len(), 41);
        assert_eq!(tasks[40], EventRange { first: i64::MAX, last: i64::MAX });
        let far_apart: Vec<_> = (0..10_000).map(|number| 1 + number * 16_385).collect();
        let tasks = of(&far_apart);
        assert_eq!(tasks.len(), 10);
        assert_eq!(tasks[1].first, far_apart[1_024]);
        assert!(tasks.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
    }

    /// Rows that come in no order of their numbers are refused when they are read.
    #[test]
    fn a_damaged_table_ends() {
        let events = EventRange { first: 5, last: 9 };
        let tasks = map_tasks(Some(events), 2, |_, _| Ok::<_, ()>(Some(3)));
        assert_eq!(tasks, Ok(vec![events]));
    }
}
