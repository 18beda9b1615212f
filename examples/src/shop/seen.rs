//! Each visitor sees what they have changed, though their next request reads from a replica.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::middleware::Next;
use axum::response::Response;
use perf_db::Db;

const NAME: &str = "written=";

/// Longer than any replica may lag.
const ATTRIBUTES: &str = "; Path=/; Max-Age=60; HttpOnly; SameSite=Lax";

/// Takes the mark of the visitor's last write from their cookie and gives them the next one.
pub(crate) async fn own_writes(State(db): State<Db>, request: Request, next: Next) -> Response {
    let before = written(&request).and_then(|text| db.open_mark(text).ok());
    if let Some(mark) = before {
        db.carry(mark);
    }
    let mut response = next.run(request).await;
    let after = db.write_mark();
    if after > before
        && let Some(mark) = after
        && let Ok(cookie) =
            HeaderValue::try_from(format!("{NAME}{}{ATTRIBUTES}", db.seal_mark(mark)))
    {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn written(request: &Request) -> Option<&str> {
    let cookies = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|cookies| cookies.split("; ")).find_map(|cookie| cookie.strip_prefix(NAME))
}
