//! What is said when Redis cannot be used.

use std::error::Error as _;
use std::net::TcpListener;

use super::*;
use crate::BuildError;
use crate::store::{Generation, Store as _};

async fn refused(url: &str) -> BuildError {
    let settings =
        RedisSettings { prefix: PREFIX.to_owned(), tracking: false, ..RedisSettings::default() };
    RedisStore::connect(url, settings).await.expect_err("nobody to work with")
}

fn why(error: &BuildError) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

fn with_user(server: &Redis, user: &str) -> String {
    server.url().replace("redis://", &format!("redis://{user}@"))
}

#[tokio::test]
async fn an_absent_server_does_not_answer() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    let error = refused(&format!("redis://me:secret@{free}/")).await;
    assert!(matches!(error, BuildError::RedisUnreachable { .. }), "{error:?}");
    let text = format!("{error} {}", why(&error));
    assert!(text.contains(&free.to_string()) && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_silent_server_does_not_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its number");
    let error = refused(&format!("redis://{address}/")).await;
    assert!(matches!(error, BuildError::RedisUnreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("does not answer"), "{error}");
}

#[tokio::test]
async fn a_locked_server_refuses_the_client() {
    let server = server();
    server.command(&["CONFIG", "SET", "requirepass", "open sesame"]).expect("locked");
    for url in [server.url(), with_user(&server, ":secret"), with_user(&server, "me:secret")] {
        let error = refused(&url).await;
        assert!(matches!(error, BuildError::RedisRefused { .. }), "{error:?}");
        let text = format!("{error} {} {error:?}", why(&error));
        assert!(!text.contains("secret"), "{text}");
    }
    let settings =
        RedisSettings { prefix: PREFIX.to_owned(), tracking: false, ..RedisSettings::default() };
    let url = with_user(&server, ":open%20sesame");
    RedisStore::connect(&url, settings).await.expect("the right password");
}

#[tokio::test]
async fn a_user_without_scripts_or_channels_is_told_what_is_missing() {
    let server = server();
    let all = ["ACL", "SETUSER", "me", "on", ">secret", "~shop:*", "~@shop:*"];
    for rights in [
        &["&*", "+@all", "-@scripting"][..],
        &["resetchannels", "+@all"],
        &["&*", "+@all", "-subscribe"],
        &["&*", "+@all", "-publish"],
        &["&*", "+@all", "-set"],
        &["&*", "+@all", "resetkeys", "~shop:*"],
    ] {
        server.command(&["ACL", "DELUSER", "me"]).expect("no user");
        server.command(&[&all[..], rights].concat()).expect("a user");
        let error = refused(&with_user(&server, "me:secret")).await;
        assert!(matches!(error, BuildError::RedisUnusable { .. }), "{rights:?}: {error:?}");
        assert!(
            why(&error).contains("the ACL of this Redis user forbids"),
            "{rights:?}: {}",
            why(&error)
        );
    }
}

#[tokio::test]
async fn a_user_with_the_rights_that_are_asked_for_has_enough() {
    let server = server();
    let rights = crate::store::redis::failure::RIGHTS.replace("PREFIX", PREFIX);
    let rights = format!("ACL SETUSER me on >secret resetchannels {rights}");
    server.command(&rights.split_whitespace().collect::<Vec<_>>()).expect("a user");
    let settings =
        RedisSettings { prefix: PREFIX.to_owned(), tracking: true, ..RedisSettings::default() };
    let store = RedisStore::connect(&with_user(&server, "me:secret"), settings).await;
    let store = Arc::new(store.expect("enough rights"));
    let mut receiver = listening(&store).await;
    let tag = crate::fence::TagId(1);
    store.lease("tea", LONG).await.expect("a lease");
    store.reopen("tea", Generation::new(), LONG, TICKET).await.expect("opened");
    store.tags(&[tag], LONG).await.expect("a tag");
    store.tags(&[tag], 9 * LONG).await.expect("a tag");
    store.invalidate_tag(tag, LONG, TICKET).await.expect("a version");
    let rule = store.invalidate_matching("*", TICKET).await.expect("a version");
    store.world().await.expect("a world");
    store.retire(rule).await.expect("retired");
    store.invalidate_all(TICKET).await.expect("a version");
    store.sweep("*", crate::store::Sweep::default(), 100).await.expect("a sweep");
    store.remove("tea", TICKET).await.expect("a removal");
    store.read(&["tea", "coffee"]).await.expect("a read");
    store.read_head("tea", 64).await.expect("a read");
    assert!(matches!(heard(&mut receiver).await, Heard::Notice(_)));
}

#[tokio::test]
async fn a_replica_cannot_be_used_even_when_it_knows_the_world() {
    let server = server();
    let store = store(&server).await;
    server.command(&["REPLICAOF", "127.0.0.1", "1"]).expect("a replica");
    let error = refused(&server.url()).await;
    assert!(matches!(error, BuildError::RedisUnusable { .. }), "{error:?}");
    assert_eq!(why(&error), "this Redis is a replica and takes no writes");
    let error = store.lease("tea", LONG).await.expect_err("no writes");
    assert_eq!(error.reason, "this Redis is a replica and takes no writes");
    store.remove("tea", TICKET).await.expect_err("no writes");
    server.command(&["REPLICAOF", "NO", "ONE"]).expect("a primary");
    store.lease("tea", LONG).await.expect("a lease");
}

#[tokio::test]
async fn a_server_without_memory_says_so_and_takes_every_change_that_must_not_wait() {
    let server = server();
    let store = store(&server).await;
    server.command(&["CONFIG", "SET", "maxmemory", "1"]).expect("no memory");
    let full = "Redis has reached maxmemory and its policy evicts nothing";
    assert_eq!(store.lease("tea", LONG).await.expect_err("full").reason, full);
    let tag = crate::fence::TagId(1);
    assert_eq!(store.tags(&[tag], LONG).await.expect_err("full").reason, full);
    let error = refused(&server.url()).await;
    assert!(matches!(error, BuildError::RedisUnusable { .. }), "{error:?}");
    assert_eq!(why(&error), full);
    let mut receiver = listening(&store).await;
    store.remove("tea", TICKET).await.expect("a removal");
    let version = store.invalidate_tag(tag, LONG, TICKET).await.expect("a version");
    let rule = store.invalidate_matching("tea*", TICKET).await.expect("a version");
    let world = store.world().await.expect("a world");
    assert_eq!((world.last_rule, world.rules.len()), (rule, 1));
    store.invalidate_all(TICKET).await.expect("a version");
    for _ in 0..4 {
        assert!(matches!(heard(&mut receiver).await, Heard::Notice(_)));
    }
    server.command(&["CONFIG", "SET", "maxmemory", "0"]).expect("memory");
    let state = store.tags(&[tag], LONG).await.expect("a tag")[0];
    assert_eq!((state.current.version, state.invalidated), (version, version));
}

#[tokio::test]
async fn a_prefix_that_is_the_caches_own_is_refused() {
    let server = server();
    let settings =
        RedisSettings { prefix: "@shop".to_owned(), tracking: false, ..RedisSettings::default() };
    let error = RedisStore::connect(&server.url(), settings).await.expect_err("its own prefix");
    assert!(matches!(error, BuildError::Prefix), "{error:?}");
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_refused_without_being_shown() {
    for url in [
        "",
        "secret",
        "http://secret@127.0.0.1/",
        "redis+other://secret@127.0.0.1/",
        "redis://secret:secret@[::/",
        "redis://:secret@127.0.0.1/secret",
        "redis+cluster://:secret@127.0.0.1/7",
        "redis+cluster://:secret@127.0.0.1:secret/",
        "redis+sentinel://:secret@127.0.0.1/",
        "redis+sentinel://127.0.0.1/main?secret=1",
        "redis+sentinel://127.0.0.1/main/secret",
        "unix:///secret",
    ] {
        let error = refused(url).await;
        assert!(matches!(error, BuildError::RedisUrl { .. }), "{url}: {error:?}");
        let text = format!("{error} {} {error:?}", why(&error));
        assert!(!text.contains("secret"), "{text}");
    }
}
