//! The key: a format string in which every placeholder is an argument.

use syn::{Error, FnArg, LitStr, Pat, Result, Signature, Type};

/// Refuses placeholders that are not arguments, with a sentence that says more than the compiler's.
pub(crate) fn check(key: &LitStr, signature: &Signature) -> Result<()> {
    if key.value().is_empty() {
        return Err(refuse(key, "the key is empty", signature));
    }
    let arguments = arguments(signature);
    for placeholder in placeholders(&key.value()) {
        if placeholder.is_empty() || placeholder.starts_with(|first: char| first.is_ascii_digit()) {
            let problem = format!("`{{{placeholder}}}` in a key must name an argument");
            return Err(refuse(key, &problem, signature));
        }
        if placeholder.contains('.') {
            let problem = format!(
                "`{{{placeholder}}}` in a key must be an argument as a whole: pass the part as an argument"
            );
            return Err(refuse(key, &problem, signature));
        }
        if !arguments.contains(&placeholder) {
            let problem = format!("`{placeholder}` is no argument of `{}`", signature.ident);
            return Err(refuse(key, &problem, signature));
        }
    }
    Ok(())
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

/// The names between braces, without what stands behind a colon.
fn placeholders(key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let plain = key.replace("{{", "").replace("}}", "");
    for opened in plain.split('{').skip(1) {
        // A brace that is not closed is left to `format!`, which says so.
        if let Some((inside, _)) = opened.split_once('}') {
            let name = inside.split(':').next().unwrap_or_default();
            found.push(name.trim().to_owned());
        }
    }
    found
}

fn arguments(signature: &Signature) -> Vec<String> {
    signature.inputs.iter().flat_map(names_in).collect()
}

fn names_in(argument: &FnArg) -> Vec<String> {
    let mut names = Vec::new();
    if let FnArg::Typed(argument) = argument {
        collect(&argument.pat, &mut names);
    }
    names
}

/// Patterns such as `Path(id): Path<i64>` bring names in too.
fn collect(pattern: &Pat, names: &mut Vec<String>) {
    match pattern {
        Pat::Ident(ident) => names.push(ident.ident.to_string()),
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

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn placeholders_are_found_between_escaped_braces_and_before_formats() {
        assert_eq!(placeholders("a:{id}:{{x}}:{name:?}"), ["id", "name"]);
        assert_eq!(placeholders("{}{0}"), ["", "0"]);
        assert!(placeholders("plain").is_empty());
    }
}
