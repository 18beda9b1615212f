//! Asked for, it is there, and with a server that one trusts.

use std::io::Write;

use perf_db::advise::mysql::MysqlAdvisor;
use testbed::{Authority, MariaDb};

use super::{TestResult, look, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_trusted_by_the_authority_of_the_address_and_by_no_other() -> TestResult {
    let (ours, another) = (Authority::new()?, Authority::new()?);
    let server = MariaDb::start_tls(&ours, &[])?;
    let database = server.database()?;
    database.sql(
        "create user secret identified by 'hunter2' require ssl; grant select on *.* to secret;
         create table t (id int primary key)",
    )?;
    let url = database.url_as("secret:hunter2");
    let file = |authority: &Authority| -> std::io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(authority.pem().as_bytes())?;
        Ok(file)
    };
    let (right, wrong) = (file(&ours)?, file(&another)?);
    let with =
        |root: &tempfile::NamedTempFile| format!("{url}?sslrootcert={}", root.path().display());
    assert_eq!(look(&with(&right)).await?.server.user, "secret@%");

    for (url, words) in [
        (url.clone(), "or it wants TLS of them"),
        (with(&wrong), "certificate"),
        (format!("{url}?require_ssl=true"), "certificate"),
        (format!("{url}?sslrootcert=/nowhere.pem"), "No such file"),
    ] {
        let error = MysqlAdvisor::connect(&url).await.err().ok_or("it is let in")?;
        let said = told(&error);
        assert!(said.contains(words) && !said.contains("hunter2"), "{url}: {said}");
    }
    Ok(())
}
