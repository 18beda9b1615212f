use serde::Serialize;

/// How a unit of work ended. Each scope has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It did what it should.
    Ok,
    /// The client was wrong: HTTP 4xx.
    ClientError,
    /// The service was wrong: HTTP 5xx.
    ServerError,
    /// The inner service gave an error instead of a response, or its body broke off or
    /// ended before the length that was promised.
    InnerError,
    /// It panicked.
    Panic,
    /// It was dropped before the head of its answer was there.
    CancelledBeforeHead,
    /// It was dropped while its answer was being read.
    CancelledInBody,
}

impl Outcome {
    pub(crate) const ALL: [Self; 7] = [
        Self::Ok,
        Self::ClientError,
        Self::ServerError,
        Self::InnerError,
        Self::Panic,
        Self::CancelledBeforeHead,
        Self::CancelledInBody,
    ];

    /// The name in JSON, reports and metrics: `client_error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
            Self::InnerError => "inner_error",
            Self::Panic => "panic",
            Self::CancelledBeforeHead => "cancelled_before_head",
            Self::CancelledInBody => "cancelled_in_body",
        }
    }

    /// Whether the service, not its client, is to blame.
    pub fn is_error(self) -> bool {
        matches!(self, Self::ServerError | Self::InnerError | Self::Panic)
    }
}
