//! What Plaso counted while it extracted events.

use rusqlite::Row;

use crate::connection::text;
use crate::{StorageError, Store};

/// The name of the sum of a counter.
const TOTAL: &str = "total";
/// The most rows of a counter that are read. Plaso has about a hundred parsers.
const MOST: usize = 10_000;

impl Store {
    /// The number of events that Plaso extracted, as it counted them itself. Returns `None` if it
    /// did not, or if its numbers do not add up.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn counted_events(&self) -> Result<Option<u64>, StorageError> {
        let counter = self.parser_counter()?;
        let sum = |is_total: bool| {
            let numbers = counter.iter().filter(|(name, _)| (name == TOTAL) == is_total);
            numbers.fold(0, |sum: u64, (_, number)| sum.saturating_add(*number))
        };
        Ok(Some(sum(true)).filter(|total| *total > 0 && *total == sum(false)))
    }

    /// Shows `visit` what Plaso counted while it extracted events: numbers of events by parser, and
    /// a `total`. Nothing if it did not.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_parser_counts(&self, mut visit: impl FnMut(&str, u64)) -> Result<(), StorageError> {
        self.parser_counter()?.iter().for_each(|(name, number)| visit(name, *number));
        Ok(())
    }

    /// The same by data type, which only newer versions count.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_data_type_counts(&self, mut visit: impl FnMut(&str, u64)) -> Result<(), StorageError> {
        self.counter("data_type_count")?.iter().for_each(|(name, number)| visit(name, *number));
        Ok(())
    }

    /// The counter of parsers. If Plaso gives labels to events, its table has the counter of labels
    /// behind it, which has a sum of its own as its second row.
    fn parser_counter(&self) -> Result<Vec<(String, u64)>, StorageError> {
        let mut counter = self.counter("parser_count")?;
        let of_labels = counter.iter().enumerate().filter(|(_, (name, _))| name == TOTAL).nth(1);
        if let Some(at) = of_labels.map(|(at, _)| at) {
            counter.truncate(at.saturating_sub(1));
        }
        Ok(counter)
    }

    fn counter(&self, table: &'static str) -> Result<Vec<(String, u64)>, StorageError> {
        let mut counter = Vec::new();
        self.check_size(table, "name TEXT, number_of_events INTEGER")?;
        self.scan(table, "substr(name, 1, 256), number_of_events", |row: &Row<'_>| {
            // What is no count is passed over.
            if let (Some(name), Ok(number)) = (text(row, 1), row.get(2))
                && counter.len() < MOST
            {
                counter.push((name, number));
            }
            Ok(())
        })?;
        Ok(counter)
    }
}
