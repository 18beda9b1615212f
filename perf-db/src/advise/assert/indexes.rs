use std::collections::{BTreeSet, HashMap};

use perf_core::sql::{Dialect, Lexer, TokenKind};

use crate::advise::plan::{Expression, NodeId, NodeKind, Plan};
use crate::error::DbError;
use crate::executor::Executor;

/// What a plan does not say of the indexes that it reads, by their names.
#[derive(Debug, Default)]
pub(super) struct Indexes(HashMap<String, Index>);

#[derive(Debug)]
struct Index {
    /// Whether it holds only rows that meet a condition, so that each use of it looks that up.
    is_partial: bool,
    /// What it is sorted by first, where it finds nothing without: that of a btree.
    first: Option<String>,
}

impl Indexes {
    pub(super) async fn of(on: &impl Executor, plan: &Plan) -> Result<Self, DbError> {
        let names: BTreeSet<&String> =
            plan.nodes().filter_map(|(_, node)| node.index.as_ref()).collect();
        if names.is_empty() {
            return Ok(Self::default());
        }
        let names: Vec<&String> = names.into_iter().collect();
        let rows = on.query(INDEXES, &[&names]).await?;
        let index = |row: &crate::Row| {
            let (is_partial, first) = (row.try_get(1)?, row.try_get(2)?);
            Ok((row.try_get(0)?, Index { is_partial, first }))
        };
        Ok(Self(rows.iter().map(index).collect::<Result<_, DbError>>()?))
    }

    /// Whether the index looks up some of its rows, in place of reading all that it has.
    pub(super) fn narrows(&self, plan: &Plan, id: NodeId) -> bool {
        let node = plan.node(id);
        let Some(name) = &node.index else { return true };
        let condition = node.conditions.index.as_ref();
        match self.0.get(name) {
            Some(index) if index.is_partial => true,
            Some(Index { first: Some(first), .. }) => {
                condition.is_some_and(|condition| mentions(condition, first))
            }
            _ => condition.is_some() || node.kind == NodeKind::BitmapIndexScan,
        }
    }
}

/// Of a name that is in several schemas the one with a condition and the one without count as
/// different indexes, and the one without is kept: rather one fault too many than one too few.
const INDEXES: &str = own!(
    "select distinct on (c.relname) c.relname::text, i.indpred is not null, \
        case when a.amname = 'btree' then pg_get_indexdef(i.indexrelid, 1, true) end \
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam \
        where c.relname::text = any($1) order by c.relname, i.indpred is not null"
);

/// Whether all names and values of a key are in the condition.
fn mentions(condition: &Expression, key: &str) -> bool {
    let condition = words(condition.raw());
    words(key).is_subset(&condition)
}

fn words(text: &str) -> BTreeSet<String> {
    let tokens = Lexer::new(text, Dialect::Postgres);
    let words = tokens.filter(|token| token.kind != TokenKind::Symbol);
    words.map(|word| word.text.trim_matches('"').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_a_condition_that_asks_for_it() {
        for (condition, key) in [
            ("(orders.customer = $1)", "customer"),
            ("(lower(customer.email) = 'a@b.de'::text)", "lower(email)"),
            ("(orders.\"Customer\" = 7)", "\"Customer\""),
            ("(ROW(orders.at, orders.id) > ROW(now(), 7))", "at"),
            ("((item.data ->> 'kind'::text) = 'a'::text)", "(data ->> 'kind'::text)"),
        ] {
            assert!(mentions(&Expression::new(condition), key), "{condition} {key}");
        }
        for (condition, key) in [
            ("(orders.at > now())", "customer"),
            ("(customer.email = 'lower'::text)", "lower(email)"),
            ("((item.data ->> 'size'::text) = 'a'::text)", "(data ->> 'kind'::text)"),
        ] {
            assert!(!mentions(&Expression::new(condition), key), "{condition} {key}");
        }
    }
}
