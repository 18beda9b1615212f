//! The key: a format string in which every placeholder is an argument.

use syn::ext::IdentExt as _;
use syn::{Error, FnArg, LitStr, Pat, Result, Signature, Type};

use crate::template::Template;

/// Takes a template apart and refuses what names no argument, with a sentence that helps.
pub(crate) fn check(key: &LitStr, signature: &Signature) -> Result<Template> {
    if key.value().is_empty() {
        return Err(refuse(key, "the key is empty", signature));
    }
    let template =
        Template::parse(key).map_err(|error| refuse(key, &error.to_string(), signature))?;
    let known = arguments(signature);
    for root in template.roots() {
        if !known.iter().any(|known| known == root) {
            let problem = format!("`{root}` is no argument of `{}`", signature.ident);
            return Err(refuse(key, &problem, signature));
        }
    }
    Ok(template)
}

/// A key that would do, as code: `key = "product:{id}"`.
pub(crate) fn example(signature: &Signature) -> String {
    let mut key = signature.ident.to_string();
    for argument in signature.inputs.iter().filter(|argument| is_key_part(argument)) {
        for name in names_in(argument) {
            key.push_str(&format!(":{{{name}}}"));
        }
    }
    format!("key = \"{key}\"")
}

fn refuse(key: &LitStr, problem: &str, signature: &Signature) -> Error {
    Error::new(key.span(), format!("{problem}; for example `{}`", example(signature)))
}

fn arguments(signature: &Signature) -> Vec<String> {
    let consts = signature.generics.const_params().map(|param| param.ident.unraw().to_string());
    signature.inputs.iter().flat_map(names_in).chain(consts).collect()
}

/// The names that an argument brings into scope.
pub(crate) fn names_in(argument: &FnArg) -> Vec<String> {
    let mut names = Vec::new();
    match argument {
        FnArg::Typed(argument) => collect(&argument.pat, &mut names),
        FnArg::Receiver(_) => names.push("self".to_owned()),
    }
    names
}

/// Patterns such as `Path(id): Path<i64>` bring names in too.
fn collect(pattern: &Pat, names: &mut Vec<String>) {
    match pattern {
        Pat::Ident(ident) => names.push(ident.ident.unraw().to_string()),
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(|inner| collect(inner, names)),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|inner| collect(inner, names)),
        Pat::Struct(fields) => fields.fields.iter().for_each(|field| collect(&field.pat, names)),
        Pat::Reference(reference) => collect(&reference.pat, names),
        _ => {}
    }
}

/// References are mostly to databases and clients; a `&str` is mostly an id.
fn is_key_part(argument: &FnArg) -> bool {
    match argument {
        FnArg::Typed(argument) => match &*argument.ty {
            Type::Reference(reference) => {
                matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str"))
            }
            _ => true,
        },
        _ => false,
    }
}
