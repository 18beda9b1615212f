//! What the server has counted of its statements, and who sends them.

mod bounds;
mod findings;
mod fingerprints;
mod missing;
mod senders;
mod snapshot;

use perf_core::Recorder;
use std::sync::OnceLock;

use perf_core::scope::Label;
use perf_db::Db;
use perf_db::advise::Advisor;
use testbed::Postgres;

/// A database of a server that only these tests use: on one that all tests share, their statements
/// would have to make room for others.
fn database() -> testbed::Database {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    let start = || Postgres::start_with(&[("pg_stat_statements.max", "20000")]).unwrap();
    SERVER.get_or_init(start).database().unwrap()
}

/// A service: its database, the recorder of its statements, and the advisor that looks at both.
struct Service {
    database: testbed::Database,
    db: Db,
    recorder: Recorder,
    advisor: Advisor,
}

impl Service {
    async fn start() -> Self {
        Self::on(database()).await
    }

    async fn on(database: testbed::Database) -> Self {
        database
            .sql(
                "create table product (id int primary key, name text, price int);
                 insert into product select id, 'product ' || id, id from generate_series(1, 100) id",
            )
            .unwrap();
        let db = Db::connect(database.url()).await.unwrap();
        let recorder = Recorder::builder().build();
        let advisor = Advisor::of(&db).recorder(&recorder);
        Self { database, db, recorder, advisor }
    }

    /// Runs this as a piece of the service's work.
    async fn work<T>(&self, work: impl Future<Output = T>) -> T {
        self.recorder.scope(Label::job("work")).run(work).await.0
    }
}
