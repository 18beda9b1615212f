//! The attribute of perf-cache, which re-exports it; use it from there.

mod expand;
mod key;
mod options;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Caches what a function returns. Its body runs only when no tier has the value, and once for all
/// callers that ask for the same key at the same time.
///
/// # Options
/// - `ttl = "10m"`: how long a value is kept, with a jitter of 10 %. Required.
/// - `key = "product:{id}"`: a format string over the arguments, checked at compile time. Required.
///   It is the whole key: two functions with the same key share their values. Parts are not escaped,
///   so separate texts that users choose by something they cannot contain.
/// - `cache = expr`: the [`Cache`](https://docs.rs/perf-cache) to use; the arguments are in scope.
///   Defaults to the installed one.
///
/// # What is kept
/// The `Ok` of a `Result`, the `Some` of an `Option`, all of any other type. An `Err` or a `None` is
/// returned and the next caller asks again. The type of what is kept needs serde's `Serialize` and
/// `DeserializeOwned`, `Clone`, `Send`, `Sync`, and no borrowed parts.
///
/// # Cancel safety
/// The body runs in the caller's own future, so it may borrow. When that future is dropped, one of
/// those who wait for the value runs its own body instead. After a body that failed or panicked, all
/// who wait run theirs.
///
/// # Functions that are not async
/// They use the local tier alone and wait for each other by blocking their threads: Redis is neither
/// read nor written. They never wait for an async function with the same key.
#[proc_macro_attribute]
pub fn cached(options: TokenStream, function: TokenStream) -> TokenStream {
    let options = parse_macro_input!(options as options::Options);
    let function = parse_macro_input!(function as syn::ItemFn);
    expand::cached(&options, function).unwrap_or_else(syn::Error::into_compile_error).into()
}
