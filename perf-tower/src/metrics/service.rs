use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use perf_core::Recorder;
use perf_core::sync::{Arc, AtomicUsize, Ordering};
use tower::Service;

use super::accept::Format;
use super::page;
use crate::answer::{plain, refusal, response};
use crate::report::Authorize;

/// Serves what a recorder knows to a scraper, whatever the path; see the [module docs](super).
///
/// # Cost
/// One snapshot, and one text of about 100 bytes for each sample (bench `metrics_page`).
#[derive(Clone, Debug)]
pub struct Metrics {
    recorder: Recorder,
    authorize: Authorize,
    /// The length of the last page: a text that grows step by step is copied at each step.
    length: Arc<AtomicUsize>,
}

impl Metrics {
    /// A service that tells what `recorder` knows to whom `authorize` lets in.
    pub fn new(recorder: &Recorder, authorize: Authorize) -> Self {
        Self { recorder: recorder.clone(), authorize, length: Arc::default() }
    }

    fn answer(&self, request: &Parts) -> Response<Full<Bytes>> {
        if let Some(refusal) = refusal(request, &self.authorize, "the page of metrics") {
            return refusal;
        }
        let Some(format) = Format::accepted_by(&request.headers) else {
            let offer = Format::ALL.map(Format::content_type).join(" and ");
            return plain(StatusCode::NOT_ACCEPTABLE, format!("there is {offer}\n"));
        };
        let last = self.length.load(Ordering::Relaxed);
        let page = page::of(&self.recorder.snapshot(), format, last + last / 16);
        self.length.store(page.len(), Ordering::Relaxed);
        response(StatusCode::OK, format.content_type(), page)
    }
}

impl<B> Service<Request<B>> for Metrics {
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
