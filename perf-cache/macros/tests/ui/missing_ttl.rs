#[perf_cache_macros::cached(key = "square:{number}")]
fn square(number: u64) -> u64 {
    number * number
}

fn main() {}
