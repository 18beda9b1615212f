use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use perf_db::DbError;

/// Why the shop cannot answer.
#[derive(Debug)]
pub(crate) enum ShopError {
    NotFound,
    Database(DbError),
    Supplier,
}

impl From<DbError> for ShopError {
    fn from(error: DbError) -> Self {
        if error.is_not_found() { Self::NotFound } else { Self::Database(error) }
    }
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Database(error) => {
                tracing::error!(%error, "the database failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Self::Supplier => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}
