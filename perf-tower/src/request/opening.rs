use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, Request};
use perf_core::{Label, Recorder, Scope, TraceId};

use super::settings::{Settings, Told};
use super::{grpc, route};
use crate::body_end::Asked;

/// What claims to be longer is not a body but a way to spoil sums: nobody has to send what is promised.
const LONGEST_BODY: u64 = 1 << 40;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What is known of a request when it comes in.
pub(super) struct Opening {
    /// None where the request is not recorded here.
    pub(super) scope: Option<Scope>,
    pub(super) asked: Asked,
    /// A gRPC method that has not been seen to exist.
    pub(super) unproven: Option<Box<str>>,
    pub(super) shows_timing: bool,
}

impl Opening {
    #[inline]
    pub(super) fn of<Q>(
        recorder: &Recorder,
        settings: Option<&Settings>,
        told: &Told,
        request: &Request<Q>,
    ) -> Self {
        let given = route::given(request).or(told.route.as_deref());
        let call = if given.is_none() { grpc::method(request) } else { None };
        let template = given.or_else(|| route::matched(request));
        let (asked, shows_timing) = (Asked::by(request.method()), told.shows_timing);
        let is_recorded = |settings: &Settings| settings.records(call.or(template));
        if !settings.is_none_or(is_recorded) {
            return Self { scope: None, asked, unproven: None, shows_timing };
        }
        let (label, unproven) = match call.map(|path| (path, Label::request("POST", path))) {
            Some((_, label)) if recorder.knows(label) => (label, None),
            Some((path, _)) => (route::label(request.method(), template), Some(path.into())),
            None => (route::label(request.method(), template), None),
        };
        if recorder.joins_current(route::UNMATCHED, label) {
            return Self { scope: None, asked, unproven, shows_timing };
        }
        let mut scope = recorder.scope(label);
        note(request.headers(), &mut scope);
        Self { scope: Some(scope), asked, unproven, shows_timing }
    }
}

fn note(headers: &HeaderMap, scope: &mut Scope) {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(bytes) = length.filter(|&bytes| bytes <= LONGEST_BODY) {
        scope.request_bytes(bytes);
    }
    let trace = headers.get(&TRACEPARENT);
    if let Some(trace) = trace.and_then(|trace| TraceId::from_traceparent(trace.as_bytes())) {
        scope.trace(trace);
    }
}
