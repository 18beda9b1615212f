//! Addresses become functions.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::c_void;

use perf_core::sync::{Arc, Mutex};

use super::name;
use super::sampler::RawStack;
use super::{marker, symtab};

/// What stands for an address without a name.
pub(super) const UNKNOWN: &str = "[unknown]";

/// One function, as far as its address tells.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// Source file, with the crate's folder as its first part.
    pub(super) file: Option<String>,
    /// The crate, with underscores.
    pub(super) from: Option<String>,
}

impl Function {
    pub(super) fn is_marker(&self) -> bool {
        self.name.contains(marker::NAME)
    }

    /// Of the runtime, the HTTP stack or the standard library: between a request and its handler.
    pub(super) fn is_plumbing(&self) -> bool {
        const PLUMBING: [&str; 25] = [
            "alloc",
            "axum",
            "axum_core",
            "backtrace",
            "core",
            "futures_core",
            "futures_util",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
            "matchit",
            "mio",
            "perf_core",
            "perf_tower",
            "pin_project_lite",
            "std",
            "sync_wrapper",
            "tokio",
            "tonic",
            "tower",
            "tower_http",
            "tower_layer",
            "tower_service",
        ];
        match &self.from {
            Some(from) => PLUMBING.contains(&from.as_str()),
            // What has no crate is C's start of a thread, or the program's own.
            None => {
                ["main", "_start", "start_thread", "clone", "clone3", UNKNOWN]
                    .contains(&self.name.as_str())
                    || self.name.starts_with("__")
            }
        }
    }
}

/// Addresses that have been looked up, so that a live table does not look the same ones up each
/// second. A program's functions do not move.
static KNOWN: Mutex<BTreeMap<usize, Arc<[Function]>>> = Mutex::new(BTreeMap::new());

/// More addresses than these are forgotten, all at once: some megabytes.
const MAX_KNOWN: usize = 10_000;

/// For each address its functions, the outermost first: what was inlined there comes after the
/// function that it was inlined into.
///
/// # Cost
/// The first call of a process reads the program's debug information, which takes from some
/// milliseconds to seconds and stays in memory. After that a call that meets new addresses reads the
/// symbol table, and takes about 10 µs for each of them.
pub(super) fn resolve(stacks: &[RawStack]) -> HashMap<usize, Arc<[Function]>> {
    let met: HashSet<usize> = stacks.iter().flat_map(|s| s.addresses.iter().copied()).collect();
    // Held throughout: two profiles at once would do the same work.
    let mut known = KNOWN.lock();
    let mut new: Vec<usize> = met.iter().copied().filter(|at| !known.contains_key(at)).collect();
    if !new.is_empty() {
        if known.len() + new.len() > MAX_KNOWN {
            known.clear();
            new = met.iter().copied().collect();
        }
        new.sort_unstable();
        let full_names = symtab::names(&new, marker::address(), marker::NAME);
        for at in new {
            known.insert(at, functions_at(at, full_names.get(&at)).into());
        }
    }
    met.iter().filter_map(|at| Some((*at, known.get(at)?.clone()))).collect()
}

fn functions_at(address: usize, full_name: Option<&String>) -> Vec<Function> {
    let mut functions = debug_info(address);
    if let (Some(outermost), Some(name)) = (functions.first_mut(), full_name) {
        outermost.name = name::clean(name);
    }
    for function in &mut functions {
        if function.from.is_none() {
            function.from = name::crate_in(&function.name).map(str::to_owned);
        }
    }
    functions
}

fn debug_info(address: usize) -> Vec<Function> {
    let mut functions = Vec::new();
    backtrace::resolve(address as *mut c_void, |symbol| {
        let file = symbol.filename().map(|file| file.to_string_lossy().into_owned());
        let name = symbol.name().map(|name| format!("{name:#}"));
        let name = name.map(|name| match name::clean(&name) {
            // Inlined, and the line table has no more of its name than `{async_fn#0}`.
            nothing if nothing.is_empty() => name::nameless(&name).to_owned(),
            name => name,
        });
        functions.push(function(name, file));
    });
    if functions.is_empty() {
        functions.push(function(None, None));
    }
    functions.reverse();
    functions
}

fn function(name: Option<String>, file: Option<String>) -> Function {
    let module = file.as_deref().and_then(name::module_of);
    let name = match (name, &module) {
        (Some(name), _) if name.contains("::") => name,
        (Some(name), Some((krate, module))) => {
            let parts = [krate.as_str(), module, &name];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
        }
        (Some(name), None) if !name.is_empty() => name,
        _ => UNKNOWN.to_owned(),
    };
    let file = file.map(|file| shortened(&file));
    Function { name, file, from: module.map(|(krate, _)| krate) }
}

/// Without the folders of the machine it was built on.
fn shortened(file: &str) -> String {
    let end = file.rfind("/src/").unwrap_or(0);
    let start = file[..end].rfind('/').map_or(0, |at| at + 1);
    file[start..].to_owned()
}
