use std::error::Error;
use std::fmt;

use tokio_postgres::Error as PostgresError;

/// What the driver said, without the values that PostgreSQL puts into its messages and details:
/// `Key (email)=(ada@example.com) already exists`.
pub(crate) struct Cause(pub(crate) PostgresError);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(refusal) = self.0.as_db_error() else { return fmt::Display::fmt(&self.0, f) };
        write!(f, "PostgreSQL says {}", refusal.code().code())?;
        let names = [
            ("constraint", refusal.constraint()),
            ("column", refusal.column()),
            ("table", refusal.table()),
        ];
        for (what, name) in names {
            if let Some(name) = name {
                write!(f, ", {what} {name:?}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cause").field(&format_args!("{self}")).finish()
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // A refusal is the driver's cause, and its text is what is kept back here.
        self.0.source().filter(|_| self.0.as_db_error().is_none())
    }
}

impl From<PostgresError> for Cause {
    fn from(error: PostgresError) -> Self {
        Self(error)
    }
}
