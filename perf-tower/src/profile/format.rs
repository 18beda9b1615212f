use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use tokio::sync::oneshot;

use super::{Profile, ProfileError, svg};
use crate::answer;

/// A form in which a profile is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// SVG to look at and zoom into.
    Flamegraph,
    /// One line for each stack.
    Collapsed,
    /// Gzipped protobuf.
    Pprof,
    /// The hottest functions as text.
    Top,
    /// Figures, hottest functions and a tree as JSON.
    Json,
}

impl Format {
    /// By the word of a query.
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "flamegraph" => Some(Self::Flamegraph),
            "collapsed" => Some(Self::Collapsed),
            "pprof" => Some(Self::Pprof),
            "top" => Some(Self::Top),
            _ => None,
        }
    }

    /// By the ending of a file's name.
    pub(super) fn by_ending(ending: &str) -> Option<Self> {
        match ending {
            "" | "svg" => Some(Self::Flamegraph),
            "txt" => Some(Self::Collapsed),
            "pb.gz" => Some(Self::Pprof),
            "top.txt" => Some(Self::Top),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// `profile` in this form, written on a thread of its own: drawing takes milliseconds.
    pub(super) async fn answer(self, profile: Profile) -> Response<Full<Bytes>> {
        let (done, written) = oneshot::channel();
        let write = move || drop(done.send(self.write(&profile)));
        let thread = std::thread::Builder::new().name("perf-profile".to_owned()).spawn(write);
        match (thread, written.await) {
            (Ok(_), Ok(response)) => response,
            _ => sentence(&ProfileError::Sampler(None)),
        }
    }

    fn write(self, profile: &Profile) -> Response<Full<Bytes>> {
        let ok = |content_type, body: Bytes| response(StatusCode::OK, content_type, body);
        match self {
            Self::Flamegraph => {
                let svg = profile.svg();
                let policy = HeaderValue::try_from(svg::policy(&svg));
                let mut response = ok("image/svg+xml", svg.into());
                let policy = policy.unwrap_or(HeaderValue::from_static("sandbox"));
                response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
                response
            }
            Self::Collapsed => ok("text/plain; charset=utf-8", profile.collapsed().into()),
            Self::Top => ok("text/plain; charset=utf-8", profile.top_text().into()),
            Self::Json => ok("application/json", profile.json().into()),
            Self::Pprof => {
                let mut response = ok("application/octet-stream", profile.pprof().into());
                let name = format!("attachment; filename=\"{}.pb.gz\"", profile.id());
                if let Ok(name) = HeaderValue::try_from(name) {
                    response.headers_mut().insert(CONTENT_DISPOSITION, name);
                }
                response
            }
        }
    }
}

/// An error's sentence as a response.
pub(super) fn sentence(error: &ProfileError) -> Response<Full<Bytes>> {
    let mut response = plain(error.status(), &error.to_string());
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(super) fn plain(status: StatusCode, sentence: &str) -> Response<Full<Bytes>> {
    restricted(answer::plain(status, format!("{sentence}\n")))
}

pub(super) fn response(
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
) -> Response<Full<Bytes>> {
    restricted(answer::response(status, content_type, body))
}

/// A browser that opens it runs and loads nothing.
fn restricted(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'self'");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}
