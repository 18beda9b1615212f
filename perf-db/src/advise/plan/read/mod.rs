//! Reads the answer to `explain (format json)` of PostgreSQL 10 to 18, in linear time and whatever
//! its depth.

mod detail;
mod error;
mod field;
mod json;
mod summary;

pub use error::PlanError;

use self::json::{Reader, Value};
use super::Plan;
use super::node::{Node, NodeId};
use super::summary::Summary;

/// More than any statement of a service has; a limit on memory.
const MOST_NODES: usize = 100_000;

/// The first plan of the answer: a list of objects, or one of them alone as `auto_explain` logs it.
pub(super) fn plan(json: &str) -> Result<Plan, PlanError> {
    let mut reader = Reader::new(json.trim_start_matches('\u{feff}'));
    if reader.is_done() {
        return Err(PlanError::NotAPlan);
    }
    if reader.passes(b'[')? && reader.peek()? == b'"' {
        return Err(PlanError::Utility);
    }
    if !reader.passes(b'{')? {
        return Err(PlanError::NotAPlan);
    }
    let mut nodes = Vec::new();
    let mut summary = Summary::default();
    while let Some(key) = reader.key()? {
        match &*key {
            "Plan" if nodes.is_empty() && reader.peek()? == b'{' => nodes = tree(&mut reader)?,
            key => summary::take(&mut summary, key, reader.value()?),
        }
    }
    match nodes.is_empty() {
        true => Err(PlanError::NotAPlan),
        false => Ok(Plan::new(nodes, summary)),
    }
}

fn tree(reader: &mut Reader<'_>) -> Result<Vec<Node>, PlanError> {
    let mut nodes = Vec::new();
    let mut open = Vec::new();
    begin(reader, &mut nodes, &mut open)?;
    while let Some(&NodeId(place)) = open.last() {
        match reader.key()? {
            Some(key) if key == "Plans" && reader.peek()? == b'[' => {
                reader.pass(b'[')?;
                if !reader.passes(b']')? {
                    begin(reader, &mut nodes, &mut open)?;
                }
            }
            Some(key) => field::take(&mut nodes[place], &key, reader.value()?),
            None => {
                if nodes[place].kind.as_str().is_empty() {
                    return Err(PlanError::NodeWithoutType { node: place });
                }
                // A function has a schema and no table.
                nodes[place].relation.take_if(|relation| relation.name.is_empty());
                open.pop();
                if !open.is_empty() {
                    match reader.passes(b',')? {
                        true => begin(reader, &mut nodes, &mut open)?,
                        false => reader.pass(b']')?,
                    }
                }
            }
        }
    }
    Ok(nodes)
}

fn begin(
    reader: &mut Reader<'_>,
    nodes: &mut Vec<Node>,
    open: &mut Vec<NodeId>,
) -> Result<(), PlanError> {
    if nodes.len() == MOST_NODES {
        return Err(PlanError::TooLarge { most: MOST_NODES });
    }
    reader.pass(b'{')?;
    let id = NodeId(nodes.len());
    let parent = open.last().copied();
    if let Some(NodeId(parent)) = parent {
        nodes[parent].children.push(id);
    }
    nodes.push(Node::new(parent));
    open.push(id);
    Ok(())
}

/// More than any server counts, in rows, pages, cost or milliseconds.
const MOST: f64 = 1e15;

impl Value<'_> {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    /// A number; also one that a tool has put into quotes. Bounded, so that products stay finite.
    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(text) => text.parse().ok(),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| !number.is_nan())
        .map(|number| number.clamp(-MOST, MOST))
    }

    /// A number that counts something. Absent where it is no number, and 0 where it is below.
    fn count(&self) -> Option<u64> {
        self.number().map(|number| number as u64)
    }

    fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }
}
