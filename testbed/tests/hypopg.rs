//! Risk: hypothetical indexes are not there where a test asks for them, or there where it does not.

use std::error::Error;

#[test]
fn a_database_has_hypopg_only_when_it_was_asked_for() -> Result<(), Box<dyn Error>> {
    let database = testbed::database();
    let there = "select count(*) from pg_extension where extname = 'hypopg'";
    assert_eq!(database.sql(there)?, "0");
    database.hypopg()?;
    assert_eq!(database.sql(there)?, "1");
    Ok(())
}

#[test]
fn a_missing_hypopg_names_the_package_of_the_version() -> Result<(), Box<dyn Error>> {
    let bin = testbed::locate::postgres()?;
    let control = testbed::locate::hypopg(&bin)?;
    assert!(control.ends_with("extension/hypopg.control"), "{}", control.display());

    // A PostgreSQL that says its version and has no extensions.
    let folder = tempfile::tempdir()?;
    let fake = folder.path().join("bin");
    std::fs::create_dir(&fake)?;
    std::os::unix::fs::symlink(bin.join("postgres"), fake.join("postgres"))?;
    let version = testbed::database().sql("show server_version_num")?;
    let missing = testbed::locate::hypopg(&fake).err().ok_or("it is found")?.to_string();
    let package = format!("postgresql-{}-hypopg", version.parse::<u32>()? / 10_000);
    assert!(missing.contains(&package), "{missing}");
    Ok(())
}
