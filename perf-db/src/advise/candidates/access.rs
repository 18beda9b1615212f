//! What one statement asks of each of its tables, read from its plan.

use std::collections::HashMap;

use super::candidate::{CandidateKey, Condition, KeyOf, width_of};
use super::condition::{
    Comparison, Operand, Predicate, Reference, predicates, references, sort_key,
};
use crate::advise::plan::{Expression, Node, NodeId, NodeKind, Plan};
use crate::advise::schema::{Column, Schema, Table, TableKind};

/// What a statement asks of one table under one alias.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    /// The table; of a part of a partitioned one the whole.
    pub(super) table: u32,
    /// Compared with one value, or with a column of another table.
    pub(super) equal: Vec<KeyOf>,
    /// Compared with a list.
    pub(super) any_of: Vec<KeyOf>,
    pub(super) range: Vec<KeyOf>,
    /// Several columns compared as one: `(placed, id) < ($1, $2)`.
    pub(super) row_range: Vec<Vec<KeyOf>>,
    /// Compared with a pattern whose beginning is known.
    pub(super) begins_with: Vec<KeyOf>,
    /// Compared in one arm of an `or`.
    pub(super) either: Vec<KeyOf>,
    /// Orders that rows are wanted in: sorted, grouped, the least or greatest first.
    pub(super) orders: Vec<Vec<CandidateKey>>,
    /// Compared with a pattern that no btree answers.
    pub(super) patterns: Vec<Pattern>,
    pub(super) conditions: Vec<Condition>,
    /// All columns that the statement needs; `None` where an index alone can never answer it.
    pub(super) needed: Option<Vec<String>>,
    /// What the plan's scans of the table cost, where they read all of it.
    pub(super) sequential_cost: f64,
    /// Rows that those return, as the planner estimates.
    pub(super) sequential_rows: f64,
    /// The same of all scans that match rows by the table's own columns; `None` without such a one.
    pub(super) matching_rows: Option<f64>,
}

/// A column that is searched by a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub(super) key: KeyOf,
    /// Whether the text of the statement shows that it begins with a wildcard.
    pub(super) is_known: bool,
}

/// The tables of a plan, by their aliases.
struct Tables<'a> {
    schema: &'a Schema,
    places: HashMap<String, usize>,
    accesses: Vec<Access>,
    needed: Vec<Reference>,
}

/// All tables that a plan, of `explain (verbose)`, reads.
pub(super) fn accesses(plan: &Plan, schema: &Schema) -> Vec<Access> {
    let mut tables =
        Tables { schema, places: HashMap::new(), accesses: Vec::new(), needed: Vec::new() };
    for (_, node) in plan.nodes() {
        tables.name(node);
    }
    for (id, node) in plan.nodes() {
        tables.read(node, picks(plan, id));
    }
    tables.settle(plan.root());
    tables.accesses
}

/// Parts of parts of partitioned tables.
const DEEPEST: usize = 64;

/// Whether a node hands on no more columns than are needed of it: a scan below others may.
fn picks(plan: &Plan, id: NodeId) -> bool {
    let hands_on = |node: &Node| matches!(node.kind, NodeKind::Limit | NodeKind::Append);
    plan.node(id).relation.is_none() || plan.ancestors(id).all(|(_, node)| hands_on(node))
}

impl Tables<'_> {
    /// Parts of a partitioned table count as the whole of it.
    fn name(&mut self, node: &Node) {
        let (Some(relation), Some(alias)) = (&node.relation, node.alias.as_deref()) else { return };
        let Some(table) = self.schema.find(relation.schema.as_deref(), &relation.name) else {
            return;
        };
        let whole = whole(self.schema, table);
        let stem = alias.rsplit_once('_').map_or(alias, |(stem, _)| stem);
        let is_part = whole.oid != table.oid;
        let known = self.places.get(alias).or(self.places.get(stem).filter(|_| is_part));
        let place = match known {
            Some(place) if self.accesses[*place].table == whole.oid => *place,
            _ => {
                self.accesses.push(Access { table: whole.oid, ..Access::default() });
                self.accesses.len() - 1
            }
        };
        self.places.insert(alias.to_owned(), place);
        if is_part {
            self.places.entry(stem.to_owned()).or_insert(place);
        }
        if matches!(node.kind, NodeKind::SeqScan | NodeKind::BitmapHeapScan) {
            *self.accesses[place].matching_rows.get_or_insert(0.0) += node.estimate.rows;
        }
        if node.kind == NodeKind::SeqScan {
            let access = &mut self.accesses[place];
            access.sequential_cost += node.estimate.total_cost;
            access.sequential_rows += node.estimate.rows;
        }
    }

    fn read(&mut self, node: &Node, picks: bool) {
        let asked = &node.conditions;
        for condition in [
            &asked.filter,
            &asked.index,
            &asked.recheck,
            &asked.join_filter,
            &asked.hash,
            &asked.merge,
        ] {
            let Some(condition) = condition.as_ref().map(Expression::raw) else { continue };
            self.needed.extend(references(condition));
            for predicate in predicates(condition) {
                self.ask(&predicate);
            }
        }
        for keys in [&asked.sort_key, &asked.group_key] {
            let keys: Vec<&str> = keys.iter().map(Expression::raw).collect();
            self.needed.extend(keys.iter().flat_map(|key| references(key)));
            self.order(&keys);
        }
        for output in asked.output.iter().map(Expression::raw) {
            if picks {
                self.needed.extend(references(output));
            }
            if node.kind == NodeKind::Aggregate {
                self.extreme(output);
            }
        }
    }

    fn place(&self, reference: &Reference) -> Option<usize> {
        match &reference.alias {
            Some(alias) => self.places.get(alias).copied(),
            None if self.accesses.len() == 1 => Some(0),
            None => None,
        }
    }

    fn column(&self, place: usize, name: &str) -> Option<&Column> {
        self.schema.table(self.accesses[place].table)?.column_named(name)
    }

    /// What an index would be sorted by to find this, and for which table.
    fn key(&self, operand: &Operand) -> Option<(usize, KeyOf)> {
        match operand {
            Operand::Column(column) => {
                let place = self.place(column)?;
                let known = self.column(place, &column.column)?;
                is_indexable(known).then(|| (place, KeyOf::Column(known.name.clone())))
            }
            Operand::Cast { column, expression } => {
                let place = self.place(column)?;
                let known = self.column(place, &column.column)?;
                // Stored alike, so an index on the column serves.
                if known.type_name.starts_with("character varying") {
                    return Some((place, KeyOf::Column(known.name.clone())));
                }
                Some((place, KeyOf::Expression(expression.text.clone()?)))
            }
            Operand::Expression(expression) => {
                let mut places = expression.references.iter().map(|column| self.place(column));
                let first = places.next()??;
                let is_of_one = places.all(|place| place == Some(first));
                let text = expression.text.clone().filter(|_| is_of_one)?;
                Some((first, KeyOf::Expression(text)))
            }
            Operand::Row(_) | Operand::Value { .. } => None,
        }
    }

    fn ask(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::Is { column, wanted } => {
                let (column, wanted) = (column.clone(), *wanted);
                self.condition(&column, |column| Condition::Is { column, wanted });
            }
            Predicate::Null { column, wanted } => {
                let (column, is_null) = (column.clone(), *wanted);
                self.condition(&column, |column| Condition::Null { column, is_null });
            }
            Predicate::Either(arms) => {
                for arm in arms {
                    if let Predicate::Compared { left, right, .. } = arm {
                        for (place, key) in self.compared(left, right) {
                            add(&mut self.accesses[place].either, key);
                        }
                    }
                }
            }
            Predicate::Compared {
                comparison: Comparison::Range, left: Operand::Row(row), ..
            } => {
                let columns = row.iter().map(|column| self.key(&Operand::Column(column.clone())));
                let columns: Option<Vec<(usize, KeyOf)>> = columns.collect();
                if let Some(columns) = columns
                    && let Some((place, _)) = columns.first()
                    && columns.iter().all(|(other, _)| other == place)
                {
                    let (place, keys) = (*place, columns.into_iter().map(|(_, key)| key).collect());
                    add(&mut self.accesses[place].row_range, keys);
                }
            }
            Predicate::Compared { comparison, left, right } => {
                for (place, key) in self.compared(left, right) {
                    let access = &mut self.accesses[place];
                    match comparison {
                        Comparison::Equal => add(&mut access.equal, key),
                        Comparison::AnyOf => add(&mut access.any_of, key),
                        Comparison::Range => add(&mut access.range, key),
                        Comparison::Like | Comparison::LikeAnyCase => {
                            let Operand::Value { begins_with_wildcard } = right else { continue };
                            let is_known = begins_with_wildcard.is_some();
                            if *comparison == Comparison::Like
                                && *begins_with_wildcard == Some(false)
                            {
                                add(&mut access.begins_with, key);
                            } else {
                                add(&mut access.patterns, Pattern { key, is_known });
                            }
                        }
                        Comparison::Other => {}
                    }
                }
            }
        }
    }

    /// The sides that an index finds by the other side, which must be of another table.
    fn compared(&self, left: &Operand, right: &Operand) -> Vec<(usize, KeyOf)> {
        let is_of = |operand: &Operand, place| {
            operand.references().iter().any(|column| self.place(column) == Some(place))
        };
        let sides = [(left, right), (right, left)];
        let found = sides
            .into_iter()
            .filter_map(|(side, other)| self.key(side).filter(|(place, _)| !is_of(other, *place)));
        found.collect()
    }

    fn condition(&mut self, column: &Reference, of: impl FnOnce(String) -> Condition) {
        if let Some(place) = self.place(column)
            && self.column(place, &column.column).is_some()
        {
            add(&mut self.accesses[place].conditions, of(column.column.clone()));
        }
    }

    /// Rows wanted in this order, as far as its first keys are of one table.
    fn order(&mut self, keys: &[&str]) {
        let mut order: Vec<CandidateKey> = Vec::new();
        let mut of = None;
        for key in keys {
            let key = sort_key(key);
            match self.key(&key.operand) {
                Some((place, operand)) if of.is_none_or(|of| of == place) => {
                    of = Some(place);
                    let (is_descending, nulls_first) = (key.is_descending, key.nulls_first);
                    let operator_class = None;
                    order.push(CandidateKey {
                        of: operand,
                        is_descending,
                        nulls_first,
                        operator_class,
                    });
                }
                _ => break,
            }
        }
        if let Some(place) = of {
            add(&mut self.accesses[place].orders, from_the_front(order));
        }
    }

    /// `min(placed)` or `max(placed)`, which one end of an index answers.
    fn extreme(&mut self, output: &str) {
        let argument = ["min(", "max("].iter().find_map(|name| output.strip_prefix(name));
        let Some(argument) = argument.and_then(|rest| rest.strip_suffix(')')) else { return };
        let operand = sort_key(argument).operand;
        if let Some((place, key)) = self.key(&operand) {
            add(&mut self.accesses[place].orders, vec![CandidateKey::ascending(key)]);
        }
    }

    /// Says of each table which columns are needed in all.
    fn settle(&mut self, root: &Node) {
        let mut needed: Vec<Option<Vec<String>>> = vec![Some(Vec::new()); self.accesses.len()];
        for reference in &self.needed {
            let Some(place) = self.place(reference) else { continue };
            let is_column = self.column(place, &reference.column).is_some();
            match &mut needed[place] {
                // A whole row, or where the row lies.
                columns if !is_column => *columns = None,
                Some(columns) => add(columns, reference.column.clone()),
                None => {}
            }
        }
        let only_reads = !matches!(root.kind, NodeKind::ModifyTable | NodeKind::LockRows);
        for (access, needed) in self.accesses.iter_mut().zip(needed) {
            access.needed = needed.filter(|_| only_reads);
        }
    }
}

/// The table that a part belongs to in the end.
fn whole<'a>(schema: &'a Schema, part: &'a Table) -> &'a Table {
    let mut table = part;
    for _ in 0..DEEPEST {
        match table.partition_of.and_then(|oid| schema.table(oid)) {
            Some(whole) if whole.kind == TableKind::Partitioned => table = whole,
            _ => break,
        }
    }
    table
}

/// Texts of as many bytes on the average have some that are far longer, and PostgreSQL refuses rows
/// whose key is longer than 2,704 bytes. A tenth of that.
const LONG_KEY_BYTES: u64 = 270;

/// Types that dexter never makes an index of, those that have no order, and long texts.
pub(super) fn is_indexable(column: &Column) -> bool {
    column.is_sortable
        && !matches!(&*column.type_name, "json" | "jsonb" | "point" | "xml")
        && (is_bounded(column) || width_of(column) <= LONG_KEY_BYTES)
}

/// Whether no value of it is so long that a row could not be written for it.
pub(super) fn is_bounded(column: &Column) -> bool {
    let name = &*column.type_name;
    let length = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    match name.split('(').next() {
        _ if name.ends_with("[]") => false,
        Some("character varying" | "character" | "bit varying" | "bit") => {
            length.and_then(|length| length.parse().ok()).is_some_and(|length: u64| length <= 255)
        }
        Some("text" | "bytea" | "json" | "jsonb" | "xml" | "tsvector" | "citext" | "hstore") => {
            false
        }
        // A domain may be any of these.
        _ => column.type_oid < FIRST_OF_USERS,
    }
}

/// From this number on types are the user's own (PostgreSQL, `FirstNormalObjectId`).
const FIRST_OF_USERS: u32 = 16_384;

/// An order that begins downwards is read from the other end of an index that begins upwards.
fn from_the_front(order: Vec<CandidateKey>) -> Vec<CandidateKey> {
    match order.first() {
        Some(first) if first.is_descending && first.nulls_first => {
            order.iter().map(CandidateKey::turned).collect()
        }
        _ => order,
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
