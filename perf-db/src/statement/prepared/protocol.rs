use std::fmt;
use std::num::NonZeroUsize;

use foldhash::fast::RandomState;
use lru::LruCache;
use perf_core::sync::{Arc, AtomicBool, Mutex, Ordering};
use tokio_postgres::Statement;
use tokio_postgres::types::{Oid, Type};

use super::Prepared;
#[cfg(feature = "advise")]
use super::texts::Texts;

/// What all connections of a database know about the statements they send.
pub(crate) struct Protocol {
    setting: Prepared,
    /// Statements go without names.
    unnamed: AtomicBool,
    /// How many statements each connection keeps, and how many texts all together.
    pub(super) capacity: NonZeroUsize,
    signatures: Mutex<LruCache<Box<str>, Arc<Signature>, RandomState>>,
    #[cfg(feature = "advise")]
    pub(crate) texts: Texts,
}

/// The types of a statement.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) parameters: Box<[Type]>,
    /// Those of parameters and columns that the driver does not know by itself, and asks the
    /// server about, with named statements.
    pub(super) user_types: Box<[Oid]>,
}

impl Signature {
    pub(super) fn of(statement: &Statement) -> Self {
        let columns = statement.columns().iter().map(|column| column.type_());
        let types = statement.params().iter().chain(columns).map(Type::oid);
        Self {
            parameters: statement.params().into(),
            user_types: types.filter(|&oid| Type::from_oid(oid).is_none()).collect(),
        }
    }
}

impl Protocol {
    pub(crate) fn new(setting: Prepared, capacity: NonZeroUsize) -> Self {
        Self {
            setting,
            unnamed: AtomicBool::new(setting == Prepared::Unnamed),
            capacity,
            signatures: Mutex::new(LruCache::with_hasher(capacity, RandomState::default())),
            #[cfg(feature = "advise")]
            texts: Texts::default(),
        }
    }

    pub(super) fn is_unnamed(&self) -> bool {
        self.unnamed.load(Ordering::Relaxed)
    }

    /// Whether it may still turn out that there is a pooler.
    pub(super) fn is_open(&self) -> bool {
        self.setting == Prepared::Detected && !self.is_unnamed()
    }

    /// There is a pooler: from now on statements go without names, unless the settings say
    /// otherwise.
    pub(super) fn met_pooler(&self, sign: &str) {
        if self.setting == Prepared::Detected && !self.unnamed.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                sign,
                "a pooler in transaction mode stands before the server, so statements go without \
                 names from now on; DbBuilder::prepared(Prepared::Unnamed) says so from the start"
            );
        }
    }

    pub(super) fn signature(&self, sql: &str) -> Option<Arc<Signature>> {
        self.signatures.lock().get(sql).cloned()
    }

    pub(super) fn learned(&self, sql: &str, signature: Signature) -> Arc<Signature> {
        #[cfg(feature = "advise")]
        self.texts.note(sql, &signature.parameters);
        let signature = Arc::new(signature);
        self.signatures.lock().put(sql.into(), Arc::clone(&signature));
        signature
    }

    /// Keeps texts from now on, and those whose types are known.
    #[cfg(feature = "advise")]
    pub(crate) fn keep_texts(&self) -> bool {
        let is_new = self.texts.keep();
        if is_new {
            let signatures = self.signatures.lock();
            signatures.iter().for_each(|(sql, known)| self.texts.note(sql, &known.parameters));
        }
        is_new
    }

    pub(super) fn forget(&self, sql: &str) {
        self.signatures.lock().pop(sql);
    }
}

impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protocol")
            .field("setting", &self.setting)
            .field("unnamed", &self.is_unnamed())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
