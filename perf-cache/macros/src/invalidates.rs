use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, ItemFn, LitStr, Result, ReturnType, Token};

use crate::key;
use crate::options::{set, texts, value};

/// What stands between the parentheses of `#[invalidates(…)]`.
#[derive(Default)]
pub(crate) struct Targets {
    keys: Vec<LitStr>,
    tags: Vec<LitStr>,
    matching: Vec<LitStr>,
    cache: Option<Expr>,
}

impl Parse for Targets {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut targets = Self::default();
        while !input.is_empty() {
            if input.peek(LitStr) {
                targets.keys.push(input.parse()?);
            } else {
                let name: Ident = input.parse()?;
                match name.to_string().as_str() {
                    "tags" => targets.tags.extend(texts(input)?),
                    "matching" => targets.matching.extend(texts(input)?),
                    "cache" => set(&mut targets.cache, &name, value(input)?)?,
                    other => {
                        return Err(Error::new(
                            name.span(),
                            format!(
                                "there is no `{other}` here; there are keys, `tags(…)`, `matching(…)` and `cache = expr`"
                            ),
                        ));
                    }
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(targets)
    }
}

pub(crate) fn expand(targets: &Targets, mut function: ItemFn) -> Result<TokenStream> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(
            signature.fn_token,
            "only an async function can invalidate, for it waits for the store: make it `async`",
        ));
    }
    let mut all = Vec::new();
    for (kind, templates) in
        [("Key", &targets.keys), ("Tag", &targets.tags), ("Matching", &targets.matching)]
    {
        let kind = Ident::new(kind, proc_macro2::Span::call_site());
        for template in templates {
            let key = key::check(template, signature)?.expand();
            all.push(quote!(::perf_cache::attribute::Invalidation::#kind(#key)));
        }
    }
    if all.is_empty() {
        return Err(Error::new(
            proc_macro2::Span::call_site(),
            "nothing is named that becomes invalid; write `#[invalidates(\"product:{id}\")]`",
        ));
    }
    // A clone, because the body takes the arguments and the cache may be a part of one.
    let cache = match &targets.cache {
        Some(cache) => {
            quote!(::core::clone::Clone::clone(::core::borrow::Borrow::<::perf_cache::Cache>::borrow(&#cache)))
        }
        None => quote!(::core::clone::Clone::clone(::perf_cache::Cache::installed())),
    };
    let returned = match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, returned) => quote!(#returned),
    };
    let body = &function.block;
    function.block = syn::parse2(quote!({
        let __perf_cache: ::perf_cache::Cache = #cache;
        let __perf_targets = [#(#all),*];
        let __perf_returned = (async move || -> #returned #body)().await;
        let __perf_succeeded = {
            #[allow(unused_imports, reason = "needed for some return types only")]
            use ::perf_cache::attribute::PlainSuccess as _;
            ::perf_cache::attribute::Returns::<#returned>::new().succeeded(&__perf_returned)
        };
        if __perf_succeeded {
            ::perf_cache::attribute::invalidate(&__perf_cache, &__perf_targets).await;
        }
        __perf_returned
    }))?;
    Ok(quote!(#function))
}
