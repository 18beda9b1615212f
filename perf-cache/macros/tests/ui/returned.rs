#[perf_cache_macros::cached(ttl = "10m", key = "nothing")]
fn nothing() {}

#[perf_cache_macros::cached(ttl = "10m", key = "hidden")]
fn hidden() -> impl Iterator<Item = u8> {
    std::iter::empty()
}

#[perf_cache_macros::cached(ttl = "10m", key = "constant")]
const fn constant() -> u8 {
    1
}

fn main() {}
