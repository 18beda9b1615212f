use std::fmt;
use std::hash::{Hash, Hasher};

use super::current;
use super::state::State;
use crate::sync::Arc;

/// Which scope something belongs to, for who must keep the work of two scopes apart.
///
/// Equal for the same scope only: what the scope noted is kept for as long as its id is, so that no
/// later scope takes its place.
#[derive(Clone)]
pub struct ScopeId(Arc<State>);

impl ScopeId {
    /// That of the scope that runs now; `None` outside every scope.
    pub fn current() -> Option<Self> {
        current::current().map(Self)
    }
}

impl PartialEq for ScopeId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ScopeId {}

impl Hash for ScopeId {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        Arc::as_ptr(&self.0).hash(hasher);
    }
}

impl fmt::Debug for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeId").finish_non_exhaustive()
    }
}
