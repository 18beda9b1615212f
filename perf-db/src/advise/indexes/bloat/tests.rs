use std::collections::HashMap;

use super::super::read;
use super::*;
use crate::advise::Advisor;

const MIB: u64 = 1_024 * 1_024;

/// What is on the pages of these tables and their indexes, by name, and the schema.
async fn read(database: &testbed::Database) -> (Schema, HashMap<String, Storage>) {
    let advisor = Advisor::connect(database.url()).await.unwrap();
    let look = advisor.look().await.unwrap();
    let schema = Schema::load(&look).await.unwrap();
    let mut names: HashMap<u32, String> = HashMap::new();
    for table in &schema.tables {
        names.insert(table.oid, table.name.clone());
        names.extend(table.indexes.iter().map(|index| (index.oid, index.name.clone())));
    }
    let numbers: Vec<u32> = names.keys().copied().collect();
    let storages = read::storage_of(&look, &numbers).await.unwrap();
    look.rollback().await.unwrap();
    (schema, storages.into_iter().map(|s| (names[&s.oid].clone(), s)).collect())
}

/// The share of its pages that could be spared.
fn share(schema: &Schema, storage: &Storage) -> f64 {
    let table = schema.table(storage.table).unwrap();
    let index = table.indexes.iter().find(|index| index.oid == storage.oid);
    let spare = spare_bytes(schema.block_bytes, table, index, storage).unwrap();
    spare as f64 / (storage.pages * schema.block_bytes) as f64
}

#[tokio::test]
async fn what_is_estimated_is_what_writing_anew_spares() {
    let database = testbed::database();
    database
        .sql(
            "create table item (
                 id bigint, name text, kind smallint, at timestamptz, is_open bool, note text)
                 with (autovacuum_enabled = off);
             insert into item
                 select i, 'name of item ' || i, i % 7, now(), i % 2 = 0,
                     case when i % 3 = 0 then repeat('n', i % 50) end
                 from generate_series(1, 40000) i;
             create index by_id on item (id);
             create index by_name on item (name);
             create index by_at_and_name on item (is_open, name, kind);
             delete from item where id % 4 > 0",
        )
        .unwrap();
    database.sql("vacuum analyze item").unwrap();
    let (schema, before) = read(&database).await;
    database.sql("vacuum full item").unwrap();
    database.sql("analyze item").unwrap();
    let (_, after) = read(&database).await;
    for (name, storage) in &before {
        let true_share = 1.0 - after[name].pages as f64 / storage.pages as f64;
        let estimated = share(&schema, storage);
        assert!((estimated - true_share).abs() < 0.05, "{name}: {estimated} for {true_share}");
        assert!(true_share > 0.6, "{name}: {true_share}");
    }
    let (schema, after) = read(&database).await;
    for (name, storage) in &after {
        let estimated = share(&schema, storage);
        assert!(estimated < 0.1, "{name}: {estimated} for none");
    }
}

#[tokio::test]
async fn an_index_of_equal_keys_and_one_that_grew_in_any_order_are_not_called_bloated() {
    let database = testbed::database();
    database
        .sql(
            "create table item (kind int, number float8);
             create index by_kind on item (kind);
             create index by_number on item (number);
             select setseed(0.5);
             insert into item select i % 5, random() from generate_series(1, 50000) i",
        )
        .unwrap();
    database.sql("vacuum analyze item").unwrap();
    let (schema, storages) = read(&database).await;
    for name in ["by_kind", "by_number", "item"] {
        let estimated = share(&schema, &storages[name]);
        assert!(estimated < LEAST_SHARE, "{name}: {estimated}");
    }
}

#[tokio::test]
async fn much_space_to_spare_is_told_and_little_of_it_or_a_little_share_is_not() {
    let database = testbed::database();
    database
        .sql(
            "create table item (id bigint); create index by_id on item (id);
             insert into item select generate_series(1, 20000); analyze",
        )
        .unwrap();
    let (schema, storages) = read(&database).await;
    let told = |name: &str, pages: u64| {
        let mut storage = storages[name].clone();
        storage.pages += pages;
        bloated(&schema, &[storage])
    };
    let pages = 100 * MIB / schema.block_bytes;
    assert!(told("item", pages * 9 / 10).is_empty());
    let found = told("item", pages * 2);
    assert_eq!(found[0].key, "bloat:public.item");
    assert_eq!((found[0].severity, found[0].remedy.code.as_deref()), (Severity::Info, None));
    let found = told("by_id", pages * 20);
    assert_eq!(found[0].key, "bloat:public.by_id");
    assert_eq!(found[0].severity, Severity::Warning);
    let code = found[0].remedy.code.as_deref();
    assert_eq!(code, Some("reindex index concurrently public.by_id"));
    let mut storage = storages["item"].clone();
    (storage.rows, storage.pages) = (storage.rows * 1e4, storage.pages * 10_000 + pages * 2);
    assert!(bloated(&schema, &[storage]).is_empty(), "a small share of a large table");
}
