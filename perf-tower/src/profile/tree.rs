use serde::Serialize;

use super::result::Data;

/// A function as it was called from its parent.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Samples in it and in its children.
    pub value: u64,
    /// What it called.
    pub children: Vec<Node>,
}

impl Node {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), value: 0, children: Vec::new() }
    }
}

/// The root of a request's tree is the request; that of the process has a child for each thread name.
pub(super) fn of(data: &Data) -> Node {
    let mut root = Node::new(&data.about.what);
    let skipped = usize::from(data.about.is_request);
    for stack in &data.stacks {
        root.value += stack.count;
        let mut node = &mut root;
        for &frame in stack.frames.iter().skip(skipped) {
            let name = data.functions.get(frame as usize).map_or("", |function| &function.name);
            // Stacks are sorted, so the child of the one before is the only candidate.
            if node.children.last().is_none_or(|last| last.name != name) {
                node.children.push(Node::new(name));
            }
            let Some(child) = node.children.last_mut() else { break };
            child.value += stack.count;
            node = child;
        }
    }
    root
}
