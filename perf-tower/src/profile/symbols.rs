//! Addresses become functions.

use std::collections::{HashMap, HashSet};
use std::ffi::c_void;

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

/// For each address its functions, the outermost first: what was inlined there comes after the
/// function that it was inlined into.
///
/// # Cost
/// The first call of a process reads the program's debug information, which takes from some
/// milliseconds to seconds and stays in memory; a call takes about 10 µs per distinct address.
pub(super) fn resolve(stacks: &[RawStack]) -> HashMap<usize, Vec<Function>> {
    let addresses: HashSet<usize> = stacks.iter().flat_map(|s| s.addresses.clone()).collect();
    let mut addresses: Vec<usize> = addresses.into_iter().collect();
    addresses.sort_unstable();
    let full_names = symtab::names(&addresses, marker::address(), marker::NAME);
    let functions = |&address: &usize| {
        let mut functions = debug_info(address);
        if let (Some(outermost), Some(name)) = (functions.first_mut(), full_names.get(&address)) {
            outermost.name = name::clean(name);
        }
        for function in &mut functions {
            if function.from.is_none() {
                function.from = name::crate_in(&function.name).map(str::to_owned);
            }
        }
        (address, functions)
    };
    addresses.iter().map(functions).collect()
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
