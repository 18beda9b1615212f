//! Encrypted connections: who is trusted, what is refused, and that no request goes around it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use perf_db::{Db, DbError, DbErrorKind, Executor};
use testbed::{Authority, Postgres};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const ENCRYPTED: &str = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

async fn is_encrypted(db: &Db) -> bool {
    db.query_one(ENCRYPTED, &[]).await.unwrap().get(0)
}

fn refusal(outcome: Result<Db, DbError>) -> DbError {
    outcome.expect_err("should be refused")
}

/// Lets in whom these lines of `pg_hba.conf` let in.
fn admit(postgres: &Postgres, rules: &str) {
    let database = postgres.database().unwrap();
    std::fs::write(postgres.folder().join("data/pg_hba.conf"), rules).unwrap();
    database.sql("select pg_reload_conf()").unwrap();
    // Dropping the database would connect by the new rules.
    std::mem::forget(database);
}

#[tokio::test]
async fn a_trusted_server_is_spoken_to_by_tls() {
    let authority = Authority::new().unwrap();
    let postgres = Postgres::start_tls(&authority, &[]).unwrap();
    let by_builder = Db::builder(&postgres.url()).tls_root(authority.pem());
    assert!(is_encrypted(&by_builder.build().await.unwrap()).await);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("the authority.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let file = file.display().to_string().replace(' ', "%20");
    let by_address = format!("{}?sslmode=verify-full&sslrootcert={file}", postgres.url());
    assert!(is_encrypted(&Db::connect(&by_address).await.unwrap()).await);
}

#[tokio::test]
async fn a_server_that_is_not_trusted_is_refused_with_what_to_do() {
    let authority = Authority::new().unwrap();
    let postgres = Postgres::start_tls(&authority, &[]).unwrap();
    let another = Authority::new().unwrap();
    let untrusted = Db::builder(&postgres.url()).tls_root(another.pem());
    // Where it stands is right, what it is called is not in its certificate.
    let url = format!("host=db.example hostaddr=127.0.0.1 port={} user=postgres", postgres.port());
    let misnamed = Db::builder(&url).tls_root(authority.pem());
    for builder in [untrusted, misnamed] {
        let error = refusal(builder.build().await);
        assert_eq!(error.kind(), DbErrorKind::Connection);
        let text = error.to_string();
        assert!(text.contains("offers no TLS that is trusted"), "{text}");
    }
    // The system does not know the authority either, if it knows any.
    let error = refusal(Db::connect(&format!("{}?sslmode=require", postgres.url())).await);
    assert!(error.to_string().contains("by sslrootcert or DbBuilder::tls_root"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_when_tls_is_asked_for() {
    let database = testbed::database();
    let builder = Db::builder(database.url()).tls_root(Authority::new().unwrap().pem());
    let error = refusal(builder.build().await);
    assert!(error.to_string().contains("offers no TLS that is trusted"), "{error}");
    // By default it is preferred, not asked for.
    assert!(!is_encrypted(&Db::connect(database.url()).await.unwrap()).await);
}

#[tokio::test]
async fn tls_that_is_only_preferred_is_done_without_where_it_is_not_trusted() {
    let postgres = Postgres::start_tls(&Authority::new().unwrap(), &[]).unwrap();
    admit(&postgres, "host all all 127.0.0.1/32 trust\n");
    let db = Db::builder(&postgres.url()).max_size(2).build().await.unwrap();
    assert!(!is_encrypted(&db).await);
    let (one, other) = tokio::join!(db.session(), db.session());
    drop((one.unwrap(), other.unwrap()));
}

#[tokio::test]
async fn a_password_can_be_bound_to_the_server_that_it_is_sent_to() {
    let authority = Authority::new().unwrap();
    let postgres = Postgres::start_tls(&authority, &[]).unwrap();
    let role = "create role shop login password 'hush-hush'";
    postgres.database().unwrap().sql(role).unwrap();
    admit(&postgres, "hostssl all all 127.0.0.1/32 scram-sha-256\n");
    let url = |password: &str| {
        let server = format!("shop:{password}@127.0.0.1:{}", postgres.port());
        format!("postgres://{server}/postgres?channel_binding=require")
    };
    let builder = |password| Db::builder(&url(password)).tls_root(authority.pem());
    assert!(is_encrypted(&builder("hush-hush").build().await.unwrap()).await);
    let error = refusal(builder("guess").build().await);
    assert_eq!(error.code(), Some("28P01"));
}

#[tokio::test]
async fn a_cancel_request_goes_by_tls_too() {
    /// What a client sends first when it wants TLS (PostgreSQL manual, section 54.7).
    const SSL_REQUEST: u32 = 80_877_103;

    let authority = Authority::new().unwrap();
    let postgres = Postgres::start_tls(&authority, &[]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let first_words = Arc::new(Mutex::new(Vec::new()));
    let proxy = tokio::spawn({
        let (first_words, server) = (Arc::clone(&first_words), postgres.port());
        async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let first_words = Arc::clone(&first_words);
                tokio::spawn(async move {
                    let (length, code) = (client.read_u32().await?, client.read_u32().await?);
                    first_words.lock().unwrap().push(code);
                    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
                    server.write_u32(length).await?;
                    server.write_u32(code).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        }
    });

    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let db = Db::builder(&url).max_size(1).tls_root(authority.pem()).build().await.unwrap();
    let given_up = timeout(Duration::from_millis(200), db.query("select pg_sleep(600)", &[]));
    given_up.await.unwrap_err();
    let next = timeout(Duration::from_secs(20), is_encrypted(&db)).await;
    assert!(next.expect("the statement should have been stopped"));
    let running = "select count(*) from pg_stat_activity where query like '%sleep(600)'";
    let row = db.query_one(format!("{running} and pid <> pg_backend_pid()"), &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);

    let first_words = first_words.lock().unwrap().clone();
    assert!(first_words.len() >= 3, "two connections and a cancel request: {first_words:?}");
    assert!(first_words.iter().all(|&code| code == SSL_REQUEST), "{first_words:?}");
    proxy.abort();
}

#[tokio::test]
async fn settings_that_cannot_be_met_are_refused_before_anything_is_sent() {
    let at = |settings: &str| format!("postgres://shop@127.0.0.1:1/shop{settings}");
    let authority = Authority::new().unwrap();
    for (builder, names) in [
        (Db::builder(&at("")).tls_root("no certificate"), "give it as PEM"),
        (Db::builder(&at("?sslrootcert=/does/not/exist")), "cannot be read"),
        (Db::builder(&at("?sslmode=disable")).tls_root(authority.pem()), "take one of them away"),
    ] {
        let error = refusal(builder.build().await);
        assert_eq!(error.kind(), DbErrorKind::Settings);
        assert!(error.to_string().contains(names), "{error}");
    }
}
