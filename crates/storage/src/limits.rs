//! The limits for what a store's tables may take to read.

use crate::budget::{Budget, check_size};
use crate::{StorageError, Store};

impl Store {
    /// Returns a budget for reading each row of a table at most once.
    pub(crate) fn budget(&self, table: &'static str) -> Result<Budget, StorageError> {
        Budget::of_rows(&self.connection, table).map_err(|source| self.error("read", source))
    }

    /// Returns a budget for searches in a table.
    pub(crate) fn search_budget(&self, table: &'static str) -> Result<Budget, StorageError> {
        Budget::of_searches(&self.connection, table).map_err(|source| self.error("search", source))
    }

    /// Returns the number of rows of a table, and refuses a table that has more rows than the file
    /// has room for.
    pub(crate) fn count_rows(&self, table: &str) -> Result<u64, StorageError> {
        check_size(&self.connection, table, "").map_err(|source| self.error("count the rows of", source))
    }

    /// Refuses a table that has more rows, or longer values in these columns (such as
    /// `label TEXT, number_of_events INTEGER`), than the file has room for.
    pub(crate) fn check_size(&self, table: &str, columns: &str) -> Result<(), StorageError> {
        if !self.has_table(table)? {
            return Ok(());
        }
        check_size(&self.connection, table, columns).map(drop).map_err(|source| self.error("read", source))
    }
}
