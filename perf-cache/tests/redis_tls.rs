//! Risk: values go to Redis in the open, or to somebody who only says that it is Redis.
#![cfg(all(feature = "tls", feature = "cluster", feature = "sentinel"))]

use std::error::Error;
use std::time::Duration;

use perf_cache::{BuildError, Cache, CacheBuilder};
use testbed::{Authority, Redis};

const HOUR: Duration = Duration::from_secs(3600);

type TestResult = Result<(), Box<dyn Error>>;

/// As a service writes it.
fn to(redis: &Redis) -> CacheBuilder {
    Cache::builder().name("shop").redis(redis.url())
}

fn with_password(redis: &Redis) -> String {
    redis.url().replace("://", "://:hush-hush@")
}

/// What the operator reads.
fn said(error: &BuildError) -> String {
    let cause = error.source().map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

async fn refused(cache: CacheBuilder) -> Result<BuildError, &'static str> {
    cache.build().await.err().ok_or("it was built")
}

#[tokio::test]
async fn values_and_messages_go_over_tls_to_who_is_signed_by_the_given_ca() -> TestResult {
    let authority = Authority::new()?;
    let redis = Redis::start_tls(&authority, &[("requirepass", "hush-hush")])?;
    let open = || to(&redis).redis(with_password(&redis)).redis_ca(authority.pem());
    let (here, there) = (open().build().await?, open().build().await?);
    here.insert("tea", "green".to_owned(), HOUR).await;
    let read = there.get_or_load("tea", HOUR, async || "black".to_owned()).await?;
    assert_eq!(*read, "green");
    here.invalidate("tea").await;
    while there.get_local::<String>("tea").is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_the_certificate_has_is_as_good_as_its_address() -> TestResult {
    let authority = Authority::new()?;
    let redis = Redis::start_tls(&authority, &[])?;
    let url = redis.url().replace("127.0.0.1", "localhost");
    to(&redis).redis(url).redis_ca(authority.pem()).build().await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_another_ca_has_signed_is_refused_in_one_sentence() -> TestResult {
    let redis = Redis::start_tls(&Authority::new()?, &[("requirepass", "hush-hush")])?;
    let another = Authority::new()?.pem();
    let by_system = to(&redis).redis(with_password(&redis));
    for cache in [by_system.clone(), by_system.redis_ca(another)] {
        let error = refused(cache).await?;
        assert!(matches!(error, BuildError::RedisCertificate { .. }), "{error:?}");
        let sentence = format!(
            "the certificate of Redis at 127.0.0.1:{} is not accepted: no CA that this process \
             trusts has signed the certificate of Redis: give its CA to redis_ca()",
            redis.port()
        );
        assert_eq!(said(&error), sentence);
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_url_without_tls_to_a_server_with_it_is_told_what_to_write() -> TestResult {
    let redis = Redis::start_tls(&Authority::new()?, &[("requirepass", "hush-hush")])?;
    let error = refused(to(&redis).redis(with_password(&redis).replace("rediss", "redis"))).await?;
    assert!(matches!(error, BuildError::RedisUnreachable { .. }), "{error:?}");
    let said = said(&error);
    assert!(said.ends_with("takes TLS alone, write rediss in place of redis"), "{said}");
    assert!(!format!("{said} {error:?}").contains("hush"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_url_with_tls_to_a_server_without_it_is_told_what_to_write() -> TestResult {
    let redis = Redis::start()?;
    let error = refused(to(&redis).redis(redis.url().replace("redis", "rediss"))).await?;
    assert!(matches!(error, BuildError::RedisUnreachable { .. }), "{error:?}");
    let said = said(&error);
    assert!(said.ends_with("speaks none, write redis in place of rediss"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_ca_that_cannot_be_used_is_refused_before_anybody_is_asked() -> TestResult {
    let authority = Authority::new()?;
    let broken = authority.pem().replace("MII", "MIX");
    for text in ["", "hush-hush", &broken, authority.pem().trim_end_matches(['-', '\n'])] {
        let cache = Cache::builder().redis("rediss://127.0.0.1:1/").redis_ca(text);
        let error = refused(cache).await?;
        assert!(matches!(error, BuildError::RedisCa { .. }), "{error:?}");
        assert!(!format!("{} {error:?}", said(&error)).contains("hush"), "{error:?}");
    }
    let plain = Cache::builder().redis("redis://127.0.0.1:1/").redis_ca(authority.pem());
    let error = refused(plain).await?;
    assert!(said(&error).ends_with("redis_ca() is for TLS: write rediss in place of redis"));
    Ok(())
}

#[tokio::test]
async fn nodes_of_a_cluster_and_sentinels_have_to_be_signed_too() -> TestResult {
    let redis = Redis::start_tls(&Authority::new()?, &[])?;
    let another = Authority::new()?.pem();
    for (scheme, path) in [("rediss+cluster", ""), ("rediss+sentinel", "main")] {
        let url = redis.url().replace("rediss", scheme) + path;
        let error = refused(to(&redis).redis(url).redis_ca(another.as_str())).await?;
        assert!(matches!(error, BuildError::RedisCertificate { .. }), "{error:?}");
        assert!(said(&error).ends_with("give its CA to redis_ca()"), "{error:?}");
    }
    Ok(())
}
