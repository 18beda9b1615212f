//! What a request asks for, by its query or by its header.

use std::borrow::Cow;
use std::str::FromStr;

use http::request::Parts;
use http::{HeaderName, HeaderValue};
use perf_core::time::Duration;

use super::profiler::HZ;
use super::{Format, ProfileError, repeat};

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-perf-profile");

const PARAMETER: &str = "profile";

/// How a request wants to be profiled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ask {
    pub(super) answer: Answer,
    pub(super) hz: Option<u32>,
    /// How long the request is repeated; without it, it runs once.
    pub(super) seconds: Option<Duration>,
}

/// What the caller gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    /// The application's answer, with a link to the profile.
    Link,
    /// The profile.
    Profile(Format),
}

impl Ask {
    /// `None` where the request does not speak of profiles. The header wins over the query; it takes
    /// the numbers after semicolons, `flamegraph; hz=250; seconds=2`. Those are `longest` at most.
    pub(super) fn of(request: &Parts, longest: Duration) -> Option<Result<Self, ProfileError>> {
        let ask = match request.headers.get(HEADER) {
            Some(value) => Self::of_header(value, longest),
            None => {
                let query = request.uri.query()?;
                let word = parameter(query, PARAMETER)?;
                Self::parse(&word, parameter(query, "hz"), parameter(query, "seconds"), longest)
            }
        };
        Some(ask.and_then(|ask| match (ask.seconds, ask.answer) {
            (None, _) => Ok(ask),
            (Some(_), _) if !repeat::may_be_repeated(request) => Err(ProfileError::NotRepeatable),
            (Some(_), Answer::Link) => Err(ProfileError::RepeatedLink),
            (Some(_), Answer::Profile(_)) => Ok(ask),
        }))
    }

    fn of_header(value: &HeaderValue, longest: Duration) -> Result<Self, ProfileError> {
        let value = value.to_str().map_err(|_| unknown())?;
        let mut parts = value.split(';').map(str::trim);
        let word = parts.next().unwrap_or_default();
        let (mut hz, mut seconds) = (None, None);
        for part in parts.filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("hz", number)) if hz.is_none() => hz = Some(number.into()),
                Some(("seconds", number)) if seconds.is_none() => seconds = Some(number.into()),
                _ => return Err(unknown()),
            }
        }
        Self::parse(word, hz, seconds, longest)
    }

    fn parse(
        word: &str,
        hz: Option<Cow<'_, str>>,
        seconds: Option<Cow<'_, str>>,
        longest: Duration,
    ) -> Result<Self, ProfileError> {
        let answer = match word {
            "1" => Answer::Link,
            word => Answer::Profile(Format::of(word).ok_or_else(unknown)?),
        };
        let hz = hz.map(|text| rate(&text)).transpose()?;
        let seconds = seconds.map(|text| duration(&text, longest)).transpose()?;
        Ok(Self { answer, hz, seconds })
    }
}

/// `hz`, within what is allowed.
pub(super) fn rate(text: &str) -> Result<u32, ProfileError> {
    number("hz", text, (*HZ.start()).into(), (*HZ.end()).into())
}

/// `seconds`, from 0.1 to `longest`.
pub(super) fn duration(text: &str, longest: Duration) -> Result<Duration, ProfileError> {
    let seconds = number("seconds", text, 0.1, longest.as_secs_f64())?;
    // Rounding must not take the number out of what a duration holds.
    Ok(Duration::try_from_secs_f64(seconds).map_or(longest, |time| time.min(longest)))
}

fn unknown() -> ProfileError {
    ProfileError::UnknownWord { name: PARAMETER, words: "1, flamegraph, collapsed, pprof, top" }
}

/// The first value of `name`, decoded. What is not UTF-8 becomes U+FFFD, which no word has.
pub(super) fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.into_iter().find(|(key, _)| decoded(key) == name).map(|(_, value)| decoded(value))
}

/// A number from `least` to `most`; NaN is in no range.
pub(super) fn number<T: FromStr + Copy + Into<f64>>(
    name: &'static str,
    text: &str,
    least: f64,
    most: f64,
) -> Result<T, ProfileError> {
    let number: Option<T> = text.parse().ok();
    number
        .filter(|&number| (least..=most).contains(&number.into()))
        .ok_or(ProfileError::OutOfRange { name, range: least..=most })
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match (byte, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high * 16 + low
                }
                _ => byte,
            },
            _ => byte,
        });
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(uri: &str, header: Option<&str>) -> Option<Result<Ask, String>> {
        let mut request = http::Request::get(uri);
        if let Some(header) = header {
            request = request.header(HEADER, header);
        }
        let (parts, ()) = request.body(()).expect("valid").into_parts();
        Ask::of(&parts, Duration::from_secs(60)).map(|ask| ask.map_err(|error| error.to_string()))
    }

    #[test]
    fn only_a_parameter_of_exactly_that_name_is_meant() {
        for uri in ["/", "/?", "/?myprofile=1", "/?profiles=1", "/?a=profile=1", "/profile=1?b"] {
            assert_eq!(ask(uri, None), None, "{uri}");
        }
        let link = Ask { answer: Answer::Link, hz: None, seconds: None };
        for uri in ["/?profile=1", "/?a=b&profile=1", "/?pro%66ile=%31", "/?profile=1&profile=x"] {
            assert_eq!(ask(uri, None), Some(Ok(link)), "{uri}");
        }
        let graph =
            Ask { answer: Answer::Profile(Format::Flamegraph), hz: Some(250), seconds: None };
        assert_eq!(ask("/?profile=flamegraph&hz=250", None), Some(Ok(graph)));
        assert_eq!(ask("/?profile=1", Some("flamegraph; hz=250")), Some(Ok(graph)));
        let repeated = Ask { seconds: Some(Duration::from_millis(1_500)), ..graph };
        assert_eq!(ask("/?profile=flamegraph&hz=250&seconds=1.5", None), Some(Ok(repeated)));
        for header in ["flamegraph; hz=250; seconds=1.5", "flamegraph;seconds=1.5;hz=250;"] {
            assert_eq!(ask("/?seconds=x", Some(header)), Some(Ok(repeated)), "{header}");
        }
    }

    #[test]
    fn nonsense_is_refused_in_one_sentence() {
        for uri in ["/?profile", "/?profile=", "/?profile=2", "/?profile=%ff", "/?profile=%"] {
            let refused = ask(uri, None).expect("asked").expect_err(uri);
            assert_eq!(refused, "profile is one of 1, flamegraph, collapsed, pprof, top");
        }
        for hz in ["0", "-1", "251", "1e9", "NaN", "", "9.9", "%20", "99999999999999999999"] {
            let refused = ask(&format!("/?profile=1&hz={hz}"), None).expect("asked").expect_err(hz);
            assert_eq!(refused, "hz takes a number from 1 to 250", "{hz}");
        }
        for seconds in ["0", "-1", "0.09", "60.1", "1e9", "NaN", "inf", "", "%20"] {
            let uri = format!("/?profile=flamegraph&seconds={seconds}");
            let refused = ask(&uri, None).expect("asked").expect_err(seconds);
            assert_eq!(refused, "seconds takes a number from 0.1 to 60", "{seconds}");
        }
        for header in ["1; seconds=3", "top; seconds", "top; hz=9; hz=9", "top; minutes=1"] {
            assert!(ask("/", Some(header)).expect("asked").is_err(), "{header}");
        }
    }
}
