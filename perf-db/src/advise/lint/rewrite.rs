//! A statement with one part of it changed, as SQL without its values.

use std::ops::ControlFlow;

use perf_core::sql::Dialect;
use sqlparser::ast::{Expr, Ident, Query, Select, Statement, Visit, VisitMut, Visitor, VisitorMut};
use sqlparser::dialect::{GenericDialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::parameters::with_parameters;

/// A part of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    Expr(&'a Expr),
    Select(&'a Select),
    Query(&'a Query),
}

/// What becomes of a [`Part`].
pub(crate) enum Change<'c> {
    Expr(Box<Expr>),
    Select(&'c mut dyn FnMut(&mut Select)),
    Query(&'c mut dyn FnMut(&mut Query)),
}

/// The statement with the part changed; `None` where the part is not found in it.
pub(crate) fn with(
    statement: &Statement,
    part: Part<'_>,
    change: Change<'_>,
    dialect: Dialect,
) -> Option<String> {
    let mut place = Find { part, passed: 0 };
    let ControlFlow::Break(()) = Visit::visit(statement, &mut place) else { return None };
    let mut changed = statement.clone();
    // What is in the part afterwards was not there to be counted.
    let mut apply = Apply { left: place.passed, change: Some(change) };
    let _ = VisitMut::visit(&mut changed, &mut apply);
    Some(shown(changed, dialect))
}

/// The statement as SQL, with a parameter for each value.
pub(crate) fn shown(mut statement: Statement, dialect: Dialect) -> String {
    with_parameters(&mut statement, dialect);
    lower(&statement.to_string(), dialect)
}

/// An expression that the rewrite brings along, as it is written: no value of the statement's.
pub(crate) fn own(sql: impl Into<String>) -> Expr {
    Expr::Identifier(verbatim(sql))
}

pub(crate) fn verbatim(sql: impl Into<String>) -> Ident {
    Ident::new(sql)
}

fn lower(sql: &str, dialect: Dialect) -> String {
    let tokens = match dialect {
        Dialect::MySql => Tokenizer::new(&MySqlDialect {}, sql).tokenize(),
        Dialect::Postgres => Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize(),
        _ => Tokenizer::new(&GenericDialect {}, sql).tokenize(),
    };
    let Ok(tokens) = tokens else { return sql.to_owned() };
    let mut text = String::with_capacity(sql.len());
    for token in tokens {
        match token {
            Token::Word(word) if word.quote_style.is_none() => {
                text.push_str(&word.value.to_lowercase());
            }
            token => text.push_str(&token.to_string()),
        }
    }
    text
}

struct Find<'a> {
    part: Part<'a>,
    passed: usize,
}

impl Find<'_> {
    fn step(&mut self, is_it: bool) -> ControlFlow<()> {
        if is_it {
            return ControlFlow::Break(());
        }
        self.passed += 1;
        ControlFlow::Continue(())
    }
}

impl Visitor for Find<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match self.part {
            Part::Expr(part) => self.step(std::ptr::eq(part, expr)),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        match self.part {
            Part::Select(part) => self.step(std::ptr::eq(part, select)),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        match self.part {
            Part::Query(part) => self.step(std::ptr::eq(part, query)),
            _ => ControlFlow::Continue(()),
        }
    }
}

struct Apply<'c> {
    left: usize,
    change: Option<Change<'c>>,
}

impl Apply<'_> {
    fn is_here(&mut self) -> bool {
        let is_here = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_here
    }
}

impl VisitorMut for Apply<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if matches!(self.change, Some(Change::Expr(_))) && self.is_here() {
            if let Some(Change::Expr(replacement)) = self.change.take() {
                *expr = *replacement;
            }
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if matches!(self.change, Some(Change::Select(_))) && self.is_here() {
            if let Some(Change::Select(change)) = self.change.take() {
                change(select);
            }
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if matches!(self.change, Some(Change::Query(_))) && self.is_here() {
            if let Some(Change::Query(change)) = self.change.take() {
                change(query);
            }
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
