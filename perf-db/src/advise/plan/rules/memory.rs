//! The `work_mem` that would have held it.

use perf_core::finding::Finding;
use perf_core::units;

/// More than this for one node of one statement is no advice: with as many connections as servers
/// have, it is more than most have.
const MOST_BYTES: f64 = 1_073_741_824.0;

/// The share of its time that a sort or hash is taken to save in memory. It is between nothing, where
/// the system holds the files in memory, and nearly all, where it has to wait for a disk.
pub(super) const SPARED: f64 = 0.5;

const MEBIBYTE: f64 = 1_048_576.0;

/// With the setting that `what` needs for these bytes.
pub(super) fn advised(
    finding: Finding,
    work_mem: Option<u64>,
    needed_bytes: f64,
    what: &str,
) -> Finding {
    let finding = match work_mem {
        Some(bytes) => finding.evidence("work_mem", units::bytes(bytes)),
        None => finding,
    };
    if needed_bytes > MOST_BYTES {
        return finding.evidence("needed", units::bytes(needed_bytes as u64)).advice(format!(
            "let {what} have fewer or narrower rows, or an index that makes it needless: it is too \
             large for memory"
        ));
    }
    let setting = setting(needed_bytes);
    finding
        .evidence("needed", setting.clone())
        .advice(format!(
            "give {what} the memory that it needs, for this statement's transactions only: other \
             connections would each take as much"
        ))
        .code(format!("set local work_mem = '{setting}'"))
}

/// A round number of MB with a tenth to spare, as the server takes it.
fn setting(needed_bytes: f64) -> String {
    let megabytes = (needed_bytes * 1.1 / MEBIBYTE).ceil().max(1.0) as u64;
    let step = match megabytes {
        0..16 => 1,
        16..128 => 8,
        _ => 64,
    };
    format!("{}MB", megabytes.next_multiple_of(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_round_and_has_a_tenth_to_spare() {
        assert_eq!(setting(1.0), "1MB");
        assert_eq!(setting(10.0 * MEBIBYTE), "11MB");
        assert_eq!(setting(100.0 * MEBIBYTE), "112MB");
        assert_eq!(setting(1_000.0 * MEBIBYTE), "1152MB");
    }
}
