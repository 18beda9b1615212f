//! Templates such as `product:{id}`: literals, and arguments whose text is escaped.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::Parser as _;
use syn::{Error, Expr, Ident, LitStr, Result};

/// Words that name no argument and no field, not with `r#` either.
const NEVER_RAW: [&str; 5] = ["_", "crate", "self", "Self", "super"];

/// A template, taken apart.
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
}

pub(crate) enum Part {
    Literal(String),
    Argument { root: String, expr: Expr, format: String },
}

impl Template {
    pub(crate) fn parse(text: &LitStr) -> Result<Self> {
        let refuse = |problem: &str| Error::new(text.span(), problem);
        let (mut parts, mut literal) = (Vec::new(), String::new());
        let value = text.value();
        let mut chars = value.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '{' if chars.next_if_eq(&'{').is_some() => literal.push('{'),
                '}' if chars.next_if_eq(&'}').is_some() => literal.push('}'),
                '}' => {
                    return Err(refuse("a `}` is not opened: write `}}` for the character itself"));
                }
                '{' => {
                    let mut inside = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some(char) => inside.push(char),
                            None => {
                                return Err(refuse(
                                    "a `{` is not closed: write `{{` for the character itself",
                                ));
                            }
                        }
                    }
                    if !parts.is_empty() && !literal.contains(':') {
                        return Err(refuse(&format!(
                            "nothing separates `{{{inside}}}` from the argument before it: put a `:` between them, \
                             or two arguments could meet in one key"
                        )));
                    }
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                    parts.push(argument(&inside, text.span())?);
                }
                char => literal.push(char),
            }
        }
        parts.push(Part::Literal(literal));
        Ok(Self { parts })
    }

    /// The names of the arguments, `self` among them.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Argument { root, .. } => Some(root.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// An expression that makes the `Key`.
    pub(crate) fn expand(&self) -> TokenStream {
        self.steps(false)
    }

    /// The same, and quicker, where the types of all arguments are written down: a number whose type is
    /// still to be found has more than one of the methods that this calls.
    pub(crate) fn expand_typed(&self) -> TokenStream {
        self.steps(true)
    }

    fn steps(&self, typed: bool) -> TokenStream {
        let steps = self.parts.iter().map(|part| match part {
            Part::Literal(text) if text.is_empty() => quote!(),
            Part::Literal(text) => quote!(__perf_cache_key.literal(#text);),
            Part::Argument { expr, format, .. } if typed && format == "{}" => quote!({
                // Inherent methods of `Part` make the trait superfluous for numbers and texts.
                #[allow(unused_imports, reason = "needed for some types only")]
                use ::perf_cache::attribute::PlainPart as _;
                ::perf_cache::attribute::Part::new(&#expr).append_to(&mut __perf_cache_key);
            }),
            Part::Argument { expr, format, .. } => {
                quote!(__perf_cache_key.part(::core::format_args!(#format, #expr));)
            }
        });
        quote!({
            let mut __perf_cache_key = ::perf_cache::Key::new();
            #(#steps)*
            __perf_cache_key
        })
    }
}

fn argument(inside: &str, span: Span) -> Result<Part> {
    let (name, format) = inside.split_once(':').unwrap_or((inside, ""));
    let name = name.trim();
    let refuse = || {
        Error::new(span, format!("`{{{inside}}}` in a key must name an argument or a field of one"))
    };
    let mut names = name.split('.');
    let root = names.next().unwrap_or_default().trim_start_matches("r#");
    if root.is_empty()
        || root.starts_with(|first: char| first.is_ascii_digit())
        || format.contains('$')
    {
        return Err(refuse());
    }
    let raw = |name: &str| -> Result<Ident> {
        let mut ident = Ident::parse_any.parse_str(name).map_err(|_| refuse())?;
        // The parser passes over comments.
        if ident != name || NEVER_RAW.contains(&name) {
            return Err(refuse());
        }
        if syn::parse_str::<Ident>(name).is_err() {
            ident = Ident::new_raw(name, span);
        }
        ident.set_span(span);
        Ok(ident)
    };
    let ident = if root == "self" { Ident::new(root, span) } else { raw(root)? };
    let mut expr: Expr = syn::parse_quote!(#ident);
    for field in names {
        let member = if let Ok(index) = field.parse::<u32>() {
            syn::Member::Unnamed(syn::Index { index, span })
        } else {
            syn::Member::Named(raw(field.trim_start_matches("r#"))?)
        };
        expr = syn::parse_quote!(#expr.#member);
    }
    let format = if format.is_empty() { "{}".to_owned() } else { format!("{{:{format}}}") };
    Ok(Part::Argument { root: root.to_owned(), expr, format })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_for_a_template_makes_an_expression(text in r"([a-z:{}. #$0-9<>?é_]|\{(_|self|super|crate|Self|type|a\.self|r#a|super//a)\}|r#){0,12}") {
            let literal = LitStr::new(&text, Span::call_site());
            if let Ok(template) = Template::parse(&literal) {
                prop_assert!(template.roots().all(|root| !root.is_empty()));
                prop_assert!(syn::parse2::<Expr>(template.expand()).is_ok(), "{}", text);
            }
        }
    }
}
