use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
#[cfg(feature = "profile")]
use http::Request;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri};
use perf_core::Recorder;
use perf_core::sync::Arc;
#[cfg(feature = "profile")]
use tower::ServiceExt;

use super::address::Address;
use super::assets;
use super::live;
use super::page;
use super::source::{Snapshots, Source};
use super::token;
use super::wall;
use crate::metrics::Metrics;
#[cfg(feature = "profile")]
use crate::profile::{ProfileService, Profiler};
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
    pub(super) snapshots: Arc<Snapshots>,
    #[cfg(feature = "profile")]
    pub(super) profiler: Option<Profiler>,
}

impl Dashboard {
    /// Pages about what `recorder` knows, for whom `authorize` lets in.
    pub fn new(recorder: &Recorder, authorize: Authorize) -> Self {
        Self {
            authorize,
            snapshots: Arc::new(Snapshots::new(recorder)),
            #[cfg(feature = "profile")]
            profiler: None,
        }
    }

    /// Shows the profiles that `profiler` keeps, and lets one make more, to whom its own [`Authorize`]
    /// lets in too; for others it is as if there were none. Defaults to none.
    #[cfg(feature = "profile")]
    pub fn profiler(mut self, profiler: &Profiler) -> Self {
        self.profiler = Some(profiler.clone());
        self
    }

    /// The routes; mind the order of merging told at [`dashboard`].
    pub fn into_router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let report = Report::new(self.snapshots.recorder(), self.authorize.clone());
        let metrics = Metrics::new(self.snapshots.recorder(), self.authorize.clone());
        #[cfg(feature = "profile")]
        let profiler = self.profiler.clone();
        let router = Router::new()
            .route("/perf", get(view))
            .route("/perf/{*view}", get(view))
            .route("/perf/live", get(view_live))
            .route("/perf/assets/{name}", get(asset))
            .route("/perf/wall.json", get(wall_clock))
            .with_state(self)
            .route_service("/perf/report.txt", report.clone())
            .route_service("/perf/report.json", report)
            .route_service("/metrics", metrics);
        #[cfg(feature = "profile")]
        let router = match profiler.as_ref().map(ProfileService::new) {
            Some(profiles) => router
                .route_service("/perf/profile", profiles.clone())
                .route_service("/perf/profiles.json", profiles.clone())
                .route_service("/perf/top.json", profiles),
            None => router,
        };
        router
    }

    /// Lets a request in, or gives the answer that sends it away. For whom the profiler does not let
    /// in there is none.
    fn admit(&mut self, request: &Parts, original: &Uri) -> Result<(), Box<Response>> {
        #[cfg(feature = "profile")]
        self.profiler.take_if(|profiler| !profiler.allows(request));
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
    State(mut dashboard): State<Dashboard>,
    OriginalUri(original): OriginalUri,
    request: Parts,
) -> Response {
    if let Err(response) = dashboard.admit(&request, &original) {
        return *response;
    }
    let path = request.uri.path();
    let below = path.strip_prefix("/perf").unwrap_or(path);
    #[cfg(feature = "profile")]
    if let Some(profiler) = &dashboard.profiler
        && below.starts_with("/profiles/")
        && below.contains('.')
    {
        let Ok(response) =
            ProfileService::new(profiler).oneshot(Request::from_parts(request, ())).await;
        return response.into_response();
    }
    let address = Address::parse(below);
    let wanted = address.as_ref().unwrap_or(&Address::Overview);
    let source = Source::gather(&dashboard, root(&original, path), wanted).await;
    let view = address.as_ref().and_then(|address| page::view(address, &source));
    match view.map(|view| page::whole(view, wanted, &source)) {
        Some(html) => secured(([(CONTENT_TYPE, "text/html; charset=utf-8")], html.into_string())),
        None => {
            let html = page::nothing_here(&source);
            let html_type = [(CONTENT_TYPE, "text/html; charset=utf-8")];
            secured((StatusCode::NOT_FOUND, html_type, html.into_string()))
        }
    }
}

async fn view_live(
    State(mut dashboard): State<Dashboard>,
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
        Some(address) => secured(live::events(dashboard, root, address)),
        None => refusal(StatusCode::BAD_REQUEST, "view= names no page under /perf\n"),
    }
}

/// All requests, or that of `?request=`, as a tree for the flame graph.
async fn wall_clock(
    State(mut dashboard): State<Dashboard>,
    OriginalUri(original): OriginalUri,
    request: Parts,
) -> Response {
    if let Err(response) = dashboard.admit(&request, &original) {
        return *response;
    }
    let source = Source::gather(&dashboard, "", &Address::Overview).await;
    let query = request.uri.query().unwrap_or_default();
    let frame = match query.strip_prefix("request=") {
        None => Some(wall::of_routes(&source.snapshot.routes)),
        Some(id) => u64::from_str_radix(id, 16)
            .ok()
            .and_then(|id| source.recorder.kept(id))
            .map(|kept| wall::of_request(&kept)),
    };
    match frame {
        Some(frame) => secured(axum::Json(frame)),
        None => refusal(StatusCode::NOT_FOUND, "this request is not kept any more\n"),
    }
}

async fn asset(
    State(mut dashboard): State<Dashboard>,
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
