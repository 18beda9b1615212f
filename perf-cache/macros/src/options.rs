use std::time::Duration;

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, Lit, LitBool, LitFloat, LitInt, LitStr, Result, Token, Visibility};

use crate::refused;

/// What stands between the parentheses of `#[cached(…)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) ttl: Option<Duration>,
    pub(crate) key: Option<LitStr>,
    pub(crate) tags: Option<Vec<LitStr>>,
    pub(crate) cache: Option<Expr>,
    pub(crate) stale_while_revalidate: Option<Duration>,
    pub(crate) stale_if_error: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) negative: Option<Duration>,
    pub(crate) refresh_at: Option<f64>,
    pub(crate) jitter: Option<f64>,
    pub(crate) version: Option<u64>,
    pub(crate) cache_err: Option<bool>,
    pub(crate) cache_none: Option<bool>,
    pub(crate) force_refresh: Option<Expr>,
    pub(crate) sync: Option<bool>,
    pub(crate) in_impl: Option<bool>,
    pub(crate) companions: Option<bool>,
    pub(crate) companions_vis: Option<Visibility>,
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
            "ttl" => set(&mut self.ttl, &name, duration(input)?),
            "ttl_secs" => set(&mut self.ttl, &name, Duration::from_secs(whole(input)?)),
            "ttl_millis" => set(&mut self.ttl, &name, Duration::from_millis(whole(input)?)),
            "key" => set(&mut self.key, &name, value(input)?),
            "tags" => set(&mut self.tags, &name, texts(input)?),
            "cache" => set(&mut self.cache, &name, value(input)?),
            "stale_while_revalidate" | "swr" => {
                set(&mut self.stale_while_revalidate, &name, duration(input)?)
            }
            "stale_if_error" | "fail_safe" => {
                set(&mut self.stale_if_error, &name, duration(input)?)
            }
            "idle" => set(&mut self.idle, &name, duration(input)?),
            "negative" => set(&mut self.negative, &name, duration(input)?),
            "refresh_at" | "eager" => set(&mut self.refresh_at, &name, share(input)?),
            "jitter" => set(&mut self.jitter, &name, share(input)?),
            "version" => set(&mut self.version, &name, whole(input)?),
            "cache_err" => set(&mut self.cache_err, &name, flag(input)?),
            "cache_none" => set(&mut self.cache_none, &name, flag(input)?),
            "force_refresh" => set(&mut self.force_refresh, &name, value(input)?),
            "sync" => set(&mut self.sync, &name, flag(input)?),
            "in_impl" => set(&mut self.in_impl, &name, flag(input)?),
            "companions" => set(&mut self.companions, &name, flag(input)?),
            "companions_vis" => {
                let text: LitStr = value(input)?;
                set(&mut self.companions_vis, &name, text.parse()?)
            }
            other => Err(Error::new(name.span(), refused::sentence(other))),
        }
    }
}

/// `("products", "shop:{shop}")`.
pub(crate) fn texts(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    let inside;
    syn::parenthesized!(inside in input);
    let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&inside)?;
    Ok(texts.into_iter().collect())
}

pub(crate) fn value<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

pub(crate) fn set<T>(option: &mut Option<T>, name: &Ident, value: T) -> Result<()> {
    match option.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(name.span(), format!("`{name}` is given twice"))),
    }
}

/// `name` alone means `name = true`.
fn flag(input: ParseStream<'_>) -> Result<bool> {
    if input.peek(Token![=]) { value::<LitBool>(input).map(|flag| flag.value) } else { Ok(true) }
}

fn whole(input: ParseStream<'_>) -> Result<u64> {
    value::<LitInt>(input)?.base10_parse()
}

fn share(input: ParseStream<'_>) -> Result<f64> {
    let literal: Lit = value(input)?;
    let share = match &literal {
        Lit::Float(float) => LitFloat::base10_parse::<f64>(float)?,
        Lit::Int(int) => f64::from(int.base10_parse::<u32>()?),
        _ => f64::NAN,
    };
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(Error::new(literal.span(), "this is a share of the ttl, from 0.0 to 1.0"))
    }
}

fn duration(input: ParseStream<'_>) -> Result<Duration> {
    let text: LitStr = value(input)?;
    match humantime::parse_duration(&text.value()) {
        Ok(duration) if duration > Duration::ZERO => Ok(duration),
        Ok(_) => Err(Error::new(
            text.span(),
            "a duration of zero keeps nothing: give a longer one or leave the option out",
        )),
        Err(error) => Err(Error::new(
            text.span(),
            format!("this is no duration ({error}): write one like \"90s\", \"10m\" or \"1h 30m\""),
        )),
    }
}
