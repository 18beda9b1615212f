//! The cache that `#[cached]` uses where none is named.

use perf_core::sync::OnceLock;

use crate::Cache;

static INSTALLED: OnceLock<Cache> = OnceLock::new();
static FALLBACK: OnceLock<Cache> = OnceLock::new();

impl Cache {
    /// Makes this cache the one that [`#[cached]`](macro@crate::cached) uses.
    ///
    /// The first one installed stays for the life of the process; `false` says that another was
    /// there before.
    pub fn install(&self) -> bool {
        INSTALLED.set(self.clone()).is_ok()
    }

    /// The installed cache; before there is one, a cache in this process alone with every default
    /// and the name `default`.
    pub fn installed() -> &'static Cache {
        INSTALLED.get().unwrap_or_else(|| {
            FALLBACK.get_or_init(|| Cache::builder().name("default").in_process())
        })
    }
}
