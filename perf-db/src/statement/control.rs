use perf_core::Fingerprint;
use perf_core::sql::StatementKind;
use perf_core::sync::{AtomicU64, Ordering};

/// What a statement does to the transaction that is open on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// One is open afterwards.
    Begin,
    /// None is open afterwards.
    End,
    /// It ends and the next one begins.
    Chain,
}

impl Control {
    /// By the statement's first words. A procedure that ends transactions leaves none open.
    pub(crate) fn of(statement: &Fingerprint) -> Option<Self> {
        if statement.kind() != StatementKind::Other {
            return None;
        }
        let mut words = statement.text().split([' ', ';']).filter(|word| !word.is_empty());
        let first = words.next()?;
        let rest: Vec<&str> = words.take(5).collect();
        let rest = match rest.as_slice() {
            ["work" | "transaction", rest @ ..] if first != "start" && first != "prepare" => rest,
            rest => rest,
        };
        match (first, rest) {
            ("begin", _) | ("start", ["transaction", ..]) => Some(Self::Begin),
            ("prepare", ["transaction", ..]) => Some(Self::End),
            // Back to a savepoint, or of another transaction that was prepared earlier.
            ("rollback", ["to", ..]) | ("commit" | "rollback", ["prepared", ..]) => None,
            ("commit" | "end" | "rollback" | "abort", ["and", "chain"]) => Some(Self::Chain),
            ("commit" | "end" | "rollback" | "abort", _) => Some(Self::End),
            _ => None,
        }
    }
}

/// Whether a transaction is open on a connection, as far as the statements tell.
///
/// Counts, because statements are sent before earlier ones are answered: an answer to an end says
/// nothing about what has begun since.
#[derive(Debug, Default)]
pub(crate) struct OpenTransaction {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl OpenTransaction {
    pub(crate) fn is_open(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > self.ended.load(Ordering::Relaxed)
    }

    /// A statement is about to be sent; the number belongs to its [`answered`](Self::answered).
    pub(super) fn sends(&self, control: Option<Control>) -> u64 {
        if control == Some(Control::Begin) {
            return self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        }
        self.begun.load(Ordering::Relaxed)
    }

    /// A statement has been executed, with or without success.
    pub(super) fn answered(&self, control: Option<Control>, number: u64) {
        if control == Some(Control::End) {
            self.ended.fetch_max(number, Ordering::Relaxed);
        }
    }

    /// The connection has been told to end whatever was open.
    pub(crate) fn is_over(&self) {
        self.ended.store(self.begun.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(sql: &str) -> Option<Control> {
        Control::of(&Fingerprint::of(sql))
    }

    #[test]
    fn a_transaction_is_begun_and_ended_by_more_words_than_one() {
        for begin in [
            "begin",
            "BEGIN;",
            "-- a comment\n begin work",
            "/* one */ Begin transaction isolation level serializable",
            "start transaction read only",
        ] {
            assert_eq!(control(begin), Some(Control::Begin), "{begin}");
        }
        for end in [
            "commit",
            "COMMIT WORK;",
            "end",
            "end transaction",
            "abort",
            "rollback",
            "rollback work",
            "rollback and no chain",
            "prepare transaction 'one'",
        ] {
            assert_eq!(control(end), Some(Control::End), "{end}");
        }
        for chain in ["commit and chain", "rollback work and chain", "END TRANSACTION AND CHAIN;"] {
            assert_eq!(control(chain), Some(Control::Chain), "{chain}");
        }
    }

    #[test]
    fn other_statements_are_left_alone() {
        for other in [
            "rollback to savepoint one",
            "rollback work to one",
            "rollback transaction to savepoint one",
            "savepoint begin",
            "release one",
            "commit prepared 'one'",
            "rollback prepared 'one'",
            "prepare one as select 1",
            "set transaction read only",
            "select 'begin'",
            "start",
            "",
            ";",
            "do $$ begin end $$",
            "call settle()",
        ] {
            assert_eq!(control(other), None, "{other}");
        }
    }

    #[test]
    fn the_answer_to_an_end_says_nothing_about_what_has_begun_since() {
        let open = OpenTransaction::default();
        open.sends(Some(Control::Begin));
        let commit = open.sends(Some(Control::End));
        open.sends(Some(Control::Begin));
        open.answered(Some(Control::End), commit);
        assert!(open.is_open());
        let commit = open.sends(Some(Control::End));
        assert!(open.is_open(), "until it is answered");
        open.answered(Some(Control::End), commit);
        assert!(!open.is_open());
    }
}
