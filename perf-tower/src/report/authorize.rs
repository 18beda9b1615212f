use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::header::{AUTHORIZATION, FORWARDED, HOST};
use http::request::Parts;

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

    /// Lets in requests from this machine.
    ///
    /// The peer's address is read from the request's extensions, as `SocketAddr` or as axum's
    /// `ConnectInfo<SocketAddr>`; without it nobody gets in, so serve with
    /// `into_make_service_with_connect_info::<SocketAddr>()`. A request that a proxy forwarded, or
    /// whose `Host` is another name (DNS rebinding), is refused as well.
    pub fn loopback() -> Self {
        Self::by(|request| {
            let forwarded = request.headers.contains_key(FORWARDED)
                || request.headers.contains_key("x-forwarded-for");
            peer(request).is_some_and(|peer| peer.ip().is_loopback())
                && !forwarded
                && host(request).is_some_and(is_loopback_name)
        })
    }

    /// Lets in requests with `Authorization: Bearer <token>`; an empty token lets in nobody.
    pub fn bearer(token: impl Into<String>) -> Self {
        let token = token.into();
        Self::by(move |request| {
            let sent = request.headers.get(AUTHORIZATION).map(|value| value.as_bytes());
            let sent = sent.and_then(|value| value.strip_prefix(b"Bearer "));
            !token.is_empty() && sent.is_some_and(|sent| is_same(sent, token.as_bytes()))
        })
    }

    pub(super) fn allows(&self, request: &Parts) -> bool {
        (self.allows)(request)
    }
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize").finish_non_exhaustive()
    }
}

fn peer(request: &Parts) -> Option<SocketAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = request.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(info.0);
    }
    request.extensions.get::<SocketAddr>().copied()
}

fn host(request: &Parts) -> Option<&str> {
    let header = || request.headers.get(HOST).and_then(|host| host.to_str().ok());
    request.uri.authority().map(|authority| authority.as_str()).or_else(header)
}

fn is_loopback_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<http::uri::Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Takes the same time wherever the first difference stands.
fn is_same(one: &[u8], two: &[u8]) -> bool {
    one.len() == two.len() && one.iter().zip(two).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}
