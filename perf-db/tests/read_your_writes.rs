//! The storm of guarantee G8: whatever befalls the replicas, a scope sees what it has written.
//! Some seconds; a minute where `PERF_SOAK` is set.

use std::time::{Duration, Instant};

use perf_core::Scope;
use perf_db::{Db, Executor};
use testbed::PostgresReplicas;
use tokio::time::sleep;

const WRITERS: i32 = 6;

#[derive(Debug, Default)]
struct Reads {
    from_replica: u64,
    from_primary: u64,
}

/// Raises a counter of its own and reads it back, each time in a scope of its own.
async fn write_and_read(db: Db, writer: i32, until: Instant) -> Reads {
    let mut reads = Reads::default();
    let mut value = 0;
    while Instant::now() < until {
        value += 1;
        let work = async {
            let write = "update counter set value = $2 where writer = $1";
            db.execute(write, &[&writer, &value]).await.unwrap();
            for pause in [0, 1, 20] {
                sleep(Duration::from_millis(pause)).await;
                let read = "select value, pg_is_in_recovery() from counter where writer = $1";
                let row = db.read().query_one(read, &[&writer]).await.unwrap();
                let seen: i64 = row.get(0);
                assert_eq!(seen, value, "a stale read, from a replica: {}", row.get::<_, bool>(1));
                match row.get(1) {
                    true => reads.from_replica += 1,
                    false => reads.from_primary += 1,
                }
            }
        };
        Scope::named("write and read").run(work).await;
    }
    reads
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_sees_what_it_has_written_whatever_befalls_the_replicas() {
    let is_long = std::env::var_os("PERF_SOAK").is_some();
    let length = Duration::from_secs(if is_long { 60 } else { 8 });
    let mut servers = PostgresReplicas::start(2).unwrap();
    let primary = servers.primary();
    primary.sql("create table counter (writer int primary key, value bigint)").unwrap();
    let fill = format!("insert into counter select i, 0 from generate_series(1, {WRITERS}) as i");
    primary.sql(&fill).unwrap();
    servers.caught_up().unwrap();
    let db = Db::builder(&servers.primary().url())
        .replica(servers.replica(0).url())
        .replica(servers.replica(1).url());
    let db = db.build().await.unwrap();

    let until = Instant::now() + length;
    let tasks = (1..=WRITERS).map(|writer| tokio::spawn(write_and_read(db.clone(), writer, until)));
    let tasks: Vec<_> = tasks.collect();
    let chaos = tokio::task::spawn_blocking(move || {
        let mut random = fastrand::Rng::with_seed(7);
        while Instant::now() < until {
            let replica = random.usize(0..2);
            let pause = Duration::from_millis(random.u64(20..400));
            match random.u8(0..10) {
                0 => {
                    servers.kill(replica).unwrap();
                    std::thread::sleep(pause);
                    servers.restart(replica).unwrap();
                }
                1 => {
                    servers.freeze(replica).unwrap();
                    std::thread::sleep(pause);
                    servers.thaw(replica).unwrap();
                }
                _ => {
                    servers.pause_replay(replica).unwrap();
                    std::thread::sleep(pause);
                    servers.resume_replay(replica).unwrap();
                }
            }
        }
        // The servers end with the test, not before the last reads.
        servers
    });
    let mut all = Reads::default();
    for task in tasks {
        let reads = task.await.unwrap();
        all.from_replica += reads.from_replica;
        all.from_primary += reads.from_primary;
    }
    chaos.await.unwrap();
    println!("{all:?}, none of them stale");
    assert!(all.from_replica > 0 && all.from_primary > 0, "{all:?}");
}
