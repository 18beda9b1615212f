//! The texts that a database's connections have prepared, for those who ask the server about them.

use std::collections::HashMap;
use std::fmt;

use perf_core::Fingerprint;
use perf_core::sync::{Arc, Mutex, OnceLock};
use perf_core::time::{self, Duration, Instant};
use tokio_postgres::types::Type;

use crate::advise::OWN;

/// As many as pg_stat_statements has room for by default would be 5,000, of all services together.
const MAX_TEXTS: usize = 2_000;

/// Of all together, beside what holds them.
const MAX_BYTES: usize = 4 << 20;

/// Longer ones are not kept, and not planned either (pghero cuts texts at 10,000 characters).
pub(crate) const MAX_TEXT_BYTES: usize = 10_000;

/// A table that is made anew has another number, and so have the statements about it; a statement
/// that is prepared does not show that.
const RECENT: Duration = Duration::from_secs(600);

/// One text for each fingerprint: statements that differ in their literals are one.
///
/// Nothing is kept, and a preparation costs one look at an atomic more, until somebody asks for it.
/// From then on each preparation, which is a round trip, costs a fingerprint.
#[derive(Default)]
pub(crate) struct Texts(OnceLock<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    texts: HashMap<u64, Arc<KeptText>>,
    bytes: usize,
    dropped: u64,
}

/// A statement as it is sent.
pub(crate) struct KeptText {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) text: Box<str>,
    pub(crate) parameters: Box<[Type]>,
    /// The server's own number for it, and when it was asked.
    query_id: Mutex<Option<(i64, Instant)>>,
}

impl Texts {
    /// Keeps texts from now on. Whether that is new.
    pub(crate) fn keep(&self) -> bool {
        let is_new = self.0.get().is_none();
        self.0.get_or_init(Mutex::default);
        is_new
    }

    /// The text was prepared, and takes parameters of these types. Those of the advisor itself, such
    /// as its explains, are left out: there are as many of them as of the service's.
    pub(crate) fn note(&self, text: &str, parameters: &[Type]) {
        let Some(kept) = self.0.get() else { return };
        if text.ends_with(OWN) {
            return;
        }
        if text.len() > MAX_TEXT_BYTES {
            kept.lock().dropped += 1;
            return;
        }
        let fingerprint = Fingerprint::of(text);
        let mut kept = kept.lock();
        if kept.texts.contains_key(&fingerprint.id()) {
            return;
        }
        let bytes = kept.bytes + text.len() + fingerprint.text().len();
        if kept.texts.len() >= MAX_TEXTS || bytes > MAX_BYTES {
            kept.dropped += 1;
            return;
        }
        kept.bytes = bytes;
        let (id, query_id) = (fingerprint.id(), Mutex::default());
        let text =
            KeptText { fingerprint, text: text.into(), parameters: parameters.into(), query_id };
        kept.texts.insert(id, Arc::new(text));
    }

    /// All that are kept, in no order, and how many preparations there was no room for.
    pub(crate) fn all(&self) -> (Vec<Arc<KeptText>>, u64) {
        let Some(kept) = self.0.get() else { return Default::default() };
        let kept = kept.lock();
        (kept.texts.values().map(Arc::clone).collect(), kept.dropped)
    }
}

impl KeptText {
    /// The server's own number for it when it was asked last.
    pub(crate) fn query_id(&self) -> Option<i64> {
        self.query_id.lock().map(|(number, _)| number)
    }

    /// The number, unless that is so long ago that a migration may have changed it.
    pub(crate) fn recent_query_id(&self) -> Option<i64> {
        self.query_id.lock().filter(|(_, asked)| asked.elapsed() < RECENT).map(|(number, _)| number)
    }

    pub(crate) fn has_query_id(&self, number: i64) {
        *self.query_id.lock() = Some((number, time::now()));
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("kept", &self.all().0.len()).finish()
    }
}

/// Without the text, which may hold literals.
impl fmt::Debug for KeptText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptText").field(&self.fingerprint.text()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_before_somebody_asks() {
        let texts = Texts::default();
        texts.note("select 1", &[]);
        assert!(texts.keep());
        assert!(!texts.keep());
        assert!(texts.all().0.is_empty());
        texts.note("select 1", &[]);
        assert_eq!(texts.all().0.len(), 1);
    }

    #[test]
    fn statements_that_differ_in_their_literals_are_kept_once() {
        let texts = Texts::default();
        texts.keep();
        for number in 0..10_000 {
            texts.note(&format!("select {number} from product"), &[]);
        }
        let (kept, dropped) = texts.all();
        assert_eq!((kept.len(), dropped), (1, 0));
        assert_eq!(&*kept[0].text, "select 0 from product");
    }

    #[test]
    fn what_the_advisor_sends_takes_no_room() {
        let texts = Texts::default();
        texts.keep();
        texts.note(&format!("explain (verbose) select 1\n{OWN}"), &[]);
        assert!(texts.all().0.is_empty());
    }

    #[test]
    fn texts_without_room_are_counted() {
        let texts = Texts::default();
        texts.keep();
        for number in 0..MAX_TEXTS + 5 {
            texts.note(&format!("select a{number}"), &[]);
        }
        texts.note(&format!("select '{}'", "x".repeat(MAX_TEXT_BYTES)), &[]);
        let (kept, dropped) = texts.all();
        assert_eq!((kept.len(), dropped), (MAX_TEXTS, 6));
    }

    #[test]
    fn all_texts_together_have_a_bound() {
        let texts = Texts::default();
        texts.keep();
        let names = "a, ".repeat(3_000);
        for number in 0..500 {
            texts.note(&format!("select {names} b{number}"), &[]);
        }
        let (kept, dropped) = texts.all();
        let bytes: usize = kept.iter().map(|kept| kept.text.len()).sum();
        assert!(bytes < MAX_BYTES && bytes > MAX_BYTES / 2, "{bytes}");
        assert_eq!(kept.len() as u64 + dropped, 500);
    }

    #[test]
    fn a_kept_text_does_not_show_its_literals() {
        let texts = Texts::default();
        texts.keep();
        texts.note("select 'secret'", &[]);
        let shown = format!("{texts:?} {:?}", texts.all());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
