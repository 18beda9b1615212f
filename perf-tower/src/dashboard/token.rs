//! A browser shows a token once and has a cookie from then on.

use axum::response::Response;
use http::header::{AUTHORIZATION, CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::report::{Authorize, TOKEN_COOKIE};

/// How long a browser keeps the cookie: a working day.
const MAX_AGE_SECONDS: u32 = 12 * 60 * 60;

/// The answer to `?token=T`: a cookie and the address without the token; `None` where there is no
/// token in the query, or not the right one.
pub(super) fn exchange(request: &Parts, path: &str, authorize: &Authorize) -> Option<Response> {
    let (token, rest) = take_token(request.uri.query()?)?;
    // What a cookie can hold as it is (RFC 6265 section 4.1.1), so that no header is forged.
    let is_plain = token.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte));
    let mut asked = request.clone();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    asked.headers.insert(AUTHORIZATION, bearer);
    if !is_plain || !authorize.allows(&asked) {
        return None;
    }
    let is_secure = request
        .headers
        .get("x-forwarded-proto")
        .is_some_and(|scheme| scheme.as_bytes() == b"https");
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!(
        "{TOKEN_COOKIE}={token}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Strict{secure}"
    );
    let location = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    headers.insert(LOCATION, HeaderValue::try_from(location).ok()?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Some(response)
}

/// The first `token=…` of a query, and the query without any.
fn take_token(query: &str) -> Option<(String, String)> {
    let is_token = |pair: &&str| pair.starts_with("token=");
    let token = query.split('&').find(is_token)?.strip_prefix("token=")?;
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_token(pair)).collect();
    Some((token.to_owned(), rest.join("&")))
}
