//! Risk: every statement moves and allocates the room for ways that it never goes.

use perf_db::{Db, Executor};

/// The driver's own future takes a quarter of this. With the opening of a connection in it, which
/// its owners move three times before they poll it, it was 10 KB.
const MOST_BYTES: usize = 4_096;

#[tokio::test]
async fn a_statement_takes_no_room_for_what_seldom_happens() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.expect("a server");
    let sizes = [
        size_of_val(&*db.query("select 1", &[])),
        size_of_val(&*db.query_one("select 1", &[])),
        size_of_val(&*db.query_opt("select 1", &[])),
        size_of_val(&*db.execute("select 1", &[])),
    ];
    assert!(sizes.iter().all(|&bytes| bytes <= MOST_BYTES), "{sizes:?}");
}
