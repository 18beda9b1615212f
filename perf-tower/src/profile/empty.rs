//! Empty request bodies for the runs after the first, of a type that the layer does not know.
//!
//! A bound `Q: Default` would shut out services of `hyper::body::Incoming`, which has none.

use std::any::Any;

use bytes::Bytes;
use http_body_util::{Empty, Full};
use perf_core::sync::Arc;

/// Fills an `Option` of one type and leaves others alone.
type Fill = dyn Fn(&mut dyn Any) + Send + Sync;

/// Makes empty bodies, of types of its own and of the application's.
#[derive(Clone, Default)]
pub(super) struct EmptyBody(Option<Arc<Fill>>);

impl EmptyBody {
    pub(super) fn by<Q: 'static>(make: impl Fn() -> Q + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(move |body| fill(body, &make))))
    }

    /// `None` where bodies of this type cannot be made.
    pub(super) fn make<Q: 'static>(&self) -> Option<Q> {
        let mut body: Option<Q> = None;
        if let Some(make) = &self.0 {
            make(&mut body);
        }
        if body.is_none() {
            #[cfg(feature = "axum")]
            fill(&mut body, axum::body::Body::empty);
            fill(&mut body, Empty::<Bytes>::new);
            fill(&mut body, Full::<Bytes>::default);
            fill(&mut body, || ());
        }
        body
    }
}

fn fill<Q: 'static>(body: &mut dyn Any, make: impl Fn() -> Q) {
    if let Some(body) = body.downcast_mut::<Option<Q>>() {
        *body = Some(make());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_known_types_are_made_and_others_by_the_applications_function() {
        let known = EmptyBody::default();
        assert!(known.make::<axum::body::Body>().is_some());
        assert!(known.make::<Full<Bytes>>().is_some());
        assert!(known.make::<Empty<Bytes>>().is_some());
        assert!(known.make::<String>().is_none());
        assert!(known.make::<hyper::body::Incoming>().is_none());
        let given = EmptyBody::by(|| "given".to_owned());
        assert_eq!(given.make::<String>().as_deref(), Some("given"));
        assert!(given.make::<Full<Bytes>>().is_some());
    }
}
