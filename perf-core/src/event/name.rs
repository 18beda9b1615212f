use crate::sync::Arc;
use crate::table;

/// The name of a cache, a pool or an outgoing call, with its hash. Cheap to clone.
///
/// Names are for code, not for data: no user, key or path with ids belongs in one.
#[derive(Clone, Debug)]
pub struct Name {
    text: Arc<str>,
    pub(crate) hash: u64,
}

impl Name {
    /// The name that reads `text`.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let hash = table::hash(&*text);
        Self { text, hash }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Name {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        // A clone is the usual case, and told without a look at the text.
        self.hash == other.hash && (Arc::ptr_eq(&self.text, &other.text) || self.text == other.text)
    }
}

impl Eq for Name {}
