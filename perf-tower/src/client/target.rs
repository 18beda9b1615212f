use std::borrow::Cow;

use http::header::HOST;
use http::{HeaderMap, Method, Uri};
use perf_core::Name;

use super::answer::Protocol;
use crate::Route;
use crate::request::method;

/// For a request that names no host, or something else in its place.
const UNKNOWN: &str = "_unknown";

/// A DNS name has 253 characters at most; anything longer is not worth its memory.
const LONGEST: usize = 255;

/// Whom a request asks for what.
#[derive(Hash)]
pub(super) struct Target<'a> {
    method: &'static str,
    host: Cow<'a, str>,
    template: Option<&'a str>,
}

impl<'a> Target<'a> {
    pub(super) fn new(
        method: &Method,
        uri: &'a Uri,
        headers: &'a HeaderMap,
        route: Option<Route>,
    ) -> Self {
        let grpc_method = || (Protocol::of(headers) == Protocol::Grpc).then(|| uri.path());
        Self {
            method: self::method(method),
            host: host(uri, headers).unwrap_or(Cow::Borrowed(UNKNOWN)),
            template: route.map(Route::template).or_else(grpc_method),
        }
    }

    pub(super) fn name(&self) -> Name {
        Name::new(self.parts().concat())
    }

    /// Whether `name` is the name of this target.
    pub(super) fn is(&self, name: &str) -> bool {
        let rest = self.parts().into_iter().try_fold(name, |rest, part| rest.strip_prefix(part));
        rest == Some("")
    }

    fn parts(&self) -> [&str; 7] {
        let [host, host_cut] = clipped(&self.host);
        let [template, template_cut] = clipped(self.template.unwrap_or_default());
        let gap = if self.template.is_some() { " " } else { "" };
        [self.method, " ", host, host_cut, gap, template, template_cut]
    }
}

fn clipped(text: &str) -> [&str; 2] {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => [&text[..end], "…"],
        None => [text, ""],
    }
}

fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<Cow<'a, str>> {
    let authority = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(HOST)?.to_str().ok()?,
    };
    // The last one: a password may hold an `@`, a host may not.
    let host = authority.rsplit('@').next()?;
    let host = match uri.scheme_str() {
        Some("http" | "ws") => host.strip_suffix(":80").unwrap_or(host),
        Some("https" | "wss") => host.strip_suffix(":443").unwrap_or(host),
        _ => host,
    };
    let host = host.strip_suffix(':').unwrap_or(host);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_host) {
        return None;
    }
    let has_upper_case = host.bytes().any(|byte| byte.is_ascii_uppercase());
    Some(if has_upper_case { host.to_ascii_lowercase().into() } else { host.into() })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::CONTENT_TYPE;

    use super::*;

    fn named(uri: &str, headers: &[(http::HeaderName, &'static str)]) -> String {
        let uri = uri.parse().expect("a URI");
        let headers = headers.iter().cloned();
        let headers =
            headers.map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        let target = Target::new(&Method::GET, &uri, &headers, None);
        assert!(target.is(target.name().as_str()));
        target.name().as_str().to_owned()
    }

    #[test]
    fn a_host_has_no_user_and_no_port_that_says_nothing() {
        for (uri, name) in [
            ("http://suppliers.internal/price/7?key=secret", "GET suppliers.internal"),
            ("http://Suppliers.Internal:80/", "GET suppliers.internal"),
            ("https://suppliers.internal:443/", "GET suppliers.internal"),
            ("https://suppliers.internal:80/", "GET suppliers.internal:80"),
            ("http://user:p%40ss@suppliers.internal:8080/", "GET suppliers.internal:8080"),
            ("http://[::1]:3000/", "GET [::1]:3000"),
            ("/price/7", "GET _unknown"),
        ] {
            assert_eq!(named(uri, &[]), name, "{uri}");
        }
    }

    #[test]
    fn a_request_without_authority_is_named_by_its_host_header_if_that_is_a_host() {
        for (host, name) in [
            ("suppliers:8080", "GET suppliers:8080"),
            ("user:secret@suppliers", "GET suppliers"),
            ("suppliers/price/7?key=secret", "GET _unknown"),
            ("two words", "GET _unknown"),
            ("", "GET _unknown"),
        ] {
            assert_eq!(named("/price/7", &[(HOST, host)]), name, "{host}");
        }
    }

    #[test]
    fn the_path_of_a_grpc_request_is_its_template_and_no_other_path_is() {
        let uri = "http://stock/shop.Stock/Count";
        for (content_type, name) in [
            ("application/grpc", "GET stock /shop.Stock/Count"),
            ("application/grpc+proto", "GET stock /shop.Stock/Count"),
            ("application/grpc-web", "GET stock"),
            ("application/json", "GET stock"),
        ] {
            assert_eq!(named(uri, &[(CONTENT_TYPE, content_type)]), name, "{content_type}");
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let long = format!("http://{}/", "a".repeat(10_000));
        assert_eq!(named(&long, &[]), format!("GET {}…", "a".repeat(LONGEST)));
    }
}
