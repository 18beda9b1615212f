//! `_no_cache`, `_prime` and `_invalidate`, beside the function.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{FnArg, GenericParam, Generics, Ident, ItemFn, Pat, Result, Signature, Type};

use crate::key::names_in;
use crate::options::Options;
use crate::template::Template;

pub(crate) struct Companions {
    wanted: bool,
    /// The body stands in `_no_cache` alone and is called from there.
    forwards: bool,
    vis: syn::Visibility,
    in_impl: bool,
    needed: Vec<String>,
}

impl Companions {
    pub(crate) fn of(options: &Options, function: &ItemFn, template: &Template) -> Self {
        let wanted = options.companions != Some(false);
        let simple = |argument: &FnArg| match argument {
            FnArg::Receiver(_) => true,
            FnArg::Typed(argument) => matches!(&*argument.pat, Pat::Ident(_)),
        };
        let mut needed: Vec<String> = template.roots().map(str::to_owned).collect();
        if let Some(cache) = &options.cache {
            let text = quote!(#cache).to_string();
            needed
                .extend(text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
        }
        Self {
            wanted,
            forwards: wanted && function.sig.inputs.iter().all(simple),
            vis: options.companions_vis.clone().unwrap_or_else(|| function.vis.clone()),
            in_impl: options.in_impl == Some(true) || function.sig.receiver().is_some(),
            needed,
        }
    }

    /// An expression that runs the body.
    pub(crate) fn run_body(&self, function: &ItemFn, returned: &Type) -> TokenStream {
        let signature = &function.sig;
        let wait = signature.asyncness.map(|_| quote!(.await));
        if !self.forwards {
            let body = &function.block;
            let asyncness = &signature.asyncness;
            return quote!((#asyncness move || -> #returned #body)() #wait);
        }
        let name = beside(signature, "no_cache");
        let path = if self.in_impl { quote!(Self::) } else { quote!() };
        let generics = turbofish(&signature.generics);
        let arguments = signature.inputs.iter().map(|argument| match argument {
            FnArg::Receiver(receiver) => {
                let token = &receiver.self_token;
                quote!(#token)
            }
            FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(pattern) => {
                    let ident = &pattern.ident;
                    quote!(#ident)
                }
                other => quote!(#other),
            },
        });
        quote!(#path #name #generics (#(#arguments),*) #wait)
    }

    pub(crate) fn expand(
        &self,
        function: &ItemFn,
        cache: &TokenStream,
        key: &TokenStream,
        prime: &TokenStream,
    ) -> Result<TokenStream> {
        if !self.wanted {
            return Ok(quote!());
        }
        let (vis, original) = (&self.vis, &function.sig);
        let attributes =
            function.attrs.iter().filter(|attribute| !attribute.path().is_ident("doc"));
        let attributes: Vec<_> = attributes.collect();
        let block = &function.block;

        let mut plain = original.clone();
        plain.ident = beside(original, "no_cache");
        let mut primed = original.clone();
        primed.ident = beside(original, "prime");
        primed.asyncness = Some(syn::parse_quote!(async));
        let mut invalidated = original.clone();
        invalidated.ident = beside(original, "invalidate");
        invalidated.asyncness = Some(syn::parse_quote!(async));
        invalidated.output = syn::ReturnType::Default;
        invalidated.inputs = original
            .inputs
            .iter()
            .filter(|argument| {
                matches!(argument, FnArg::Receiver(_))
                    || names_in(argument).iter().any(|name| self.needed.contains(name))
            })
            .cloned()
            .collect();
        let inputs = &invalidated.inputs;
        let mentioned = words(&quote!(#inputs));
        let known = |name: &String| mentioned.contains(name) || self.needed.contains(name);
        drop_unknown(&mut invalidated.generics, known);
        let docs = [
            "runs its body and keeps nothing",
            "runs its body and keeps what it returns",
            "makes what it kept invalid",
        ]
        .map(|does| format!("Companion of `{}`: {does}.", original.ident));
        let [plain_doc, primed_doc, invalidated_doc] = docs;
        let quiet = quote!(#[allow(dead_code, unused_variables, private_interfaces, clippy::double_must_use, reason = "not every companion is used")]);
        Ok(quote! {
            #[doc = #plain_doc]
            #quiet
            #(#attributes)*
            #vis #plain #block

            #[doc = #primed_doc]
            #quiet
            #(#attributes)*
            #vis #primed {
                let __perf_cache: &::perf_cache::Cache = #cache;
                let __perf_key = #key;
                #prime
            }

            #[doc = #invalidated_doc]
            #quiet
            #vis #invalidated {
                let __perf_cache: &::perf_cache::Cache = #cache;
                let __perf_key = #key;
                __perf_cache.invalidate(&__perf_key).await;
            }
        })
    }
}

fn beside(signature: &Signature, what: &str) -> Ident {
    format_ident!("{}_{what}", signature.ident, span = signature.ident.span())
}

/// Types and constants only: lifetimes may be late bound and are inferred.
fn turbofish(generics: &Generics) -> TokenStream {
    let names: Vec<&Ident> = generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    if names.is_empty() { quote!() } else { quote!(::<#(#names),*>) }
}

fn words(tokens: &TokenStream) -> Vec<String> {
    let text = tokens.to_string();
    text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect()
}

/// A parameter that no argument mentions could not be inferred.
fn drop_unknown(generics: &mut Generics, known: impl Fn(&String) -> bool) {
    let name = |param: &GenericParam| match param {
        GenericParam::Type(param) => Some(param.ident.to_string()),
        GenericParam::Const(param) => Some(param.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    };
    let dropped: Vec<String> =
        generics.params.iter().filter_map(name).filter(|name| !known(name)).collect();
    let kept = |param: &GenericParam| name(param).is_none_or(|name| !dropped.contains(&name));
    generics.params = generics.params.iter().filter(|param| kept(param)).cloned().collect();
    if let Some(clause) = &mut generics.where_clause {
        let free = |predicate: &syn::WherePredicate| {
            !words(&quote!(#predicate)).iter().any(|word| dropped.contains(word))
        };
        clause.predicates =
            clause.predicates.iter().filter(|predicate| free(predicate)).cloned().collect();
    }
}
