//! Tables as text: columns in line, numbers to the right, and no wider than the terminal.

use crate::words::cut;

/// Columns are not cut below this.
const LEAST_WIDTH: usize = 12;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text, which is cut if there is no room for it.
    Left,
    /// Text that makes no sense when it is cut, such as times.
    Whole,
    /// Numbers.
    Right,
}

/// A table as it is made up.
#[derive(Debug)]
pub(crate) struct TextTable {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    pub(crate) fn new(columns: &[Align]) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row; it may have fewer cells than there are columns.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines, each behind two spaces, of at most `width` characters if that is possible.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let widths = self.widths(width);
        let last = widths.len().saturating_sub(1);
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for (position, ((cell, width), align)) in row.iter().zip(&widths).zip(&self.columns).enumerate() {
                let cell = cut(cell, *width);
                line.push_str("  ");
                match align {
                    Align::Right => line.push_str(&format!("{cell:>width$}")),
                    _ if position == last => line.push_str(&cell),
                    _ => line.push_str(&format!("{cell:<width$}")),
                }
            }
            line.truncate(line.trim_end().len());
            line
        };
        self.rows.iter().map(line).collect()
    }

    fn widths(&self, width: Option<usize>) -> Vec<usize> {
        let widest = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..self.columns.len()).map(widest).collect();
        let Some(width) = width else { return widths };
        let mut excess = (widths.iter().sum::<usize>() + 2 * widths.len()).saturating_sub(width);
        // From the widest, down to the next in width, and so on.
        while excess > 0 {
            let can_give =
                |column: &usize| self.columns[*column] == Align::Left && widths[*column] > LEAST_WIDTH;
            let Some(column) = (0..widths.len()).filter(can_give).max_by_key(|column| widths[*column]) else {
                break;
            };
            widths[column] -= 1;
            excess -= 1;
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TextTable {
        let mut table = TextTable::new(&[Align::Left, Align::Right, Align::Whole, Align::Left]);
        let text = |text: &str| text.to_owned();
        table.row([text("a"), text("1,000"), text("2026-01-01T00:00:00Z"), "x".repeat(30)]);
        table.row(["b".repeat(20), text("1"), text(""), text("y")]);
        table.row([text("only")]);
        table
    }

    #[test]
    fn all_of_it() {
        assert_eq!(
            table().lines(None),
            [
                "  a                     1,000  2026-01-01T00:00:00Z  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "  bbbbbbbbbbbbbbbbbbbb      1                        y",
                "  only",
            ]
        );
    }

    #[test]
    fn fitted() {
        let lines = table().lines(Some(66));
        assert_eq!(lines[0], "  a                  1,000  2026-01-01T00:00:00Z  xxxxxxxxxxxxxxx…");
        assert_eq!(lines[1], "  bbbbbbbbbbbbbbb…      1                        y");
        assert!(lines.iter().all(|line| line.chars().count() <= 66));
        assert_eq!(table().lines(Some(1))[0].chars().count(), 2 + 12 + 2 + 5 + 2 + 20 + 2 + 12);
    }
}
