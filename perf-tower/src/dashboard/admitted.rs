use axum::extract::{FromRequestParts, OriginalUri};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use super::answer::refusal;
use super::router::Dashboard;
use super::token;

/// A request that was let in, and the dashboard as its caller may see it.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) dashboard: Dashboard,
    pub(super) request: Parts,
    /// The path under which the router is nested; empty at the top.
    pub(super) root: String,
}

impl FromRequestParts<Dashboard> for Admitted {
    type Rejection = Response;

    async fn from_request_parts(
        request: &mut Parts,
        dashboard: &Dashboard,
    ) -> Result<Self, Response> {
        let Ok(OriginalUri(original)) = OriginalUri::from_request_parts(request, dashboard).await;
        if let Some(response) = token::exchange(request, original.path(), &dashboard.authorize) {
            return Err(response);
        }
        if !dashboard.authorize.allows(request) {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "this page is not for this caller: send Authorization: Bearer with the token, or \
                 open /perf?token= with it once\n",
            ));
        }
        let root = original.path().strip_suffix(request.uri.path()).unwrap_or_default().to_owned();
        Ok(Self { dashboard: dashboard.seen_by(request), request: request.clone(), root })
    }
}
