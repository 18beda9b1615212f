//! Our fingerprints beside the server's own numbers, statement by statement.
//!
//! Every disagreement is of a class that the corpus names; perf-db's docs have the table of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use perf_core::Fingerprint;
use perf_db::postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use perf_db::postgres::{Client, NoTls, connect};

const CORPUS: &str = include_str!("corpus.txt");

const DOCS: &str = include_str!("../../docs/fingerprints.md");

const SCHEMA: &str = "
    create table customer (id int unique, name text, active boolean, city text, tags text[]);
    create table product (id int unique, name text, kind text, price int, stock int, data jsonb);
    create table orders (id bigint unique, customer int, state text, total numeric,
        placed timestamptz, note text);
    create table order_item (order_id bigint, product int, quantity int);
    create schema archive;
    create table archive.product (like product);
    create table archive.past (id int, name text);
    create function place(number int) returns int language sql as 'select number';
    insert into product select id, 'product ' || id, 'a', id, id from generate_series(1, 20) id";

/// How the statements of a group stand to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Relation {
    /// One statement, for us and for the server.
    Same,
    /// Each is another, for us and for the server.
    Apart,
    /// One for us, each another for the server.
    WeJoin,
    /// One for the server, each another for us.
    ServerJoins,
}

struct Case {
    sql: String,
    group: usize,
    relation: Relation,
    class: &'static str,
    id: i64,
    fingerprint: u64,
}

/// `version` is that of the server: from 16 on it groups more and more statements as we do.
fn corpus(version: i32) -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut group, mut relation, mut class) = (0, Relation::Same, "");
    for line in CORPUS.lines() {
        if let Some(header) = line.strip_prefix("# ") {
            let (name, of) = header.split_once(": ").unwrap_or((header, ""));
            (group, class) = (group + 1, of);
            relation = relation_of(name, version);
            continue;
        }
        let sql = line.replace('⏎', "\n");
        let fingerprint = Fingerprint::of(&sql).id();
        cases.push(Case { sql, group, relation, class, id: 0, fingerprint });
    }
    cases
}

fn relation_of(name: &str, version: i32) -> Relation {
    let number = |text: &str| -> i32 { text.parse().unwrap() };
    let is_over = |last: &str| version > number(last);
    let (name, last) = name.split_once(" until ").unwrap_or((name, "99"));
    let (name, first) = name.split_once(" from ").unwrap_or((name, "0"));
    match name {
        "same" => Relation::Same,
        "apart" => Relation::Apart,
        "we join" if is_over(last) => Relation::Same,
        "we join" => Relation::WeJoin,
        "the server joins" if is_over(last) || version < number(first) => Relation::Apart,
        "the server joins" => Relation::ServerJoins,
        other => panic!("{other}"),
    }
}

/// The number that the server gives to each, and all numbers that pg_stat_statements has.
async fn ask(database: &testbed::Database, cases: &mut [Case]) -> HashSet<i64> {
    let (client, connection) = connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let (other, connection) = connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let pid: i32 = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    let number = "select query_id from pg_stat_activity where pid = $1";
    let number = other.prepare(number).await.unwrap();
    for case in cases {
        run(&client, &case.sql).await;
        let id: Option<i64> = other.query_one(&number, &[&pid]).await.unwrap().get(0);
        case.id = id.unwrap_or_else(|| panic!("no number for {}", case.sql));
        client.batch_execute("rollback").await.unwrap();
    }
    let counted = "select queryid from pg_stat_statements where dbid = \
                   (select oid from pg_database where datname = current_database())";
    let rows = other.query(counted, &[]).await.unwrap();
    rows.iter().filter_map(|row| row.get(0)).collect()
}

async fn run(client: &Client, sql: &str) {
    let statement = client
        .prepare(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {:?}", error.as_db_error()));
    if sql.starts_with("begin") || sql.starts_with("commit") || sql.starts_with("set") {
        client.batch_execute(sql).await.unwrap();
        return;
    }
    client.batch_execute("begin").await.unwrap();
    let values: Vec<&(dyn ToSql + Sync)> =
        statement.params().iter().map(|_| &Null as &(dyn ToSql + Sync)).collect();
    let ran = client.query(&statement, &values).await;
    // Some that are prepared before what they need is there fail; the server counts them not.
    if let Err(error) = ran {
        panic!("{sql}: {:?}", error.as_db_error());
    }
}

#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(
        &self,
        _: &Type,
        _: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What the corpus says of two statements: whether they are one for us, and for the server.
fn expected(one: &Case, two: &Case) -> (bool, bool) {
    match one.relation {
        _ if one.group != two.group => (false, false),
        Relation::Same => (true, true),
        Relation::Apart => (false, false),
        Relation::WeJoin => (true, false),
        Relation::ServerJoins => (false, true),
    }
}

#[test]
fn every_class_of_disagreement_is_explained_in_the_docs() {
    for case in corpus(15).into_iter().chain(corpus(18)) {
        let disagrees = [Relation::WeJoin, Relation::ServerJoins].contains(&case.relation);
        let row = format!("| {} |", case.class);
        assert!(!disagrees || DOCS.contains(&row), "{row} for {}", case.sql);
    }
}

#[tokio::test]
async fn fingerprints_group_statements_as_the_server_does_but_for_what_the_docs_say() {
    let database = crate::database();
    database.sql(SCHEMA).unwrap();
    let version: i32 = database.sql("show server_version_num").unwrap().parse().unwrap();
    let mut cases = corpus(version / 10_000);
    assert!(cases.len() >= 300, "{}", cases.len());
    let counted = ask(&database, &mut cases).await;
    for case in &cases {
        assert!(counted.contains(&case.id), "{} is not in pg_stat_statements", case.sql);
    }
    let mut wrong = Vec::new();
    let mut classes: BTreeMap<(&str, &str), (BTreeSet<usize>, usize)> = BTreeMap::new();
    let (mut pairs, mut agreed) = (0, 0);
    for (place, one) in cases.iter().enumerate() {
        for (behind, two) in cases[place + 1..].iter().enumerate() {
            let found = (one.fingerprint == two.fingerprint, one.id == two.id);
            if found != expected(one, two) {
                wrong.push(format!("{found:?}: {} | {}", one.sql, two.sql));
            }
            pairs += 1;
            agreed += usize::from(found.0 == found.1);
            if found.0 != found.1 {
                let who = if found.0 { "we join" } else { "the server joins" };
                let class = classes.entry((who, one.class)).or_default();
                class.0.extend([place, place + 1 + behind]);
                class.1 += 1;
            }
        }
    }
    let disagreed: BTreeSet<usize> =
        classes.values().flat_map(|(statements, _)| statements).copied().collect();
    let fingerprints: HashSet<u64> = cases.iter().map(|case| case.fingerprint).collect();
    let numbers: HashSet<i64> = cases.iter().map(|case| case.id).collect();
    println!(
        "{} statements, {} fingerprints, {} query ids; {} statements ({:.1} %) are grouped alike; of \
         {pairs} pairs {} are not",
        cases.len(),
        fingerprints.len(),
        numbers.len(),
        cases.len() - disagreed.len(),
        100.0 * (cases.len() - disagreed.len()) as f64 / cases.len() as f64,
        pairs - agreed,
    );
    for ((who, class), (statements, pairs)) in &classes {
        println!("{who}: {class}: {} statements, {pairs} pairs", statements.len());
    }
    assert!(
        wrong.is_empty(),
        "{} pairs are not as the corpus says:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
