//! How far a replica has come. `WAIT` cannot tell: it counts from the last write of its own
//! connection, and each command here has a connection of its own.

use std::str::FromStr;

use crate::resp;

/// The offset up to which a primary has written.
pub(crate) fn written(primary: u16) -> Option<u64> {
    field(&info(primary)?, "master_repl_offset")
}

/// The offset up to which a linked replica has followed that primary.
pub(crate) fn followed(replica: u16, primary: u16) -> Option<u64> {
    let info = info(replica)?;
    let linked = field(&info, "master_port") == Some(primary)
        && field::<String>(&info, "master_link_status")? == "up";
    linked.then(|| field(&info, "slave_repl_offset"))?
}

fn info(port: u16) -> Option<String> {
    resp::command(port, &["INFO", "replication"]).ok()
}

fn field<T: FromStr>(info: &str, name: &str) -> Option<T> {
    let mut fields = info.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(found, _)| *found == name)?.1.parse().ok()
}
