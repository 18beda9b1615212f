use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Result, Signature};

use crate::key;
use crate::options::Options;

/// An expression that makes the policy; it runs only when there is no hit.
pub(crate) fn expand(
    options: &Options,
    ttl: Duration,
    signature: &Signature,
) -> Result<TokenStream> {
    let ttl = time(ttl);
    let mut policy = quote!(::perf_cache::Policy::ttl(#ttl));
    if let Some(share) = options.jitter {
        policy.extend(quote!(.jitter(#share)));
    }
    if let Some(share) = options.refresh_at {
        policy.extend(quote!(.refresh_at(#share)));
    }
    if let Some(idle) = options.idle.map(time) {
        policy.extend(quote!(.idle(#idle)));
    }
    if let Some(stale) = options.stale_while_revalidate.map(time) {
        policy.extend(quote!(.stale_while_revalidate(#stale)));
    }
    if let Some(stale) = options.stale_if_error.map(time) {
        policy.extend(quote!(.stale_if_error(#stale)));
    }
    if let Some(negative) = options.negative.map(time) {
        policy.extend(quote!(.negative(#negative)));
    }
    for tag in options.tags.iter().flatten() {
        let tag = key::check(tag, signature)?.expand();
        policy.extend(quote!(.tag(::std::string::ToString::to_string(&#tag))));
    }
    Ok(policy)
}

fn time(duration: Duration) -> TokenStream {
    let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#secs, #nanos))
}
