//! Takes a statement apart into its blocks.

use sqlparser::ast::{
    BinaryOperator, Delete, Expr, FromTable, LimitClause, ObjectName, Query, Select, SelectItem,
    SetExpr, Statement, TableAlias, TableFactor, TableWithJoins, Update, UpdateTableFromKind,
};

use super::block::{Block, Body, Condition, How, Pairing, Place, Reading, Relation, Source};
use super::from::{alias_of, columns, join_of};
use super::scope::{bare, folded, parts};
use super::{Linter, walk};

impl<'a> Reading<'a> {
    pub(crate) fn of(
        statement: &'a Statement,
        linter: &'a Linter<'a>,
        parameter_types: &'a [u32],
    ) -> Self {
        let mut reader = Reader {
            reading: Self { statement, linter, parameter_types, blocks: Vec::new() },
            with: Vec::new(),
        };
        reader.statement(statement, None);
        reader.reading
    }
}

struct Reader<'a> {
    reading: Reading<'a>,
    /// The names that `with` gives at this point, with their columns where they are known.
    with: Vec<(String, Option<Vec<String>>)>,
}

impl<'a> Reader<'a> {
    fn statement(&mut self, statement: &'a Statement, parent: Option<usize>) {
        match statement {
            Statement::Query(query) => self.query(query, Place::Answer, parent),
            Statement::Insert(insert) => {
                if let Some(query) = &insert.source {
                    self.query(query, Place::Stored, parent);
                }
            }
            Statement::Update(update) => self.update(update, parent),
            Statement::Delete(delete) => self.delete(delete, parent),
            _ => {}
        }
    }

    fn query(&mut self, query: &'a Query, place: Place, parent: Option<usize>) {
        let outer = self.with.len();
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let is_recursive = query.with.as_ref().is_some_and(|with| with.recursive);
            let name = folded(&cte.alias.name).into_owned();
            let columns = columns(&cte.query, Some(&cte.alias));
            if is_recursive {
                self.with.push((name.clone(), columns.clone()));
            }
            self.query(&cte.query, Place::Derived, None);
            if !is_recursive {
                self.with.push((name, columns));
            }
        }
        self.body(&query.body, Some(query), place, parent);
        self.with.truncate(outer);
    }

    fn body(
        &mut self,
        body: &'a SetExpr,
        query: Option<&'a Query>,
        place: Place,
        parent: Option<usize>,
    ) {
        match body {
            SetExpr::Select(select) => self.select(select, query, place, parent),
            SetExpr::Query(query) => self.query(query, place, parent),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left, None, place, parent);
                self.body(right, None, place, parent);
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.statement(statement, parent),
            SetExpr::Values(_) | SetExpr::Table(_) => {}
        }
    }

    fn select(
        &mut self,
        select: &'a Select,
        query: Option<&'a Query>,
        place: Place,
        parent: Option<usize>,
    ) {
        let block = self.open(Body::Select(select), query, place, parent);
        self.from(block, &select.from);
        self.conditions(block, select.selection.as_ref(), false);
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr)
                | SelectItem::ExprWithAlias { expr, .. }
                | SelectItem::ExprWithAliases { expr, .. } => self.subqueries(block, expr),
                _ => {}
            }
        }
        self.subqueries_of(block, &select.having);
        for order in query.iter().flat_map(|query| walk::order(query)) {
            self.subqueries(block, &order.expr);
        }
    }

    fn update(&mut self, update: &'a Update, parent: Option<usize>) {
        let block = self.open(Body::Update(update), None, Place::Stored, parent);
        self.from(block, std::slice::from_ref(&update.table));
        if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) =
            &update.from
        {
            self.from(block, from);
        }
        self.conditions(block, update.selection.as_ref(), false);
        for assignment in &update.assignments {
            self.subqueries(block, &assignment.value);
        }
    }

    fn delete(&mut self, delete: &'a Delete, parent: Option<usize>) {
        let block = self.open(Body::Delete(delete), None, Place::Stored, parent);
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        self.from(block, from);
        if let Some(using) = &delete.using {
            self.from(block, using);
        }
        self.conditions(block, delete.selection.as_ref(), false);
    }

    fn open(
        &mut self,
        body: Body<'a>,
        query: Option<&'a Query>,
        place: Place,
        parent: Option<usize>,
    ) -> usize {
        let (sources, conditions, joins) = (Vec::new(), Vec::new(), Vec::new());
        let block = Block { place, parent, body, query, sources, conditions, joins };
        self.reading.blocks.push(block);
        self.reading.blocks.len() - 1
    }

    fn from(&mut self, block: usize, from: &'a [TableWithJoins]) {
        for tables in from {
            self.joined(block, tables, How::Comma);
        }
    }

    fn joined(&mut self, block: usize, tables: &'a TableWithJoins, how: How) {
        self.factor(block, &tables.relation, how);
        for join in &tables.joins {
            let (how, condition, is_outer) = join_of(join);
            self.factor(block, &join.relation, how);
            self.conditions(block, condition, is_outer);
        }
    }

    fn factor(&mut self, block: usize, factor: &'a TableFactor, how: How) {
        let right = self.reading.blocks[block].sources.len();
        let mut pairing = Pairing { right, how };
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let source = self.table(name, alias.as_ref());
                self.reading.blocks[block].sources.push(source);
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                if *lateral {
                    pairing.how = How::Bound;
                }
                let columns = columns(subquery, alias.as_ref());
                let parent = lateral.then_some(block);
                self.query(subquery, Place::Derived, parent);
                self.other(block, alias.as_ref(), columns);
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                return self.joined(block, table_with_joins, how);
            }
            // Functions in `from` see what stands before them.
            _ => {
                pairing.how = How::Bound;
                self.other(block, alias_of(factor), None);
            }
        }
        if right > 0 {
            self.reading.blocks[block].joins.push(pairing);
        }
    }

    fn table(&self, name: &'a ObjectName, alias: Option<&'a TableAlias>) -> Source<'a> {
        let Some((schema, table)) = parts(name) else { return unknown(alias) };
        let name = match alias {
            Some(alias) => folded(&alias.name).into_owned(),
            None => table.clone().into_owned(),
        };
        let is_renamed = alias.is_some();
        if schema.is_none()
            && let Some((_, columns)) = self.with.iter().rev().find(|(with, _)| *with == table)
        {
            return Source {
                name,
                is_renamed,
                relation: Relation::Other,
                columns: columns.clone(),
            };
        }
        let relation = match self.reading.linter.schema.find(schema.as_deref(), &table) {
            // `t as x (a, b)` renames its columns.
            Some(found) if alias.is_none_or(|alias| alias.columns.is_empty()) => {
                Relation::Table(found)
            }
            _ => Relation::Other,
        };
        Source { name, is_renamed, relation, columns: None }
    }

    fn other(&mut self, block: usize, alias: Option<&'a TableAlias>, columns: Option<Vec<String>>) {
        let source = Source { columns, ..unknown(alias) };
        self.reading.blocks[block].sources.push(source);
    }

    /// Takes a condition apart at its `and`s.
    fn conditions(&mut self, block: usize, condition: Option<&'a Expr>, is_outer: bool) {
        let mut left = Vec::from_iter(condition);
        while let Some(expr) = left.pop() {
            match bare(expr) {
                Expr::BinaryOp { left: first, op: BinaryOperator::And, right } => {
                    left.extend([&**right, &**first]);
                }
                expr => {
                    self.reading.blocks[block].conditions.push(Condition { expr, is_outer });
                    self.subqueries(block, expr);
                }
            }
        }
    }

    fn subqueries_of(&mut self, block: usize, expr: &'a Option<Expr>) {
        if let Some(expr) = expr {
            self.subqueries(block, expr);
        }
    }

    fn subqueries(&mut self, block: usize, expr: &'a Expr) {
        if let Some(query) = walk::subquery(expr) {
            let place = match expr {
                Expr::Exists { .. } => Place::Exists,
                _ => Place::Value,
            };
            self.query(query, place, Some(block));
        }
        walk::children(expr, &mut |child| self.subqueries(block, child));
    }
}

fn unknown<'a>(alias: Option<&TableAlias>) -> Source<'a> {
    let name = alias.map(|alias| folded(&alias.name).into_owned()).unwrap_or_default();
    Source { name, is_renamed: true, relation: Relation::Other, columns: None }
}

/// Whether a query says how many rows it wants at most.
pub(crate) fn is_limited(query: &Query) -> bool {
    query.fetch.is_some()
        || match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, .. }) => limit.is_some(),
            Some(LimitClause::OffsetCommaLimit { .. }) => true,
            None => false,
        }
}
