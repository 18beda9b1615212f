//! Whether writes of those who do not speak to the cache are heard.

use redis::AsyncCommands as _;

use super::*;
use crate::store::{Base, Change, Generation, Lease, Store as _};

async fn tracking(server: &Redis) -> Arc<RedisStore> {
    store_with(
        server,
        RedisSettings { prefix: PREFIX.to_owned(), tracking: true, ..RedisSettings::default() },
    )
    .await
}

#[tokio::test]
async fn a_write_and_a_deletion_by_somebody_else_are_heard() {
    let server = server();
    let store = tracking(&server).await;
    let mut other = other(&server).await;
    let () = other.set("shop:tea", "green").await.expect("a value");
    let mut receiver = listening(&store).await;
    let () = other.del("shop:tea").await.expect("a deletion");
    assert_eq!(heard(&mut receiver).await, Heard::Touched("tea".into()));
    let () = other.set("shopping:tea", "green").await.expect("a value");
    let () = other.set("@shop:tea", "green").await.expect("a value");
    let () = other.set(b"shop:\xff", "green").await.expect("a value");
    let () = other.set("shop:a\0b", "green").await.expect("a value");
    assert_eq!(heard(&mut receiver).await, Heard::Touched("a\0b".into()));
}

#[tokio::test]
async fn what_the_store_writes_itself_is_no_touch() {
    let server = server();
    let store = tracking(&server).await;
    let mut receiver = listening(&store).await;
    let mut other = other(&server).await;
    for round in 0..20 {
        let lease = store.lease("tea", LONG).await.expect("a lease");
        let Lease::Load { generation, .. } = lease else {
            panic!("there is a value");
        };
        let base = Base::Placeholder(generation);
        assert!(store.publish("tea", &base, b"green", LONG).await.expect("a publish"));
        assert!(!store.publish("tea", &base, b"green", LONG).await.expect("a publish"));
        let newer = Generation::new();
        store.reopen("tea", newer, LONG, TICKET).await.expect("opened");
        store.remove("tea", TICKET).await.expect("a removal");
        store.remove("absent", TICKET).await.expect("a removal");
        let end = format!("end {round}");
        let () = other.set(format!("shop:{end}"), "x").await.expect("a value");
        loop {
            match heard(&mut receiver).await {
                Heard::Touched(key) if *key == *end => break,
                Heard::Notice(notice) => assert!(matches!(notice.change, Change::Key(_))),
                what => panic!("{what:?} was heard"),
            }
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let () = other.set("shop:tea", "green").await.expect("a value");
    assert_eq!(heard(&mut receiver).await, Heard::Touched("tea".into()));
}

#[tokio::test]
async fn a_write_whose_report_never_comes_hides_no_other_one() {
    let server = server();
    let store = tracking(&server).await;
    let mut receiver = listening(&store).await;
    store.expect("tea").written();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let () = other(&server).await.set("shop:tea", "green").await.expect("a value");
    assert_eq!(heard(&mut receiver).await, Heard::Touched("tea".into()));
}

#[tokio::test]
async fn a_flushed_server_is_told_as_a_broken_channel() {
    let server = server();
    let store = tracking(&server).await;
    let mut receiver = listening(&store).await;
    server.command(&["FLUSHALL"]).expect("flushed");
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
}

#[tokio::test]
async fn a_tracking_connection_that_is_killed_tracks_again() {
    let server = server();
    let store = tracking(&server).await;
    let mut receiver = listening(&store).await;
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).expect("killed");
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
    let () = other(&server).await.set("shop:tea", "green").await.expect("a value");
    assert_eq!(heard(&mut receiver).await, Heard::Touched("tea".into()));
    store.remove("tea", TICKET).await.expect("a removal");
    let what = heard(&mut receiver).await;
    assert!(matches!(&what, Heard::Notice(_)), "{what:?}");
}
