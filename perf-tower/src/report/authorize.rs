use std::fmt;

use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use perf_core::sync::Arc;

use super::loopback;

/// Who may see what describes the inside of a service.
///
/// There is no default: what is served must have been thought about (guarantee G9).
#[derive(Clone)]
pub struct Authorize {
    allows: Arc<dyn Fn(&Parts) -> bool + Send + Sync>,
}

impl Authorize {
    /// Lets in whom the closure lets in.
    pub fn by(allows: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        Self { allows: Arc::new(allows) }
    }

    /// Lets in requests from this machine, without a proxy in between.
    ///
    /// **Behind a proxy on the same machine use [`bearer`](Self::bearer).** Loopback cannot see a
    /// proxy that adds no header, and by default nginx adds none: to such a proxy's clients the
    /// report would be open.
    ///
    /// The peer's address is read from the request's extensions, as `SocketAddr` or as axum's
    /// `ConnectInfo<SocketAddr>`; without it nobody gets in, so serve with
    /// `into_make_service_with_connect_info::<SocketAddr>()`. Refused as well is a request
    /// - that a proxy marked: `Forwarded`, `X-Forwarded-*`, `X-Real-IP`, `Via`, `CF-Connecting-IP`,
    ///   `True-Client-IP`;
    /// - whose `Host` is another name (DNS rebinding), is given twice or has a user's name in it;
    /// - that a page of another site made: `Origin` of another name, `Sec-Fetch-Site: cross-site`.
    pub fn loopback() -> Self {
        Self::by(loopback::allows)
    }

    /// Lets in requests with `Authorization: Bearer <token>`, or with the cookie that the dashboard
    /// gives for `?token=<token>`; an empty token lets in nobody.
    pub fn bearer(token: impl Into<String>) -> Self {
        let token = token.into();
        Self::by(move |request| {
            let is_token = |sent: &[u8]| is_same(sent, token.as_bytes());
            let is_sent = match request.headers.get(AUTHORIZATION) {
                Some(sent) => bearer_token(sent.as_bytes()).is_some_and(is_token),
                None => cookie_tokens(request).any(is_token),
            };
            !token.is_empty() && is_sent
        })
    }

    pub(crate) fn allows(&self, request: &Parts) -> bool {
        (self.allows)(request)
    }
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize").finish_non_exhaustive()
    }
}

/// The scheme's case does not matter (RFC 9110 section 11.1).
fn bearer_token(credentials: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = credentials.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii_start())
}

/// The cookie in which a browser keeps a token.
pub(crate) const TOKEN_COOKIE: &str = "perf_token";

/// All cookies of that name, from however many headers: another site of the same domain can set one
/// that comes first.
fn cookie_tokens(request: &Parts) -> impl Iterator<Item = &[u8]> {
    let cookies = request.headers.get_all(COOKIE).iter();
    let pairs = cookies.flat_map(|cookies| cookies.as_bytes().split(|&byte| byte == b';'));
    pairs.filter_map(|pair| {
        pair.trim_ascii().strip_prefix(TOKEN_COOKIE.as_bytes())?.strip_prefix(b"=")
    })
}

/// Takes the same time wherever the first difference stands.
fn is_same(one: &[u8], two: &[u8]) -> bool {
    one.len() == two.len() && one.iter().zip(two).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}
