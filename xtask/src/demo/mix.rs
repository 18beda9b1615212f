//! What visitors of the shop ask for.

use fastrand::Rng;
use hyper::Method;

const PRODUCTS: u64 = 10_000;
const USERS: u64 = 1_000;
const WORDS: &[&str] =
    &["lamp", "chair", "cotton", "steel", "garden", "leather", "wireless", "kettle"];

/// One sort of request and how often it is made.
#[derive(Clone, Copy, Debug)]
enum Visit {
    SlowOrders,
    Orders,
    SlowProduct,
    Product,
    Reprice,
    SlowSearch,
    Search,
    SlowReviews,
    SlowQuote,
    Quote,
    Unknown,
}

const WEIGHTS: &[(u32, Visit)] = &[
    (10, Visit::SlowOrders),
    (10, Visit::Orders),
    (20, Visit::SlowProduct),
    (40, Visit::Product),
    (2, Visit::Reprice),
    (3, Visit::SlowSearch),
    (10, Visit::Search),
    (8, Visit::SlowReviews),
    (5, Visit::SlowQuote),
    (5, Visit::Quote),
    (1, Visit::Unknown),
];

/// The next request: how, path and query, and whether the shop knows the path.
pub(crate) fn next(random: &mut Rng) -> (Method, String, bool) {
    let visit = pick(random);
    let path = match visit {
        Visit::SlowOrders => format!("/slow/orders?user={}", popular(random, USERS)),
        Visit::Orders => format!("/orders?user={}", popular(random, USERS)),
        Visit::SlowProduct => format!("/slow/products/{}", popular(random, PRODUCTS)),
        Visit::Product => format!("/products/{}", popular(random, PRODUCTS)),
        Visit::Reprice => {
            let (id, cents) = (popular(random, PRODUCTS), random.u32(100..100_000));
            format!("/products/{id}/price/{cents}")
        }
        Visit::SlowSearch => format!("/slow/search?q={}", word(random)),
        Visit::Search => format!("/search?q={}", word(random)),
        Visit::SlowReviews => format!("/slow/reviews/{}", popular(random, PRODUCTS)),
        Visit::SlowQuote => format!("/slow/quote/{}", popular(random, PRODUCTS)),
        Visit::Quote => format!("/quote/{}", popular(random, PRODUCTS)),
        Visit::Unknown => format!("/nope/{:08x}", random.u32(..)),
    };
    let method = if matches!(visit, Visit::Reprice) { Method::PUT } else { Method::GET };
    (method, path, !matches!(visit, Visit::Unknown))
}

fn pick(random: &mut Rng) -> Visit {
    let total: u32 = WEIGHTS.iter().map(|(weight, _)| weight).sum();
    let mut ticket = random.u32(..total);
    for (weight, visit) in WEIGHTS {
        if ticket < *weight {
            return *visit;
        }
        ticket -= weight;
    }
    Visit::Unknown
}

/// A number from 1 to `most`, each in proportion to 1/n: half of the draws fall on the first
/// √`most` numbers, as sales fall on few products.
fn popular(random: &mut Rng, most: u64) -> u64 {
    let last = (most + 1) as f64;
    (last.powf(random.f64()) as u64).clamp(1, most)
}

fn word(random: &mut Rng) -> &'static str {
    WORDS[random.usize(..WORDS.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_comes_as_often_as_its_weight_says() {
        let mut random = Rng::with_seed(1);
        let paths: Vec<String> = (0..114_000).map(|_| next(&mut random).1).collect();
        let share = |start: &str| paths.iter().filter(|path| path.starts_with(start)).count();
        for (start, weight) in [("/slow/orders?", 10), ("/products/", 42), ("/nope/", 1)] {
            let expected = weight * 1_000;
            assert!(share(start).abs_diff(expected) < expected / 10 + 50, "{start}");
        }
    }

    #[test]
    fn few_products_get_most_requests_and_none_is_out_of_range() {
        let mut random = Rng::with_seed(1);
        let draws: Vec<u64> = (0..20_000).map(|_| popular(&mut random, PRODUCTS)).collect();
        assert!(draws.iter().all(|id| (1..=PRODUCTS).contains(id)));
        let hundred_best = draws.iter().filter(|id| **id <= 100).count();
        assert!((9_000..11_000).contains(&hundred_best), "{hundred_best}");
    }
}
