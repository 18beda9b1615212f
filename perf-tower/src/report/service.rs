use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use perf_core::Recorder;
use tower::Service;

use super::Authorize;
use crate::answer::{plain, refusal, response};

/// Serves `report.txt` and `report.json`, by the last part of the path; see the
/// [module docs](super).
#[derive(Clone, Debug)]
pub struct Report {
    recorder: Recorder,
    authorize: Authorize,
}

impl Report {
    /// A service that reports what `recorder` knows to whom `authorize` lets in.
    pub fn new(recorder: &Recorder, authorize: Authorize) -> Self {
        Self { recorder: recorder.clone(), authorize }
    }

    fn answer(&self, request: &Parts) -> Response<Full<Bytes>> {
        if let Some(refusal) = refusal(request, &self.authorize, "the report") {
            return refusal;
        }
        match request.uri.path().rsplit('/').next() {
            Some("report.txt") => plain(StatusCode::OK, self.recorder.snapshot().to_string()),
            Some("report.json") => match serde_json::to_vec_pretty(&self.recorder.snapshot()) {
                Ok(json) => response(StatusCode::OK, "application/json", json),
                Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
            },
            _ => plain(StatusCode::NOT_FOUND, "there is report.txt and report.json\n"),
        }
    }
}

impl<B> Service<Request<B>> for Report {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(&request.into_parts().0)))
    }
}
