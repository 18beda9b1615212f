//! What gRPC says in headers and trailers, which HTTP does not know.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, Method, Request};
use perf_core::Outcome;

/// The code of a call that ended without one.
pub(super) const UNKNOWN: u16 = 2;

static STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// Longer names are left to the router's template.
const LONGEST: usize = 200;

/// Whether a content type is that of gRPC over HTTP/2; gRPC-Web carries its status inside of the body.
pub(crate) fn is_grpc(content_type: &[u8]) -> bool {
    let kind = content_type.split_at_checked(16);
    matches!(kind, Some((b"application/grpc", [] | [b'+' | b';', ..])))
}

/// `/package.Service/Method`, where a request has the form of a call.
pub(super) fn method<Q>(request: &Request<Q>) -> Option<&str> {
    if *request.method() != Method::POST {
        return None;
    }
    request.headers().get(CONTENT_TYPE).filter(|kind| is_grpc(kind.as_bytes()))?;
    let path = request.uri().path();
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        !name.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
    };
    (path.len() <= LONGEST && is_name(service) && is_name(method)).then_some(path)
}

/// The code in these headers or trailers; `None` where there is none.
pub(super) fn code(headers: &HeaderMap) -> Option<u16> {
    let code = headers.get(&STATUS)?.to_str().ok().and_then(|code| code.parse().ok());
    Some(code.filter(|code| *code <= 16).unwrap_or(UNKNOWN))
}

/// By OpenTelemetry's rule for servers: which codes say that the service was wrong.
pub(super) fn outcome(code: u16) -> Outcome {
    match code {
        0 => Outcome::Ok,
        // UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
        2 | 4 | 12 | 13 | 14 | 15 => Outcome::ServerError,
        _ => Outcome::ClientError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(path: &str, kind: &str) -> Request<()> {
        let request = Request::post(path).header(CONTENT_TYPE, kind);
        request.body(()).expect("valid")
    }

    #[test]
    fn a_call_is_known_by_its_content_type_and_its_path() {
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc;x=y"] {
            let request = call("/shop.v1.Orders/List", kind);
            assert_eq!(method(&request), Some("/shop.v1.Orders/List"), "{kind}");
        }
        for kind in ["application/grpc-web", "application/json", ""] {
            assert_eq!(method(&call("/shop.v1.Orders/List", kind)), None, "{kind}");
        }
        let long = format!("/shop.Orders/{}", "a".repeat(200));
        for path in ["/", "/Orders", "/Orders/", "//List", "/a/b/c", "/a/b%20c", &long] {
            assert_eq!(method(&call(path, "application/grpc")), None, "{path}");
        }
    }

    #[test]
    fn a_code_that_is_none_counts_as_unknown() {
        let read = |status: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-status", status.parse().expect("a value"));
            code(&headers)
        };
        assert_eq!(
            ["0", "16", "17", "-1", "ok", ""].map(read).map(Option::unwrap),
            [0, 16, 2, 2, 2, 2]
        );
        assert_eq!(code(&HeaderMap::new()), None);
    }
}
