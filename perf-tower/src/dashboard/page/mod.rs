//! The pages, one file each.

mod caches;
mod calls;
mod finding;
mod frame;
mod overhead;
mod overview;
mod pools;
#[cfg_attr(not(feature = "profile"), path = "no_profile.rs")]
mod profile;
mod profiles;
mod queries;
mod redis;
mod request;
mod route;
mod table;

use maud::Markup;

pub(super) use self::frame::{nothing_here, whole};
use super::address::Address;
use super::source::Source;

/// What a page says; the frame around it is the same for all.
pub(super) struct View {
    title: String,
    pub(super) main: Markup,
}

impl View {
    fn new(title: impl Into<String>, main: Markup) -> Self {
        Self { title: title.into(), main }
    }
}

/// The page at an address; `None` when what it is about is not there, or no longer.
pub(super) fn view(address: &Address, source: &Source<'_>) -> Option<View> {
    Some(match address {
        Address::Overview => overview::view(source),
        Address::Route(id) => route::view(source, id)?,
        Address::Request(id) => request::view(source, *id)?,
        Address::Queries => queries::all(source),
        Address::Query(id) => queries::one(source, id)?,
        Address::Caches => caches::view(source),
        Address::Pools => pools::view(source),
        Address::Calls => calls::view(source),
        Address::Findings => finding::all(source),
        Address::Finding(id) => finding::one(source, id)?,
        Address::Profiles => profiles::view(source),
        Address::Profile(id) => profile::one(source, id)?,
        Address::Top => profile::top(source)?,
        Address::Overhead => overhead::view(source),
    })
}
