//! Sixty-four bits that stand for the shape of a type: what it asks of serde when it is read.
//!
//! Two versions of a service share one Redis during a deploy. With the shape in the envelope, a struct
//! that gained a field is another type, so that no version reads the other's values as its own; a struct
//! that only moved to another module is the same. The shape is found at run time, once per type, by
//! letting the type read itself from a [`Probe`](probe::Probe) that answers every question with something
//! plain.
//!
//! Names of structs, fields and variants, their order, and the kinds of numbers and texts are all part of
//! it. What a type does not tell a deserializer cannot be seen: what `deserialize_any` would find
//! (`serde_json::Value`, `untagged`, `flatten`, internally tagged enums), and what hides behind a
//! conversion that refuses plain values. Such a type has its full name in its fingerprint too.

mod access;
mod answers;
mod probe;
pub(in crate::bytes) mod survey;

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;

use perf_core::sync::Mutex;

use self::survey::Survey;
use super::fingerprint;
use crate::value::CacheValue;

/// More types than this are surveyed again on each use.
const MAX_KNOWN: usize = 4096;

static KNOWN: Mutex<BTreeMap<TypeId, u64>> = Mutex::new(BTreeMap::new());

/// Which type a payload holds.
///
/// # Cost
/// One lock and one look into a table, but for the first time.
pub(crate) fn schema<V: CacheValue>() -> u64 {
    let id = TypeId::of::<V>();
    if let Some(schema) = KNOWN.lock().get(&id) {
        return *schema;
    }
    // Without the lock: reading itself is the type's own code.
    let schema = survey::<V>();
    let mut known = KNOWN.lock();
    if known.len() < MAX_KNOWN {
        known.insert(id, schema);
    }
    schema
}

fn survey<V: CacheValue>() -> u64 {
    let (shape, is_complete) = Survey::of::<V>();
    if is_complete { shape } else { fingerprint::then(shape, type_name::<V>().as_bytes()) }
}
