struct Db;

#[perf_cache_macros::cached(ttl = "10m")]
async fn load_product(db: &Db, shop: &str, id: i64) -> Option<String> {
    None
}

fn main() {}
