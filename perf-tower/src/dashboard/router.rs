use axum::Router;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use perf_core::Recorder;
use perf_core::sync::Arc;

use super::address::Address;
use super::admitted::Admitted;
use super::answer::{refusal, secured};
use super::assets;
use super::live;
use super::page;
use super::profiles::Profiles;
use super::source::{Snapshots, Source};
use super::wall;
use crate::metrics::Metrics;
#[cfg(feature = "profile")]
use crate::profile::Profiler;
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
    pub(super) authorize: Authorize,
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) profiles: Profiles,
}

impl Dashboard {
    /// Pages about what `recorder` knows, for whom `authorize` lets in.
    pub fn new(recorder: &Recorder, authorize: Authorize) -> Self {
        Self {
            authorize,
            snapshots: Arc::new(Snapshots::new(recorder)),
            profiles: Profiles::none(),
        }
    }

    /// Shows the profiles that `profiler` keeps, and lets one make more, to whom its own [`Authorize`]
    /// lets in too; for others it is as if there were none. Defaults to none.
    #[cfg(feature = "profile")]
    pub fn profiler(mut self, profiler: &Profiler) -> Self {
        self.profiles = Profiles::of(profiler);
        self
    }

    /// The routes; mind the order of merging told at [`dashboard`].
    pub fn into_router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let report = Report::new(self.snapshots.recorder(), self.authorize.clone());
        let metrics = Metrics::new(self.snapshots.recorder(), self.authorize.clone());
        let profiles = self.profiles.clone();
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
        profiles.add_to(router)
    }

    /// What there is for the caller of this request.
    pub(super) fn seen_by(&self, request: &Parts) -> Self {
        Self { profiles: self.profiles.seen_by(request), ..self.clone() }
    }
}

async fn view(Admitted { dashboard, request, root }: Admitted) -> Response {
    let path = request.uri.path();
    let below = path.strip_prefix("/perf").unwrap_or(path);
    if let Some(file) = dashboard.profiles.file(below, &request).await {
        return file;
    }
    let address = Address::parse(below);
    let wanted = address.as_ref().unwrap_or(&Address::Overview);
    let source = Source::gather(&dashboard, &root, wanted).await;
    let view = address.as_ref().and_then(|address| page::view(address, &source));
    let (status, html) = match view {
        Some(view) => (StatusCode::OK, page::whole(view, wanted, &source)),
        None => (StatusCode::NOT_FOUND, page::nothing_here(&source)),
    };
    secured((status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html.into_string()))
}

async fn view_live(Admitted { dashboard, request, root }: Admitted) -> Response {
    let query = request.uri.query().unwrap_or_default();
    let path = query.split('&').find_map(|pair| pair.strip_prefix("view="));
    match path.and_then(|path| Address::parse(path.strip_prefix("/perf").unwrap_or(path))) {
        Some(address) => secured(live::events(dashboard, root, address)),
        None => refusal(StatusCode::BAD_REQUEST, "view= names no page under /perf\n"),
    }
}

/// All requests, or that of `?request=`, as a tree for the flame graph.
async fn wall_clock(Admitted { dashboard, request, .. }: Admitted) -> Response {
    let snapshots = &dashboard.snapshots;
    let query = request.uri.query().unwrap_or_default();
    let frame = match query.strip_prefix("request=") {
        None => Some(wall::of_routes(&snapshots.latest().routes)),
        Some(id) => u64::from_str_radix(id, 16)
            .ok()
            .and_then(|id| snapshots.recorder().kept(id))
            .map(|kept| wall::of_request(&kept)),
    };
    match frame {
        Some(frame) => secured(axum::Json(frame)),
        None => refusal(StatusCode::NOT_FOUND, "this request is not kept any more\n"),
    }
}

async fn asset(Admitted { request, .. }: Admitted) -> Response {
    let name = request.uri.path().rsplit('/').next().unwrap_or_default();
    match assets::asset(name) {
        Some(asset) => secured(([(CONTENT_TYPE, asset.content_type)], asset.text)),
        None => refusal(StatusCode::NOT_FOUND, "there is no such file\n"),
    }
}
