use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri};
use perf_core::Recorder;
use perf_core::sync::Arc;

use super::address::Address;
use super::assets;
use super::live;
use super::page;
use super::source::{Snapshots, Source};
use super::token;
use crate::metrics::Metrics;
use crate::report::{Authorize, Report};

/// The pages under `/perf`, the report as `/perf/report.txt` and `/perf/report.json`, and
/// [`/metrics`](crate::Metrics); see the [module docs](super).
///
/// Merge the application with its layers into this router, `dashboard(…).merge(app)`: then the pages
/// do not measure themselves, and requests without a route are still recorded. The other way round
/// axum keeps this router's fallback, around which there is no layer.
///
/// Nothing is served to whom `authorize` refuses.
pub fn dashboard<S>(recorder: &Recorder, authorize: Authorize) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Dashboard::new(recorder, authorize).into_router()
}

/// A [`dashboard`] with more than the defaults.
#[derive(Clone, Debug)]
#[must_use = "a dashboard is there once its router is served"]
pub struct Dashboard {
    authorize: Authorize,
    snapshots: Arc<Snapshots>,
}

impl Dashboard {
    /// Pages about what `recorder` knows, for whom `authorize` lets in.
    pub fn new(recorder: &Recorder, authorize: Authorize) -> Self {
        Self { authorize, snapshots: Arc::new(Snapshots::new(recorder)) }
    }

    /// The routes; mind the order of merging told at [`dashboard`].
    pub fn into_router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let report = Report::new(self.snapshots.recorder(), self.authorize.clone());
        let metrics = Metrics::new(self.snapshots.recorder(), self.authorize.clone());
        Router::new()
            .route("/perf", get(view))
            .route("/perf/{*view}", get(view))
            .route("/perf/live", get(view_live))
            .route("/perf/assets/{name}", get(asset))
            .with_state(self)
            .route_service("/perf/report.txt", report.clone())
            .route_service("/perf/report.json", report)
            .route_service("/metrics", metrics)
    }

    /// Lets a request in, or gives the answer that sends it away.
    fn admit(&self, request: &Parts, original: &Uri) -> Result<(), Box<Response>> {
        if let Some(response) = token::exchange(request, original.path(), &self.authorize) {
            return Err(Box::new(response));
        }
        match self.authorize.allows(request) {
            true => Ok(()),
            false => Err(Box::new(refusal(
                StatusCode::FORBIDDEN,
                "this page is not for this caller: send Authorization: Bearer with the token, or \
                 open /perf?token= with it once\n",
            ))),
        }
    }
}

async fn view(
    State(dashboard): State<Dashboard>,
    OriginalUri(original): OriginalUri,
    request: Parts,
) -> Response {
    if let Err(response) = dashboard.admit(&request, &original) {
        return *response;
    }
    let path = request.uri.path();
    let root = root(&original, path);
    let below = path.strip_prefix("/perf").unwrap_or(path);
    let source = Source::new(&dashboard.snapshots, root);
    let page = Address::parse(below)
        .and_then(|address| Some((page::view(&address, &source)?, address)))
        .map(|(view, address)| page::whole(view, &address, &source));
    match page {
        Some(html) => secured(([(CONTENT_TYPE, "text/html; charset=utf-8")], html.into_string())),
        None => {
            let html = page::nothing_here(&source);
            let html_type = [(CONTENT_TYPE, "text/html; charset=utf-8")];
            secured((StatusCode::NOT_FOUND, html_type, html.into_string()))
        }
    }
}

async fn view_live(
    State(dashboard): State<Dashboard>,
    OriginalUri(original): OriginalUri,
    request: Parts,
) -> Response {
    if let Err(response) = dashboard.admit(&request, &original) {
        return *response;
    }
    let root = root(&original, request.uri.path()).to_owned();
    let query = request.uri.query().unwrap_or_default();
    let path = query.split('&').find_map(|pair| pair.strip_prefix("view="));
    match path.and_then(|path| Address::parse(path.strip_prefix("/perf").unwrap_or(path))) {
        Some(address) => secured(live::events(Arc::clone(&dashboard.snapshots), root, address)),
        None => refusal(StatusCode::BAD_REQUEST, "view= names no page under /perf\n"),
    }
}

async fn asset(
    State(dashboard): State<Dashboard>,
    OriginalUri(original): OriginalUri,
    request: Parts,
) -> Response {
    if let Err(response) = dashboard.admit(&request, &original) {
        return *response;
    }
    let name = request.uri.path().rsplit('/').next().unwrap_or_default();
    match assets::asset(name) {
        Some(asset) => secured(([(CONTENT_TYPE, asset.content_type)], asset.text)),
        None => refusal(StatusCode::NOT_FOUND, "there is no such file\n"),
    }
}

/// The path under which the router is nested.
fn root<'a>(original: &'a Uri, path: &str) -> &'a str {
    original.path().strip_suffix(path).unwrap_or_default()
}

fn refusal(status: StatusCode, sentence: &'static str) -> Response {
    secured((status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], sentence))
}

/// Nothing from elsewhere, nothing inline, no frame around it, nothing kept on the way.
fn secured(response: impl IntoResponse) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
             img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    let mut response = response.into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
