use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::fence::TagId;
use crate::policy::Policy;

/// What a loader of [`Cache::load_with`](crate::Cache::load_with) has found.
#[derive(Debug)]
#[must_use = "a loader returns it"]
pub struct Loaded<V> {
    pub(super) content: Content<V>,
    ttl: Option<Duration>,
    tags: Vec<TagId>,
}

#[derive(Debug)]
pub(super) enum Content<V> {
    New(V),
    /// The previous value, once more.
    Same(Arc<V>),
    Absent,
}

impl<V> Loaded<V> {
    /// A value.
    pub fn value(value: V) -> Self {
        Self::of(Content::New(value))
    }

    /// There is no value; kept for the policy's [`negative`](Policy::negative) ttl.
    pub fn absent() -> Self {
        Self::of(Content::Absent)
    }

    /// How long this very value is kept. Defaults to the policy's ttl.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Adds a tag to those of the policy. When it was invalidated while the load ran, the value is
    /// not kept.
    pub fn tag(mut self, tag: impl AsRef<str>) -> Self {
        self.tags.push(TagId::of(tag.as_ref()));
        self
    }

    fn of(content: Content<V>) -> Self {
        Self { content, ttl: None, tags: Vec::new() }
    }

    /// The policy with what this value says of itself.
    pub(super) fn refine(&self, policy: &mut Policy) {
        if let Some(ttl) = self.ttl {
            match self.content {
                Content::Absent => policy.negative = Some(ttl),
                _ => policy.ttl = ttl,
            }
        }
        policy.tags.extend_from_slice(&self.tags);
    }
}

/// The value that a load is to replace, when this process still has it and it was not invalidated.
#[derive(Debug)]
pub struct Previous<V> {
    value: Arc<V>,
    age: Duration,
}

impl<V> Previous<V> {
    pub(super) fn new(value: Arc<V>, age: Duration) -> Self {
        Self { value, age }
    }

    /// The value.
    pub fn value(&self) -> &V {
        &self.value
    }

    /// How long ago it was loaded.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// The source says that the value has not changed: it is kept for another ttl.
    pub fn not_modified(self) -> Loaded<V> {
        Loaded::of(Content::Same(self.value))
    }
}
