//! Tables as text, with aligned columns. A table is not wider than the terminal, if possible.

use crate::document::{Align, Grid};
use crate::words::{cut, line};

/// Returns the lines of a table, indented by two spaces. A line has at most `width` characters, if
/// possible.
pub(crate) fn lines(grid: &Grid, width: usize) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    if grid.columns.iter().any(|(_, heading)| !heading.is_empty()) {
        rows.push(grid.columns.iter().map(|(_, heading)| (*heading).to_owned()).collect());
    }
    rows.extend(grid.rows.iter().map(|row| row.iter().map(|cell| line(cell)).collect()));
    let aligns: Vec<_> = grid.columns.iter().map(|(align, _)| *align).collect();
    let widths = widths(&aligns, &rows, width);
    let headings = rows.len() - grid.rows.len();
    let mut out = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        out.push(set(row, &aligns, &widths));
        let remark = grid.remarks.iter().zip(position.checked_sub(headings));
        let remark = remark.filter_map(|((_, remarks), row)| remarks.get(row)).find(|text| !text.is_empty());
        out.extend(remark.map(|text| cut(&format!("      {}", line(text)), width)));
    }
    out
}

fn set(row: &[String], aligns: &[Align], widths: &[usize]) -> String {
    let mut line = String::new();
    for (position, ((cell, width), align)) in row.iter().zip(widths).zip(aligns).enumerate() {
        let cell = cut(cell, *width);
        line.push_str("  ");
        match align {
            Align::Right => line.push_str(&format!("{cell:>width$}")),
            _ if position + 1 == widths.len() => line.push_str(&cell),
            _ => line.push_str(&format!("{cell:<width$}")),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Returns the minimum width of a column that is cut.
fn least_width(align: Align) -> usize {
    match align {
        Align::Left => 12,
        // A time to the second; an ellipsis replaces the fraction.
        Align::Time => 20,
        Align::Right => usize::MAX,
    }
}

fn widths(aligns: &[Align], rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let widest = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..aligns.len()).map(widest).collect();
    let mut excess = (widths.iter().sum::<usize>() + 2 * widths.len()).saturating_sub(width);
    // The widest column shrinks first, one character at a time.
    while excess > 0 {
        let can_give = |column: &usize| widths[*column] > least_width(aligns[*column]);
        let Some(column) = (0..widths.len()).filter(can_give).max_by_key(|column| widths[*column]) else {
            break;
        };
        widths[column] -= 1;
        excess -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Grid {
        let text = |text: &str| text.to_owned();
        Grid {
            columns: vec![(Align::Left, ""), (Align::Right, ""), (Align::Time, ""), (Align::Left, "")],
            rows: vec![
                vec![text("a"), text("1,000"), text("2026-01-01T00:00:00Z"), "x".repeat(30)],
                vec!["b".repeat(20), text("1"), text(""), text("y")],
                vec![text("only")],
            ],
            remarks: None,
            more: None,
        }
    }

    #[test]
    fn all_of_it() {
        assert_eq!(
            lines(&table(), usize::MAX),
            [
                "  a                     1,000  2026-01-01T00:00:00Z  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "  bbbbbbbbbbbbbbbbbbbb      1                        y",
                "  only",
            ]
        );
    }

    #[test]
    fn fitted() {
        let fitted = lines(&table(), 66);
        assert_eq!(fitted[0], "  a                  1,000  2026-01-01T00:00:00Z  xxxxxxxxxxxxxxx…");
        assert_eq!(fitted[1], "  bbbbbbbbbbbbbbbb…      1                        y");
        assert!(fitted.iter().all(|line| line.chars().count() <= 66));
        let fraction = Grid {
            columns: vec![(Align::Time, ""), (Align::Left, "")],
            rows: vec![vec!["2026-01-01T00:00:00.123456Z".into(), "x".repeat(15)]],
            remarks: None,
            more: None,
        };
        assert_eq!(lines(&fraction, 39), ["  2026-01-01T00:00:00…  xxxxxxxxxxxxxxx"]);
        assert_eq!(lines(&table(), 1)[0].chars().count(), 2 + 12 + 2 + 5 + 2 + 20 + 2 + 12);
    }
}
