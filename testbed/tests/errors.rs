//! Risk: a server that cannot start gives a riddle instead of a sentence.

use std::process::{Command, Stdio};

use testbed::{Error, Postgres};

/// Runs the program `testbed` and returns what it says when it fails.
fn complaint(prepare: impl FnOnce(&mut Command)) -> Result<String, Box<dyn std::error::Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testbed"));
    prepare(&mut command);
    let output = command.stdin(Stdio::null()).output()?;
    assert_eq!(output.status.code(), Some(1));
    Ok(String::from_utf8(output.stderr)?)
}

#[test]
fn a_folder_that_is_not_there_is_named_with_the_remedy() -> Result<(), Box<dyn std::error::Error>> {
    let said = complaint(|command| {
        command.env("TMPDIR", "/nowhere");
    })?;
    assert!(said.contains("/nowhere") && said.contains("TMPDIR"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    Ok(())
}

#[test]
fn a_missing_redis_names_its_package() {
    let missing = Error::Missing { program: "redis-server", package: "redis-server".into() };
    assert!(missing.to_string().contains("apt-get install redis-server"));
}

#[test]
fn a_refused_statement_is_told_in_the_words_of_the_server() -> Result<(), Box<dyn std::error::Error>>
{
    let database = Postgres::start()?.database()?;
    let Err(Error::Sql { message, .. }) = database.sql("select 1") else {
        return Err("the server of this database is gone".into());
    };
    assert!(message.contains("refused"), "{message}");
    Ok(())
}
