use axum::Router;
use axum::response::{IntoResponse, Response};
use http::Request;
use http::request::Parts;
use perf_core::time::Duration;
use tower::ServiceExt;

use super::address::Address;
use crate::profile::{Hot, ProfileService, Profiler};

/// How long the sampler looks for one table of the hottest functions.
const TOP_WINDOW: Duration = Duration::from_secs(1);

/// The profiler whose profiles the pages show, if there is one.
#[derive(Clone, Debug)]
pub(super) struct Profiles {
    profiler: Option<Profiler>,
}

/// What one page shows of profiles.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) profiler: Option<&'a Profiler>,
    /// For the page that shows it.
    pub(super) top: Option<Top>,
}

/// What the sampler says of the last second.
#[derive(Debug)]
pub(super) enum Top {
    Hot(Vec<Hot>),
    Refused(String),
}

impl Profiles {
    pub(super) fn none() -> Self {
        Self { profiler: None }
    }

    pub(super) fn of(profiler: &Profiler) -> Self {
        Self { profiler: Some(profiler.clone()) }
    }

    /// For whom the profiler does not let in there is none.
    pub(super) fn seen_by(&self, request: &Parts) -> Self {
        Self { profiler: self.profiler.clone().filter(|profiler| profiler.allows(request)) }
    }

    /// Adds what is not a page.
    pub(super) fn add_to<S>(&self, router: Router<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let Some(profiles) = self.profiler.as_ref().map(ProfileService::new) else { return router };
        router
            .route_service("/perf/profile", profiles.clone())
            .route_service("/perf/profiles.json", profiles.clone())
            .route_service("/perf/top.json", profiles)
    }

    /// The answer where a file is asked for, `/profiles/<id>.svg`, not a page.
    pub(super) async fn file(&self, below: &str, request: &Parts) -> Option<Response> {
        let is_file = below.starts_with("/profiles/") && below.contains('.');
        let profiles = ProfileService::new(self.profiler.as_ref().filter(|_| is_file)?);
        let Ok(file) = profiles.oneshot(Request::from_parts(request.clone(), ())).await;
        Some(file.into_response())
    }

    /// What the page at `address` needs; the hottest functions take a second to gather.
    pub(super) async fn shown(&self, address: &Address) -> Shown<'_> {
        let profiler = self.profiler.as_ref();
        let top = match (profiler, address) {
            (Some(profiler), Address::Top) => Some(match profiler.top(TOP_WINDOW).await {
                Ok(hot) => Top::Hot(hot),
                Err(error) => Top::Refused(error.to_string()),
            }),
            _ => None,
        };
        Shown { profiler, top }
    }
}
