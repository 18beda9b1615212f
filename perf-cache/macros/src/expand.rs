use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, ItemFn, Result, ReturnType, Type};

use crate::companions::Companions;
use crate::options::Options;
use crate::template::Part;
use crate::{key, policy};

/// Puts the look-up around the body, and the companions beside the function.
pub(crate) fn cached(options: &Options, mut function: ItemFn) -> Result<TokenStream> {
    let written = required(options.key.as_ref(), &function, "key")?;
    let ttl = required(options.ttl, &function, "ttl")?;
    let mut template = key::check(written, &function.sig)?;
    if let Some(version) = options.version {
        // Behind the last argument, whose text can hold no `:`.
        template.parts.push(Part::Literal(format!(":v{version}")));
    }
    let returned = returned(&function)?.clone();
    combinations(options, &function)?;

    let cache = match &options.cache {
        Some(cache) => quote!(&(#cache)),
        None => quote!(::perf_cache::Cache::installed()),
    };
    let key = template.expand_typed();
    let policy = policy::expand(options, ttl, &function.sig)?;
    let shape = shape(options, &returned);
    let companions = Companions::of(options, &function, &template);
    let body = companions.run_body(&function, &returned);
    let is_async = function.sig.asyncness.is_some();
    let look_up = if options.sync == Some(false) {
        // Each caller that finds nothing runs its own body.
        quote!(::perf_cache::attribute::cached_alone(
            #shape, __perf_cache, &__perf_key, async move || (#policy, #body)
        ).await)
    } else if is_async {
        quote!(::perf_cache::attribute::cached(
            #shape, __perf_cache, &__perf_key, async move || (#policy, #body)
        ).await)
    } else {
        quote!(::perf_cache::attribute::cached_blocking(
            #shape, __perf_cache, &__perf_key, move || (#policy, #body)
        ))
    };
    let prime = quote!(::perf_cache::attribute::prime(
        #shape, __perf_cache, &__perf_key, async move || (#policy, #body)
    ).await);
    let force = options.force_refresh.as_ref().map(|force| quote!(if #force { return #prime; }));
    let companions = companions.expand(&function, &cache, &key, &prime)?;
    function.block = syn::parse2(quote!({
        let __perf_cache: &::perf_cache::Cache = #cache;
        let __perf_key = #key;
        #force
        #look_up
    }))?;
    Ok(quote!(#function #companions))
}

fn shape(options: &Options, returned: &Type) -> TokenStream {
    let returns = quote!(::perf_cache::attribute::Returns::<#returned>::new());
    if options.cache_err == Some(true) {
        return quote!(::perf_cache::attribute::PlainShape::shape(#returns));
    }
    if options.negative.is_some() || options.cache_none == Some(true) {
        return quote!(#returns.with_nothing());
    }
    quote!({
        // Inherent methods of `Returns` make the trait superfluous for `Result` and `Option`.
        #[allow(unused_imports, reason = "needed for some return types only")]
        use ::perf_cache::attribute::PlainShape as _;
        #returns.shape()
    })
}

fn combinations(options: &Options, function: &ItemFn) -> Result<()> {
    let refuse = |sentence: &str| Err(Error::new(Span::call_site(), sentence));
    let blocking = function.sig.asyncness.is_none();
    if blocking && options.force_refresh.is_some() {
        return refuse(
            "`force_refresh` needs an async function; call `Cache::invalidate` before this one",
        );
    }
    if blocking && options.sync == Some(false) {
        return refuse("`sync = false` needs an async function");
    }
    if options.cache_err == Some(true)
        && (options.negative.is_some() || options.stale_if_error.is_some())
    {
        return refuse(
            "`cache_err` keeps errors as values, so `negative` and `stale_if_error` have nothing to do: leave one out",
        );
    }
    Ok(())
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
