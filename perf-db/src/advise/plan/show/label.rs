//! What a node is called: as the server's own text says it.

use std::fmt::{self, Write};

use crate::advise::plan::{Node, NodeId, NodeKind, Plan};

impl Plan {
    /// What a node is called, as in the server's own text: `Index Scan using orders_pkey on orders o`.
    pub fn label(&self, id: NodeId) -> String {
        let mut label = String::new();
        // A `String` takes all that is written to it.
        let _ = write(&mut label, self.node(id));
        plain(&label)
    }
}

fn write(label: &mut String, node: &Node) -> fmt::Result {
    if node.is_parallel_aware {
        label.push_str("Parallel ");
    }
    if let Some(mode) = &node.partial_mode {
        write!(label, "{mode} ")?;
    }
    match (&node.kind, node.strategy.as_deref(), node.operation.as_deref()) {
        (NodeKind::Aggregate, Some("Hashed"), _) => label.push_str("HashAggregate"),
        (NodeKind::Aggregate, Some("Sorted"), _) => label.push_str("GroupAggregate"),
        (NodeKind::Aggregate, Some("Mixed"), _) => label.push_str("MixedAggregate"),
        (NodeKind::SetOp, Some("Hashed"), _) => label.push_str("HashSetOp"),
        (NodeKind::ModifyTable, _, Some(operation)) => label.push_str(operation),
        (kind, ..) => write_kind(label, kind, node.join_type.as_deref())?,
    }
    if node.is_backward {
        label.push_str(" Backward");
    }
    if let Some(index) = &node.index {
        let place = if node.kind == NodeKind::BitmapIndexScan { "on" } else { "using" };
        write!(label, " {place} {index}")?;
    }
    if let Some(cte) = &node.cte {
        write!(label, " on {cte}")?;
    }
    if let Some(relation) = &node.relation {
        label.push_str(" on ");
        if let Some(schema) = &relation.schema {
            write!(label, "{schema}.")?;
        }
        label.push_str(&relation.name);
    }
    let name = node.relation.as_ref().map(|relation| &relation.name).or(node.cte.as_ref());
    if let Some(alias) = node.alias.as_ref().filter(|alias| Some(*alias) != name) {
        write!(label, " {alias}")?;
    }
    Ok(())
}

fn write_kind(label: &mut String, kind: &NodeKind, join: Option<&str>) -> fmt::Result {
    match (kind, join) {
        (NodeKind::HashJoin, Some(join)) if join != "Inner" => write!(label, "Hash {join} Join"),
        (NodeKind::MergeJoin, Some(join)) if join != "Inner" => write!(label, "Merge {join} Join"),
        (NodeKind::NestedLoop, Some(join)) if join != "Inner" => {
            write!(label, "Nested Loop {join} Join")
        }
        (kind, _) => label.write_str(kind.as_str()),
    }
}

/// Without what would move a terminal's cursor, and of bounded length.
pub(super) fn plain(text: &str) -> String {
    const MOST: usize = 240;
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut plain: String = text.chars().take(MOST).map(shown).collect();
    if text.chars().nth(MOST).is_some() {
        plain.push('…');
    }
    plain
}
