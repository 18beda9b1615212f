use std::fmt;

use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint, units};

/// Who holds a connection, and what it does meanwhile; from [`Db::holders`](crate::Db::holders).
///
/// Its text is one line, without a value from any statement.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Holder {
    /// Who took the connection.
    pub call_site: CallSite,
    /// For how long.
    pub held: Duration,
    /// What the connection does.
    pub state: HolderState,
    /// Since when it does that.
    pub state_for: Duration,
}

/// What a connection does while somebody holds it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HolderState {
    /// The server works on this statement, or on one that was sent before it.
    Running(Fingerprint),
    /// A transaction is open, with all its locks, and nothing runs in it.
    IdleInTransaction,
    /// Nothing runs and no transaction is open.
    Idle,
    /// The holder is gone; the server is being told to stop its statement.
    Cancelling,
}

/// Holders, longest first, as a part of an error.
#[derive(Debug)]
pub(crate) struct Holders(pub(super) Vec<Holder>);

/// More than these nobody reads in an error.
const SHOWN: usize = 5;

/// Characters of a statement: enough to know it by.
const STATEMENT_WIDTH: usize = 80;

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (held, state_for) = (units::duration(self.held), units::duration(self.state_for));
        write!(f, "{} for {held}, ", self.call_site)?;
        match &self.state {
            HolderState::Running(statement) => {
                let text = statement.text();
                let shown =
                    text.char_indices().nth(STATEMENT_WIDTH).map_or(text.len(), |(at, _)| at);
                let rest = if shown < text.len() { "…" } else { "" };
                write!(f, "running for {state_for}: {}{rest}", &text[..shown])
            }
            HolderState::IdleInTransaction => write!(f, "idle in transaction for {state_for}"),
            HolderState::Idle => write!(f, "idle for {state_for}"),
            HolderState::Cancelling => write!(f, "being cancelled for {state_for}"),
        }
    }
}

impl fmt::Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(holders) = self;
        for (place, holder) in holders.iter().take(SHOWN).enumerate() {
            let separator = if place == 0 { "; held by " } else { "; " };
            write!(f, "{separator}{holder}")?;
        }
        match holders.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(state: HolderState) -> Holder {
        let second = Duration::from_secs(1);
        Holder { call_site: CallSite::here(), held: 2 * second, state, state_for: second }
    }

    #[test]
    fn five_are_named_and_the_rest_is_counted() {
        let text = Holders(vec![holder(HolderState::Idle); 8]).to_string();
        assert_eq!(text.matches("for 2.00 s, idle for 1.00 s").count(), 5, "{text}");
        assert!(text.starts_with("; held by ") && text.ends_with("; and 3 more"), "{text}");
        assert_eq!(Holders(Vec::new()).to_string(), "");
    }

    #[test]
    fn a_long_statement_is_cut_and_has_no_values() {
        let sql = format!("select 'secret', {} from fruit", "é, ".repeat(60));
        let text = holder(HolderState::Running(Fingerprint::of(&sql))).to_string();
        assert!(text.contains("running for 1.00 s: select ?, é") && text.ends_with('…'), "{text}");
    }
}
