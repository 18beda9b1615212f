#[perf_cache_macros::cached(ttl = "soon", key = "square:{number}")]
fn square(number: u64) -> u64 {
    number * number
}

#[perf_cache_macros::cached(ttl = "0s", key = "cube:{number}")]
fn cube(number: u64) -> u64 {
    number * number * number
}

#[perf_cache_macros::cached(ttl = "1m", ttl = "2m", key = "same:{number}")]
fn same(number: u64) -> u64 {
    number
}

#[perf_cache_macros::cached(time = "1m", key = "half:{number}")]
fn half(number: u64) -> u64 {
    number / 2
}

fn main() {}
