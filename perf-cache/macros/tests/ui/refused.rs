#[perf_cache_macros::cached(ttl = "10m", key = "a:{number}", max_size = 10)]
fn budget(number: u64) -> u64 {
    1
}

#[perf_cache_macros::cached(ttl = "10m", key = "a:{number}", result_fallback = true)]
fn fallback(number: u64) -> u64 {
    1
}

#[perf_cache_macros::cached(ttl = "10m", key = "a:{number}", sync_writes = true)]
fn writes(number: u64) -> u64 {
    1
}

#[perf_cache_macros::cached(ttl = "10m", key = "a:{number}", jitter = 1.5)]
fn share(number: u64) -> u64 {
    1
}

#[perf_cache_macros::cached(ttl = "10m", key = "a:{number}", force_refresh = true)]
fn forced(number: u64) -> u64 {
    1
}

#[perf_cache_macros::cached(ttl = "10m", key = "a:{number}", cache_err, negative = "1s")]
fn errors(number: u64) -> u64 {
    1
}

#[perf_cache_macros::cached(ttl = "10m", key = "a:{number}", tags("shop:{shop}"))]
fn tagged(number: u64) -> u64 {
    1
}

#[perf_cache_macros::cached(ttl = "10m", key = "{a}-{b}", swr = "1m")]
fn joined(a: u64, b: u64) -> u64 {
    1
}

#[perf_cache_macros::invalidates]
async fn nothing() {}

#[perf_cache_macros::invalidates("a")]
fn blocking() {}

fn main() {}
