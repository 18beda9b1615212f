use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use perf_core::time::Duration;
use serde::Serialize;
use tower::Service;

use super::ask::{duration, number, parameter, rate};
use super::format::{plain, response, sentence};
use super::{About, Format, Hot, ProfileError, Profiler, Running};

/// Serves profiles to whom the profiler's [`Authorize`](crate::Authorize) lets in, by the last parts
/// of the path, so it may be mounted anywhere:
///
/// | path | answer |
/// |---|---|
/// | `profile?seconds=30&hz=99&format=flamegraph` | profiles the whole process, and answers when done; formats are `flamegraph`, `collapsed`, `pprof`, `top`, `json` |
/// | `profiles.json` | what runs, and what is kept |
/// | `profiles/<id>` and with `.svg`, `.txt`, `.pb.gz`, `.top.txt`, `.json` | one that is kept; 202 while it is made |
/// | `top.json?window=1&limit=50` | the hottest functions from now on for so many seconds |
///
/// A client that leaves ends its profile.
#[derive(Clone, Debug)]
pub struct ProfileService {
    profiler: Profiler,
}

impl ProfileService {
    /// A service for the profiles that `profiler` makes and keeps.
    pub fn new(profiler: &Profiler) -> Self {
        Self { profiler: profiler.clone() }
    }

    async fn answer(self, request: Parts) -> Response<Full<Bytes>> {
        if !self.profiler.allows(&request) {
            return plain(StatusCode::FORBIDDEN, "profiles are not for this caller");
        }
        if request.method != Method::GET {
            let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "profiles are read by GET");
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return refused;
        }
        let query = request.uri.query().unwrap_or_default();
        let mut path = request.uri.path().rsplit('/');
        let answer = match (path.next(), path.next()) {
            (Some(file), Some("profiles")) => Ok(self.kept(file).await),
            (Some("profile"), _) => self.record(query).await,
            (Some("profiles.json"), _) => Ok(self.list()),
            (Some("top.json"), _) => self.top(query).await,
            _ => {
                let all = "there are profile, profiles.json, profiles/<id>.svg and top.json";
                Ok(plain(StatusCode::NOT_FOUND, all))
            }
        };
        answer.unwrap_or_else(|error| sentence(&error))
    }

    async fn record(&self, query: &str) -> Result<Response<Full<Bytes>>, ProfileError> {
        let longest = self.profiler.longest_duration();
        let seconds = match parameter(query, "seconds") {
            Some(seconds) => duration(&seconds, longest)?,
            None => longest.min(Duration::from_secs(30)),
        };
        let hz = match parameter(query, "hz") {
            Some(hz) => rate(&hz)?,
            None => self.profiler.default_hz(),
        };
        let format = match parameter(query, "format").as_deref() {
            None => Format::Flamegraph,
            Some("json") => Format::Json,
            Some(word) => Format::of(word).ok_or(ProfileError::UnknownWord {
                name: "format",
                words: "flamegraph, collapsed, pprof, top, json",
            })?,
        };
        let profile = self.profiler.record(seconds, hz).await?;
        Ok(format.answer(profile).await)
    }

    async fn kept(&self, file: &str) -> Response<Full<Bytes>> {
        let (id, ending) = file.split_once('.').unwrap_or((file, ""));
        // Asked for first: one that ends in between is kept before it stops to be under way.
        let is_under_way = self.profiler.is_under_way(id);
        match (self.profiler.kept(id), Format::by_ending(ending)) {
            (Some(profile), Some(format)) => format.answer(profile).await,
            (Some(_), None) => plain(
                StatusCode::NOT_FOUND,
                "a profile has the forms .svg, .txt, .pb.gz, .top.txt and .json",
            ),
            (None, _) if is_under_way => {
                let mut wait =
                    plain(StatusCode::ACCEPTED, "this profile is being made: repeat in 1 s");
                wait.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                wait
            }
            (None, _) => plain(StatusCode::NOT_FOUND, "no profile of this name is kept any more"),
        }
    }

    fn list(&self) -> Response<Full<Bytes>> {
        #[derive(Serialize)]
        struct List<'a> {
            running: Option<Progress>,
            profiles: Vec<&'a About>,
        }
        let kept = self.profiler.all_kept();
        let profiles = kept.iter().map(|profile| profile.about()).collect();
        json(&List { running: self.profiler.status().map(Progress::from), profiles })
    }

    async fn top(&self, query: &str) -> Result<Response<Full<Bytes>>, ProfileError> {
        #[derive(Serialize)]
        struct Top<'a> {
            #[serde(flatten)]
            about: &'a About,
            functions: Vec<Hot>,
        }
        let window = match parameter(query, "window") {
            Some(window) => number("window", &window, 0.1, 10.0)?,
            None => 1.0,
        };
        let limit = match parameter(query, "limit") {
            Some(limit) => number::<u32>("limit", &limit, 1.0, 1_000.0)?,
            None => 50,
        };
        let profile = self.profiler.top_profile(Duration::from_secs_f64(window)).await?;
        Ok(json(&Top { about: profile.about(), functions: profile.top(limit as usize) }))
    }
}

/// [`Running`] in seconds.
#[derive(Serialize)]
struct Progress {
    what: String,
    elapsed_seconds: f64,
    left_seconds: f64,
}

impl From<Running> for Progress {
    fn from(running: Running) -> Self {
        Self {
            what: running.what.to_string(),
            elapsed_seconds: running.elapsed.as_secs_f64(),
            left_seconds: running.left.as_secs_f64(),
        }
    }
}

fn json(value: &impl Serialize) -> Response<Full<Bytes>> {
    let json = serde_json::to_vec(value).unwrap_or_default();
    response(StatusCode::OK, "application/json", json.into())
}

impl<B> Service<Request<B>> for ProfileService {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = ServiceFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ServiceFuture {
        ServiceFuture { inner: Box::pin(self.clone().answer(request.into_parts().0)) }
    }
}

/// The future of [`ProfileService`]: dropping it ends its profile.
pub struct ServiceFuture {
    inner: Pin<Box<dyn Future<Output = Response<Full<Bytes>>> + Send>>,
}

impl Future for ServiceFuture {
    type Output = Result<Response<Full<Bytes>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(cx).map(Ok)
    }
}

impl fmt::Debug for ServiceFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceFuture").finish_non_exhaustive()
    }
}
