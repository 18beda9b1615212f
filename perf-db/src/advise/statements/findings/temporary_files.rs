use perf_core::finding::{FindingKind, Severity};
use perf_core::{Finding, units};

use super::{Details, about, told};
use crate::advise::{Statement, Workload};

/// A spill writes at least the `work_mem` that it does not fit into, by default 4 MiB; so often that
/// it is no single report (our choice: sixteen of those).
const MANY_BYTES: u64 = 64 << 20;

/// A query that does not fit into `work_mem`.
pub(super) fn find(
    workload: &Workload,
    statement: &Statement,
    details: &Details,
) -> Option<Finding> {
    // `create index` and `refresh` sort on disk as a matter of course.
    statement.plannable()?;
    if details.temporary_bytes < MANY_BYTES {
        return None;
    }
    // How much of its time goes there only its plan tells.
    let share = workload.impact(statement.time).share;
    let per_call = details.temporary_bytes / statement.calls.max(1);
    let finding = about(FindingKind::TemporaryFiles, statement)
        .severity(Severity::of_share(share))
        .evidence("temporary files", units::bytes(details.temporary_bytes))
        .evidence("per call", units::bytes(per_call))
        .advice(
            "it sorts or hashes more than work_mem holds: fetch fewer rows or columns, let an index \
             give the order, or set work_mem higher for the transaction that sends it",
        );
    Some(told(finding, statement))
}
