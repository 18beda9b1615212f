use std::fmt;

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
        self.rows.push(cells.into_iter().collect());
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
        self.line(self.heads.iter().map(|&(head, _)| head), f)?;
        for row in &self.rows {
            self.line(row.iter().map(String::as_str), f)?;
        }
        match self.left_out {
            0 => Ok(()),
            rows => writeln!(f, "  and {rows} more"),
        }
    }

    fn line<'a>(
        &self,
        cells: impl Iterator<Item = &'a str>,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        for (column, cell) in cells.enumerate() {
            let padding = " ".repeat(self.width(column).saturating_sub(cell.chars().count()));
            let (before, after) = match self.heads.get(column) {
                Some((_, Side::Right)) => (padding.as_str(), ""),
                _ => ("", padding.as_str()),
            };
            line.extend(["  ", before, cell, after]);
        }
        writeln!(f, "{}", line.trim_end())
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
        let head = self.heads.get(column).map(|&(head, _)| head);
        cells.chain(head).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}
