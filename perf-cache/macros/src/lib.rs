//! The attribute of perf-cache, which re-exports it; use it from there.

mod companions;
mod expand;
mod invalidates;
mod key;
mod options;
mod policy;
mod refused;
mod template;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Caches what a function returns. Its body runs only when no tier has the value, and once for all
/// callers that ask for the same key at the same time.
///
/// # Options
/// - `ttl = "10m"`: how long a value is kept. Required; also `ttl_secs = 600`, `ttl_millis = 500`.
/// - `key = "product:{id}"`: a template over the arguments, their fields (`{user.id}`) and constant
///   parameters, checked at compile time. Required. It is the whole key: two functions with the same
///   key share their values. The text of each part is escaped, so `a:1` and `a`, `1` never meet;
///   two parts need a `:` between them.
/// - `tags("products", "shop:{shop}")`: tags of the value. None by default.
/// - `cache = expr`: the [`Cache`](https://docs.rs/perf-cache) to use; the arguments are in scope.
///   Defaults to the installed one.
/// - `jitter = 0.2`: the share of the ttl taken off at random. Defaults to 0.1.
/// - `stale_while_revalidate = "1m"` (`swr`), `refresh_at = 0.8` (`eager`), `stale_if_error = "1h"`
///   (`fail_safe`), `idle = "5m"`: the setters of `Policy` of these names. Off by default.
/// - `negative = "10s"`: keeps `None`, or `Ok(None)`, for that long. Off by default.
/// - `cache_none`: keeps `None` like a value. `cache_err`: keeps an `Err` like a value. Off by default.
/// - `version = 3`: adds `:v3` to the key, for when the type of the value changes.
/// - `force_refresh = expr`: when true, the body runs and its value replaces the one kept. Async only.
/// - `sync = false`: callers of one key do not wait for each other. Async only; they wait by default.
/// - `companions = false`: no companions, as in an `impl` of a trait. `companions_vis = "pub(crate)"`:
///   their visibility; that of the function by default.
/// - `in_impl`: needed on associated functions without `self`.
///
/// # Companions
/// `{fn}_no_cache` runs the body alone; `{fn}_prime` (async) runs it and keeps the value;
/// `{fn}_invalidate` (async) takes the arguments that the key uses and makes the value invalid.
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

/// Makes values invalid when the body of an async function has succeeded: after anything but an `Err`.
///
/// `#[invalidates("product:{id}", tags("products"), matching("user:{id}:*"), cache = expr)]`; the
/// templates are those of [`macro@cached`], and arguments are escaped, so none of them can be a pattern.
///
/// # Cancel safety
/// When the future is dropped before the body has ended, nothing becomes invalid. Once it has ended,
/// all invalidations begin in the same poll and go on even if the future is dropped.
#[proc_macro_attribute]
pub fn invalidates(targets: TokenStream, function: TokenStream) -> TokenStream {
    let targets = parse_macro_input!(targets as invalidates::Targets);
    let function = parse_macro_input!(function as syn::ItemFn);
    invalidates::expand(&targets, function).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Writes a key from a template: `key!("product:{id}")` is a `Key`, whose parts are escaped.
#[proc_macro]
pub fn key(text: TokenStream) -> TokenStream {
    let text = parse_macro_input!(text as syn::LitStr);
    template::Template::parse(&text)
        .map_or_else(syn::Error::into_compile_error, |template| template.expand())
        .into()
}
