//! The options of `#[cached]`, its companions, and `#[invalidates]`.

use std::sync::atomic::{AtomicUsize, Ordering};

use perf_cache::{Cache, cached, invalidates};

async fn cache() -> Cache {
    Cache::builder().build().await.expect("valid")
}

struct User {
    id: u64,
}

struct Shop {
    cache: Cache,
    calls: AtomicUsize,
}

impl Shop {
    async fn new() -> Self {
        Self { cache: cache().await, calls: AtomicUsize::new(0) }
    }

    fn call(&self) -> usize {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    #[cached(ttl = "1m", key = "price:{id}", cache = self.cache, tags("prices", "shop:{id}"), version = 3)]
    async fn price(&self, id: u64, _currency: String) -> Result<usize, String> {
        if id == 0 { Err("none".to_owned()) } else { Ok(self.call()) }
    }

    #[cached(ttl = "1m", key = "find:{id}", cache = self.cache, negative = "10s")]
    async fn find(&self, id: u64) -> Option<usize> {
        self.call();
        (id > 9).then_some(1)
    }

    #[cached(ttl = "1m", key = "seek:{id}", cache = self.cache, negative = "10s")]
    async fn seek(&self, id: u64) -> Result<Option<usize>, String> {
        self.call();
        if id == 0 { Err("none".to_owned()) } else { Ok(None) }
    }

    #[cached(ttl = "1m", key = "fresh:{user.id}", cache = self.cache, force_refresh = fresh)]
    async fn fresh(&self, user: &User, fresh: bool) -> usize {
        self.call()
    }

    #[cached(ttl = "1m", key = "raw:{type}:{N}", cache = self.cache)]
    async fn raw<const N: usize>(&self, r#type: &str) -> usize {
        self.call() + N + r#type.len()
    }

    #[cached(ttl = "1m", key = "pair:{shop}:{id}", cache = self.cache)]
    async fn pair(&self, shop: &str, id: &str) -> String {
        format!("{shop} {id}")
    }

    #[invalidates("price:{id}:v3", "find:{id}", tags("prices"), matching("user:{id}:*"), cache = self.cache)]
    async fn change(&self, id: u64, fails: bool) -> Result<(), String> {
        if fails { Err("refused".to_owned()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_value_is_changed_by_its_companions_and_by_nothing_else() {
    let shop = Shop::new().await;
    let euro = || "EUR".to_owned();
    assert_eq!(shop.price(1, euro()).await, Ok(1));
    assert_eq!(shop.price(1, euro()).await, Ok(1));
    assert_eq!(shop.price_no_cache(1, euro()).await, Ok(2));
    assert_eq!(shop.price(1, euro()).await, Ok(1));
    assert_eq!(shop.price_prime(1, euro()).await, Ok(3));
    assert_eq!(shop.price(1, euro()).await, Ok(3));
    shop.price_invalidate(1).await;
    assert_eq!(shop.price(1, euro()).await, Ok(4));
    assert_eq!(shop.cache.get::<usize>("price:1:v3").await.as_deref(), Some(&4));
}

#[tokio::test]
async fn a_change_invalidates_after_success_and_not_after_an_err() {
    let shop = Shop::new().await;
    assert_eq!(shop.price(1, String::new()).await, Ok(1));
    assert_eq!(shop.change(1, true).await, Err("refused".to_owned()));
    assert_eq!(shop.price(1, String::new()).await, Ok(1));
    assert_eq!(shop.change(1, false).await, Ok(()));
    assert_eq!(shop.price(1, String::new()).await, Ok(2));
}

#[tokio::test]
async fn nothing_is_kept_where_the_function_says_so_but_no_error() {
    let shop = Shop::new().await;
    assert_eq!((shop.find(1).await, shop.find(1).await), (None, None));
    assert_eq!(shop.calls.load(Ordering::Relaxed), 1);
    assert_eq!((shop.seek(1).await, shop.seek(1).await), (Ok(None), Ok(None)));
    assert_eq!(shop.calls.load(Ordering::Relaxed), 2);
    assert!(shop.seek(0).await.is_err() && shop.seek(0).await.is_err());
    assert_eq!(shop.calls.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_forced_refresh_replaces_the_value() {
    let (shop, user) = (Shop::new().await, User { id: 4 });
    assert_eq!(shop.fresh(&user, false).await, 1);
    assert_eq!(shop.fresh(&user, true).await, 2);
    assert_eq!(shop.fresh(&user, false).await, 2);
}

#[tokio::test]
async fn raw_names_and_constants_stand_in_a_key() {
    let shop = Shop::new().await;
    assert_eq!(shop.raw::<10>("a").await, 12);
    assert_eq!(shop.raw::<20>("a").await, 23);
    assert_eq!(shop.raw::<10>("a").await, 12);
}

#[tokio::test]
async fn one_users_text_never_meets_anothers_key() {
    let shop = Shop::new().await;
    assert_eq!(shop.pair("a:1", "2").await, "a:1 2");
    assert_eq!(shop.pair("a", "1:2").await, "a 1:2");
}

struct Pair(u64, u64);

impl Pair {
    #[cached(ttl = "1m", key = "sum:{one}", cache = cache, in_impl)]
    async fn sum(cache: &Cache, calls: &AtomicUsize, one: u64) -> usize {
        calls.fetch_add(1, Ordering::Relaxed)
    }

    #[cached(ttl = "1m", key = "apart:{one}:{two}", cache = cache, sync = false)]
    async fn apart<T: ToString + Send>(
        &self,
        cache: &Cache,
        Pair(one, two): Pair,
        text: T,
    ) -> String {
        text.to_string()
    }
}

#[tokio::test]
async fn associated_and_generic_functions_and_taken_apart_arguments_can_be_cached() {
    let (cache, calls) = (cache().await, AtomicUsize::new(0));
    assert_eq!(Pair::sum(&cache, &calls, 1).await, 0);
    assert_eq!(Pair::sum(&cache, &calls, 1).await, 0);
    Pair::sum_invalidate(&cache, 1).await;
    assert_eq!(Pair::sum(&cache, &calls, 1).await, 1);
    let pair = Pair(0, 0);
    assert_eq!(pair.apart(&cache, Pair(1, 2), "a").await, "a");
    assert_eq!(pair.apart(&cache, Pair(1, 2), 'b').await, "a");
    pair.apart_invalidate(&cache, Pair(1, 2)).await;
    assert_eq!(pair.apart(&cache, Pair(1, 2), 'b').await, "b");
}
