use sqlparser::ast::{BinaryOperator, Expr, InTarget, Value, ValueWithSpan};

use super::block::{Block, Reading};
use super::scope::{Resolved, bare};
use super::walk;
use crate::advise::schema::{Column, Index, Table};

/// Two sides of a condition that an index could answer for either.
#[derive(Debug)]
pub(crate) struct Comparison<'e> {
    pub(crate) left: &'e Expr,
    pub(crate) how: Comparing,
    /// One, or as many as a list has; none for a subquery.
    pub(crate) right: Vec<&'e Expr>,
}

/// How a [`Comparison`] compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparing {
    Equal,
    /// `= any (array)`: the right side is an array.
    EqualAny,
    Range,
}

impl<'e> Comparison<'e> {
    pub(crate) fn of(expr: &'e Expr) -> Option<Self> {
        let (left, how, right) = match bare(expr) {
            Expr::BinaryOp { left, op, right } => {
                let how = match op {
                    BinaryOperator::Eq => Comparing::Equal,
                    BinaryOperator::Lt
                    | BinaryOperator::LtEq
                    | BinaryOperator::Gt
                    | BinaryOperator::GtEq => Comparing::Range,
                    _ => return None,
                };
                (left, how, vec![&**right])
            }
            Expr::Between { expr, negated: false, low, high } => {
                (expr, Comparing::Range, vec![&**low, &**high])
            }
            Expr::In { expr, target, negated: false, .. } => match target {
                InTarget::List(list) => (expr, Comparing::Equal, list.iter().collect()),
                InTarget::Subquery(_) => (expr, Comparing::Equal, Vec::new()),
                _ => return None,
            },
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                let right = match bare(right) {
                    Expr::Subquery(_) => Vec::new(),
                    array => vec![array],
                };
                (left, Comparing::EqualAny, right)
            }
            _ => return None,
        };
        Some(Self { left: bare(left), how, right: right.into_iter().map(bare).collect() })
    }

    /// Each side with what it is compared with.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (&'e Expr, &[&'e Expr])> {
        let turned = match (&*self.right, self.how) {
            ([right], Comparing::Equal | Comparing::Range) => {
                Some((*right, std::slice::from_ref(&self.left)))
            }
            _ => None,
        };
        [(self.left, &*self.right)].into_iter().chain(turned)
    }
}

impl<'a> Reading<'a> {
    /// Whether an index finds the rows of this source by another column than this one.
    pub(crate) fn is_reached(&self, place: usize, source: usize, but: Option<i16>) -> bool {
        let block = &self.blocks[place];
        block.conditions.iter().any(|condition| {
            let Some(comparison) = Comparison::of(condition.expr) else { return false };
            comparison.sides().any(|(side, others)| {
                self.column(place, side).is_some_and(|column| {
                    (column.block, column.source) == (place, source)
                        && Some(column.column.number) != but
                        && leads_index(column.table, column.column)
                        && !others.iter().any(|other| self.mentions(place, other, source))
                })
            })
        })
    }

    /// Whether at most one row of this source is asked for.
    pub(crate) fn is_one_row(&self, place: usize, source: usize) -> bool {
        let block = &self.blocks[place];
        let Some(table) = block.table(source) else { return false };
        let fixed: Vec<i16> = block
            .conditions
            .iter()
            .filter(|condition| !condition.is_outer)
            .filter_map(|condition| Comparison::of(condition.expr))
            .filter(|comparison| comparison.how == Comparing::Equal && comparison.right.len() == 1)
            .flat_map(|comparison| {
                let sides: Vec<(&Expr, Vec<&Expr>)> =
                    comparison.sides().map(|(side, others)| (side, others.to_vec())).collect();
                sides
            })
            .filter(|(_, others)| others.iter().all(|other| self.is_value(other)))
            .filter_map(|(side, _)| self.column(place, side))
            .filter(|column| (column.block, column.source) == (place, source))
            .map(|column| column.column.number)
            .collect();
        table.indexes.iter().any(|index| {
            index.is_unique
                && index.is_valid
                && !index.is_partial()
                && index.keys.iter().all(|key| key.column.is_some_and(|key| fixed.contains(&key)))
        })
    }

    /// Whether a name in the expression means a column of this source.
    pub(crate) fn mentions(&self, place: usize, expr: &Expr, source: usize) -> bool {
        walk::any(expr, &mut |part| {
            self.column(place, part)
                .is_some_and(|column| (column.block, column.source) == (place, source))
        })
    }

    /// Whether an expression is the same for all rows, and holds no subquery.
    pub(crate) fn is_value(&self, expr: &Expr) -> bool {
        !walk::any(expr, &mut |part| {
            matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
                || walk::subquery(part).is_some()
        })
    }

    /// Whether a whole table is too small for any of this to matter.
    pub(crate) fn is_small(&self, table: &Table, few: f64) -> bool {
        rows(table).is_some_and(|rows| rows < few)
    }

    pub(crate) fn sources_named<'s>(
        &'s self,
        block: &'s Block<'a>,
    ) -> impl Iterator<Item = (usize, &'a Table)> + 's {
        (0..block.sources.len()).filter_map(|source| Some((source, block.table(source)?)))
    }
}

/// Rows of a table, where anybody has counted them.
pub(crate) fn rows(table: &Table) -> Option<f64> {
    let live = table.activity.live_rows;
    table.rows.or((live > 0).then_some(live as f64))
}

/// Whether an index of all rows begins with this column.
pub(crate) fn leads_index(table: &Table, column: &Column) -> bool {
    table.indexes.iter().any(|index| leads(index, column))
}

pub(crate) fn leads(index: &Index, column: &Column) -> bool {
    index.is_valid
        && !index.is_partial()
        && index.keys.first().is_some_and(|key| key.column == Some(column.number))
}

/// Whether a condition holds for all rows: `true`, `1 = 1`.
pub(crate) fn is_trivial(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Value(ValueWithSpan { value: Value::Boolean(is_true), .. }) => *is_true,
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            let value = |expr| match bare(expr) {
                Expr::Value(ValueWithSpan { value: Value::Placeholder(_), .. }) => None,
                Expr::Value(value) => Some(&value.value),
                _ => None,
            };
            value(left).is_some_and(|left| value(right) == Some(left))
        }
        _ => false,
    }
}

/// The column of a primary key of one column.
pub(crate) fn single_key(table: &Table) -> Option<&Column> {
    let key = table.indexes.iter().find(|index| index.is_primary)?;
    match &*key.keys {
        [only] => table.column(only.column?),
        _ => None,
    }
}

impl Resolved<'_> {
    /// What keys call a column.
    pub(crate) fn key(&self) -> String {
        format!("{}.{}", self.table.full_name(), self.column.name)
    }
}
