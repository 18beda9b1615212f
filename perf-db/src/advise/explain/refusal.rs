use std::fmt;

use super::text::MAX_BYTES;

/// Why a statement is not explained. Nothing of it was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Empty,
    Long { bytes: usize },
    Several,
    Control,
    Utility,
    NoValues,
    Writes,
    Volatile { names: Vec<String> },
    Unclear,
    Normalised,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty: give the text of one statement",
            Self::Long { bytes } => {
                return write!(
                    f,
                    "it has {bytes} bytes, and at most {MAX_BYTES} are taken: pass lists as one \
                     array each, as in `= any($1)`"
                );
            }
            Self::Several => "it is more than one statement: explain one after the other",
            Self::Control => "it begins or ends a transaction, which has no plan",
            Self::Utility => {
                "PostgreSQL has no plan for it: only select, insert, update, delete, merge, values \
                 and table are explained"
            }
            Self::NoValues => {
                "its parameters have no values, with which it would be run or planned: give them by \
                 parameters(), or leave out analyze(), or run() it alone"
            }
            Self::Writes => {
                "analyze runs it, and it writes or locks rows: say even_if_it_writes(), which takes \
                 back what it wrote, or leave analyze() out"
            }
            Self::Volatile { names } => {
                return write!(
                    f,
                    "analyze runs it, and what it calls may do more than read ({}): say \
                     even_if_it_writes(), or leave analyze() out",
                    names.join(", ")
                );
            }
            Self::Unclear => {
                "analyze runs it, and it cannot be told what it calls, because of a name that is \
                 written as U&\"…\": say even_if_it_writes(), or leave analyze() out"
            }
            Self::Normalised => {
                "it cannot be planned as pg_stat_statements has written it down, with parameters \
                 where PostgreSQL takes none or cannot tell their types: give the statement as the \
                 service sends it, or values by parameters()"
            }
        })
    }
}
