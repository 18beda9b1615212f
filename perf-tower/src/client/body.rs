use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use perf_core::EventOutcome;
use pin_project_lite::pin_project;

use super::answer::Answer;
use super::call::Call;
use crate::body_end::Ended;

pin_project! {
    /// The body of an answer: the call is recorded at its end; see the [module docs](super).
    pub struct ResponseBody<B> {
        #[pin]
        inner: B,
        reading: Option<Reading>,
    }
}

/// What is still open of a call whose head has come.
struct Reading {
    call: Call,
    answer: Answer,
}

impl<B: Body> ResponseBody<B> {
    pub(super) fn new(inner: B, call: Option<Call>, answer: Answer) -> Self {
        let mut reading = call.map(|call| Reading { call, answer });
        if let Some(Reading { call, answer }) = &reading
            && answer.has_failed()
        {
            call.fail();
        }
        end_if_over(&mut reading, inner.is_end_stream());
        Self { inner, reading }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.inner.as_mut().poll_frame(cx));
        match &frame {
            None => end_if_over(this.reading, true),
            Some(Err(_)) => end(this.reading, EventOutcome::Error),
            Some(Ok(frame)) => {
                if let Some(Reading { answer, .. }) = this.reading {
                    answer.end.came(frame);
                    if let Some(trailers) = frame.trailers_ref() {
                        answer.trailers(trailers);
                    }
                }
                end_if_over(this.reading, this.inner.is_end_stream());
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn end_if_over(reading: &mut Option<Reading>, is_end: bool) {
    let Some(Reading { answer, .. }) = reading else { return };
    match answer.end.ended(is_end) {
        Some(Ended::Whole) => {
            let outcome = answer.outcome;
            end(reading, outcome);
        }
        Some(Ended::Short) => end(reading, EventOutcome::Error),
        None => {}
    }
}

fn end(reading: &mut Option<Reading>, outcome: EventOutcome) {
    if let Some(Reading { call, .. }) = reading.take() {
        call.end(outcome);
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}
