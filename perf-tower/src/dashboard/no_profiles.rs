//! [`Profiles`] without the feature `profile`.

use axum::Router;
use axum::response::Response;
use http::request::Parts;

use super::address::Address;

#[derive(Clone, Debug)]
pub(super) struct Profiles;

#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) why_none: &'a str,
}

impl Profiles {
    pub(super) fn none() -> Self {
        Self
    }

    pub(super) fn seen_by(&self, _: &Parts) -> Self {
        Self
    }

    pub(super) fn add_to<S>(&self, router: Router<S>) -> Router<S> {
        router
    }

    pub(super) async fn file(&self, _: &str, _: &Parts) -> Option<Response> {
        None
    }

    pub(super) async fn shown(&self, _: &Address) -> Shown<'_> {
        Shown { why_none: "CPU profiles need the feature `profile` of perf-tower." }
    }
}
