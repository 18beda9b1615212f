//! What the server has counted of its statements, and who sends them.

mod bounds;
mod findings;
mod fingerprints;
mod missing;
mod senders;
mod snapshot;

use perf_core::Recorder;
use perf_core::scope::Label;
use perf_db::Db;
use perf_db::advise::Advisor;

/// A service: its database, the recorder of its statements, and the advisor that looks at both.
struct Service {
    database: testbed::Database,
    db: Db,
    recorder: Recorder,
    advisor: Advisor,
}

impl Service {
    async fn start() -> Self {
        Self::on(testbed::database()).await
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
