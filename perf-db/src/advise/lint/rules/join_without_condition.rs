use perf_core::FindingKind;
use perf_core::finding::Severity;
use perf_core::sql::Dialect;
use sqlparser::ast::{BinaryOperator, Expr, Select};

use super::super::block::{Block, How, Reading};
use super::super::conditions::{Comparison, is_trivial, rows};
use super::super::rewrite::{Change, Part, own, with};
use super::super::scope::{bare, folded};
use super::super::walk;
use super::Found;
use crate::advise::schema::{Table, written};

/// A table with fewer rows is a list to combine with. A figure of our own.
const A_LIST: f64 = 100.0;

const ADVICE: &str = "say what goes together in on: without it each row of the one table comes with \
                      each row of the other";

/// Tables between which no condition stands.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        if block.joins.is_empty() {
            continue;
        }
        let Some(groups) = Groups::of(reading, place) else { continue };
        let mut apart: Vec<(usize, &Table)> = Vec::new();
        for (source, table) in reading.sources_named(block) {
            let is_large = !reading.is_small(table, A_LIST) && !reading.is_one_row(place, source);
            let is_new = apart.iter().all(|(other, _)| !groups.are_one(*other, source));
            if is_large && is_new {
                apart.push((source, table));
            }
        }
        if let [(first, one), (second, other), ..] = *apart {
            let which = format!("{}:{}", one.full_name(), other.full_name());
            let mut new = Found::new(FindingKind::JoinWithoutCondition, which, ADVICE)
                .severity(Severity::Warning)
                .evidence("tables", format!("{} and {}", one.full_name(), other.full_name()))
                .code(joined(reading, block, (first, one), (second, other)));
            if let (Some(left), Some(right)) = (rows(one), rows(other)) {
                new = new.evidence("rows", format!("{:.0}", left * right));
            }
            found.push(new);
        } else if reading.dialect() == Dialect::MySql
            && block.conditions.iter().all(|condition| is_trivial(condition.expr))
            && block.joins.iter().all(|join| join.how != How::Bound)
        {
            let new = Found::new(FindingKind::JoinWithoutCondition, "", ADVICE);
            found.push(new.severity(Severity::Warning));
        }
    }
}

/// The sources of a block, those that a condition binds together in one group.
struct Groups {
    first: Vec<usize>,
}

impl Groups {
    /// `None` where a condition may bind more than can be seen.
    fn of(reading: &Reading<'_>, place: usize) -> Option<Self> {
        let block = &reading.blocks[place];
        let mut groups = Self { first: (0..block.sources.len()).collect() };
        for join in block.joins.iter().filter(|join| join.how == How::Bound) {
            (0..join.right).for_each(|left| groups.bind(left, join.right));
        }
        // Two columns that are compared with one value go together too.
        let mut values: Vec<(&Expr, usize)> = Vec::new();
        for condition in &block.conditions {
            let named = sources_of(reading, place, condition.expr)?;
            named.windows(2).for_each(|pair| groups.bind(pair[0], pair[1]));
            let compared = Comparison::of(condition.expr);
            for value in compared.iter().flat_map(|compared| &compared.right) {
                let Some(source) = named.first().filter(|_| reading.is_value(value)) else { break };
                match values.iter().find(|(known, _)| known == value) {
                    Some((_, known)) => groups.bind(*known, *source),
                    None => values.push((value, *source)),
                }
            }
        }
        Some(groups)
    }

    fn bind(&mut self, one: usize, other: usize) {
        let (from, to) = (self.first[other], self.first[one]);
        self.first.iter_mut().filter(|first| **first == from).for_each(|first| *first = to);
    }

    fn are_one(&self, one: usize, other: usize) -> bool {
        self.first[one] == self.first[other]
    }
}

/// The sources that an expression names; `None` where it has a subquery or a name that is not known.
fn sources_of(reading: &Reading<'_>, place: usize, expr: &Expr) -> Option<Vec<usize>> {
    let block = &reading.blocks[place];
    let (mut named, mut is_unknown) = (Vec::new(), false);
    walk::any(expr, &mut |part| {
        match bare(part) {
            Expr::CompoundIdentifier(names) if names.len() == 2 => {
                let table = folded(&names[0]);
                let of = block.sources.iter().position(|source| source.is(None, &table));
                // Of a block further out it binds nothing here.
                named.extend(of);
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                match reading.column(place, part) {
                    Some(column) if column.block == place => named.push(column.source),
                    Some(_) => {}
                    None => is_unknown = true,
                }
            }
            part => is_unknown |= walk::subquery(part).is_some(),
        }
        is_unknown
    });
    (!is_unknown).then_some(named)
}

/// The statement with the condition that a foreign key between the tables stands for.
fn joined(
    reading: &Reading<'_>,
    block: &Block<'_>,
    one: (usize, &Table),
    other: (usize, &Table),
) -> Option<String> {
    let select = block.select()?;
    let mut keys = [(one, other), (other, one)].into_iter().flat_map(|(from, to)| {
        let keys = from.1.foreign_keys.iter().filter(move |key| key.target == to.1.oid);
        keys.map(move |key| (from, to, key))
    });
    let (from, to, key) = keys.next()?;
    if keys.next().is_some() {
        return None;
    }
    let column = |of: (usize, &Table), number: i16| {
        let column = written(&of.1.column(number)?.name);
        Some(format!("{}.{column}", written(&block.sources[of.0].name)))
    };
    let pairs = key.columns.iter().zip(&key.target_columns);
    let pairs: Option<Vec<String>> = pairs
        .map(|(refers, referred)| {
            Some(format!("{} = {}", column(from, *refers)?, column(to, *referred)?))
        })
        .collect();
    let condition = own(pairs?.join(" and "));
    let mut change = |select: &mut Select| {
        select.selection = Some(match select.selection.take() {
            None => condition.clone(),
            Some(given) => Expr::BinaryOp {
                left: Box::new(condition.clone()),
                op: BinaryOperator::And,
                right: Box::new(Expr::Nested(Box::new(given))),
            },
        });
    };
    let part = Part::Select(select);
    with(reading.statement, part, Change::Select(&mut change), reading.dialect())
}
