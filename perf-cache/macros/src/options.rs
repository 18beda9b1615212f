use std::time::Duration;

use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, LitStr, Result, Token};

/// What stands between the parentheses of `#[cached(…)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) ttl: Option<Duration>,
    pub(crate) key: Option<LitStr>,
    pub(crate) cache: Option<Expr>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            options.parse_one(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

impl Options {
    fn parse_one(&mut self, input: ParseStream<'_>) -> Result<()> {
        let name: Ident = input.parse()?;
        match name.to_string().as_str() {
            "ttl" => set(&mut self.ttl, &name, ttl(&value(input)?)?),
            "key" => set(&mut self.key, &name, value(input)?),
            "cache" => set(&mut self.cache, &name, value(input)?),
            "tags" => Err(Error::new(
                name.span(),
                "tags are not there yet: remove `tags(…)` and call `Cache::invalidate` with each key",
            )),
            other => Err(Error::new(
                name.span(),
                format!("there is no option `{other}`; there are `ttl`, `key` and `cache`"),
            )),
        }
    }
}

fn value<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn set<T>(option: &mut Option<T>, name: &Ident, value: T) -> Result<()> {
    match option.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(name.span(), format!("`{name}` is given twice"))),
    }
}

fn ttl(text: &LitStr) -> Result<Duration> {
    match humantime::parse_duration(&text.value()) {
        Ok(ttl) if ttl > Duration::ZERO => Ok(ttl),
        Ok(_) => Err(Error::new(
            text.span(),
            "a ttl of zero keeps nothing: give a longer one or remove `#[cached]`",
        )),
        Err(error) => Err(Error::new(
            text.span(),
            format!("this is no duration ({error}): write one like \"90s\", \"10m\" or \"1h 30m\""),
        )),
    }
}
