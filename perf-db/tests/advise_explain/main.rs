//! Plans of statements, and that asking for them leaves nothing behind.

mod generic;
mod refusals;
mod servers;
mod slow;
mod undone;

use perf_db::{Db, Executor};
use testbed::Database;

/// A table with a function for each way to do more than read.
const SCHEMA: &str = "
    create table item (id bigint primary key, name text, shop int, at timestamptz default now());
    insert into item select n, 'name ' || n, n % 10 from generate_series(1, 1000) n;
    create sequence number;
    create table log (line text);
    create function noisy(int) returns int volatile language sql as 'select $1 + 1';
    create function quiet(int) returns int stable language sql as 'select $1 + 1';
    create function loud(int) returns int volatile language plpgsql as
        $$ begin insert into log values ('called'); return $1; end $$;
    create view seen as select id, loud(shop) as shop from item;
    create function note() returns trigger language plpgsql as
        $$ begin insert into log values (tg_op); perform nextval('number'); return new; end $$;
    create trigger note after insert or update on item for each row execute function note();
    create aggregate noisy_sum(int) (sfunc = int4pl_noisy, stype = int, initcond = '0');
    analyze item";

struct Case {
    db: Db,
    database: Database,
}

impl Case {
    async fn new() -> Self {
        let database = testbed::database();
        let function = "create function int4pl_noisy(int, int) returns int volatile language sql \
                        as 'select $1 + $2'";
        database.sql(function).unwrap();
        database.sql(SCHEMA).unwrap();
        let db = Db::builder(database.url()).max_size(2).build().await.unwrap();
        Self { db, database }
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.db.query_one(sql, &[]).await.unwrap().get(0)
    }
}
