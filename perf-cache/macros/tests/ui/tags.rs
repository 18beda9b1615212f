#[perf_cache_macros::cached(ttl = "10m", key = "square:{number}", tags("numbers"))]
fn square(number: u64) -> u64 {
    number * number
}

fn main() {}
