#[perf_cache_macros::cached(ttl = "10m", key = "square:{nmber}")]
fn square(number: u64) -> u64 {
    number * number
}

#[perf_cache_macros::cached(ttl = "10m", key = "square:{}")]
fn cube(number: u64) -> u64 {
    number * number * number
}

#[perf_cache_macros::cached(ttl = "10m", key = "square:{numbers.0}")]
fn root(number: (u64,)) -> u64 {
    number.0
}

fn main() {}
