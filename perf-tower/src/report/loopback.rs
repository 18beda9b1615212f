//! Whether a request came from this machine and was meant for it.

use std::net::{IpAddr, SocketAddr};

use http::header::{FORWARDED, HOST, HeaderName, HeaderValue, ORIGIN, VIA};
use http::request::Parts;
use http::uri::{Authority, Uri};

pub(super) fn allows(request: &Parts) -> bool {
    peer(request).is_some_and(|peer| is_loopback(peer.ip()))
        && !request.headers.keys().any(is_mark_of_proxy)
        && is_for_loopback(request)
        && !is_from_other_site(request)
}

fn peer(request: &Parts) -> Option<SocketAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = request.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(info.0);
    }
    request.extensions.get::<SocketAddr>().copied()
}

/// A dual-stack socket gives IPv4 peers as `::ffff:127.0.0.1`.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn is_mark_of_proxy(name: &HeaderName) -> bool {
    [FORWARDED, VIA].contains(name)
        || name.as_str().starts_with("x-forwarded-")
        || ["x-real-ip", "cf-connecting-ip", "true-client-ip"].contains(&name.as_str())
}

/// Every name that the request gives for its target is one of this machine, and there is one.
fn is_for_loopback(request: &Parts) -> bool {
    let mut hosts = request.headers.get_all(HOST).iter();
    match (request.uri.authority(), hosts.next(), hosts.next()) {
        (_, _, Some(_)) | (None, None, None) => false,
        (uri, host, None) => {
            uri.is_none_or(is_own_name)
                && host.is_none_or(|host| parsed(host).is_some_and(|host| is_own_name(&host)))
        }
    }
}

/// What a browser says of the page that made the request; other clients say nothing.
fn is_from_other_site(request: &Parts) -> bool {
    let is_own = |origin: &HeaderValue| {
        parsed::<Uri>(origin).is_some_and(|origin| origin.authority().is_some_and(is_own_name))
    };
    let sites = request.headers.get_all("sec-fetch-site");
    !request.headers.get_all(ORIGIN).iter().all(is_own)
        || sites.iter().any(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site"))
}

fn is_own_name(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_own = host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(is_loopback);
    is_own && !authority.as_str().contains('@')
}

fn parsed<T: std::str::FromStr>(header: &HeaderValue) -> Option<T> {
    header.to_str().ok()?.parse().ok()
}
