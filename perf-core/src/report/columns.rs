use std::fmt;

use super::text::one_line;

/// A table whose texts stand on the left and whose numbers stand on the right.
#[derive(Debug, Default)]
pub(super) struct Columns {
    heads: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
    left_out: usize,
}

#[derive(Clone, Copy, Debug)]
enum Side {
    Left,
    Right,
}

impl Columns {
    pub(super) fn new<const T: usize, const N: usize>(
        texts: [&'static str; T],
        numbers: [&'static str; N],
    ) -> Self {
        Self::default().texts(texts).numbers(numbers)
    }

    pub(super) fn texts<const N: usize>(mut self, heads: [&'static str; N]) -> Self {
        self.heads.extend(heads.map(|head| (head, Side::Left)));
        self
    }

    pub(super) fn numbers<const N: usize>(mut self, heads: [&'static str; N]) -> Self {
        self.heads.extend(heads.map(|head| (head, Side::Right)));
        self
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| one_line(&cell)).collect());
    }

    /// How many more rows there would have been.
    pub(super) fn left_out(self, rows: usize) -> Self {
        Self { left_out: rows, ..self }
    }

    /// Writes a title and the table; nothing at all when it has no rows.
    pub(super) fn write(&self, title: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{title}")?;
        self.write_rows(f)
    }

    /// Writes the table alone; nothing at all when it has no rows.
    pub(super) fn write_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return Ok(());
        }
        let widths = self.widths();
        self.line(self.heads.iter().map(|&(head, _)| head), &widths, f)?;
        for row in &self.rows {
            self.line(row.iter().map(String::as_str), &widths, f)?;
        }
        match self.left_out {
            0 => Ok(()),
            rows => writeln!(f, "  and {rows} more"),
        }
    }

    fn line<'a>(
        &self,
        cells: impl Iterator<Item = &'a str>,
        widths: &[usize],
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        for ((cell, width), (_, side)) in cells.zip(widths).zip(&self.heads) {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            match side {
                Side::Left => line.extend(["  ", cell, &padding]),
                Side::Right => line.extend(["  ", &padding, cell]),
            }
        }
        writeln!(f, "{}", line.trim_end())
    }

    /// Of each column, the characters of its widest cell.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> =
            self.heads.iter().map(|(head, _)| head.chars().count()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        widths
    }
}
