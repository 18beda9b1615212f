use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, ItemFn, Result, ReturnType, Type};

use crate::key;
use crate::options::Options;

/// Puts the look-up around the body; everything else of the function stays as it is.
pub(crate) fn cached(options: &Options, mut function: ItemFn) -> Result<TokenStream> {
    let signature = &function.sig;
    let key = required(options.key.as_ref(), &function, "key")?;
    let ttl = required(options.ttl, &function, "ttl")?;
    key::check(key, signature)?;
    let returned = returned(&function)?;

    let cache = match &options.cache {
        Some(cache) => quote!(&(#cache)),
        None => quote!(::perf_cache::Cache::installed()),
    };
    let (secs, nanos) = parts(ttl);
    let policy = quote!(::perf_cache::Policy::ttl(::core::time::Duration::new(#secs, #nanos)));
    let shape = quote!({
        // Inherent methods of `Returns` make the trait superfluous for `Result` and `Option`.
        #[allow(unused_imports, reason = "needed for some return types only")]
        use ::perf_cache::attribute::PlainShape as _;
        ::perf_cache::attribute::Returns::<#returned>::new().shape()
    });
    let key = quote!(&::std::format!(#key));
    let body = &function.block;
    let look_up = if signature.asyncness.is_some() {
        quote!(::perf_cache::attribute::cached(
            #shape, #cache, #key, #policy, async move || -> #returned #body
        ).await)
    } else {
        quote!(::perf_cache::attribute::cached_blocking(
            #shape, #cache, #key, #policy, move || -> #returned #body
        ))
    };
    function.block = syn::parse2(quote!({ #look_up }))?;
    Ok(quote!(#function))
}

fn required<T>(option: Option<T>, function: &ItemFn, name: &str) -> Result<T> {
    option.ok_or_else(|| {
        let example = key::example(&function.sig);
        Error::new(
            Span::call_site(),
            format!("`{name}` is missing; write `#[cached(ttl = \"10m\", {example})]`"),
        )
    })
}

fn returned(function: &ItemFn) -> Result<&Type> {
    let signature = &function.sig;
    if let Some(constness) = &signature.constness {
        return Err(Error::new_spanned(constness, "a const fn cannot be cached"));
    }
    match &signature.output {
        ReturnType::Default => Err(Error::new_spanned(
            &signature.ident,
            "this function returns nothing that could be cached",
        )),
        ReturnType::Type(_, returned) => match &**returned {
            Type::ImplTrait(_) => Err(Error::new_spanned(
                returned,
                "an `impl` type cannot be cached: name the type that is returned",
            )),
            returned => Ok(returned),
        },
    }
}

fn parts(duration: Duration) -> (u64, u32) {
    (duration.as_secs(), duration.subsec_nanos())
}
