//! Requests as caches see them.

/// Numbers below `keys` whose frequency falls with their rank: Zipf's law with an exponent of 0.9. The
/// same each time.
pub(crate) fn trace(keys: usize, requests: usize) -> Vec<u64> {
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=keys)
        .map(|rank| {
            sum += (rank as f64).powf(-0.9);
            sum
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(7);
    (0..requests)
        .map(|_| {
            let point = random.f64() * sum;
            sums.partition_point(|sum| *sum < point) as u64
        })
        .collect()
}
