use std::error::Error;
use std::fmt;

use tokio_postgres::Error as PostgresError;
use tokio_postgres::types::{WasNull, WrongType};

/// What the driver said, without the values that PostgreSQL puts into its messages and details:
/// `Key (email)=(ada@example.com) already exists`. Nor with those that the errors of types quote.
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
        self.0.source().filter(|cause| self.0.as_db_error().is_none() && !quotes(&self.0, *cause))
    }
}

/// Whether a type's own error, as that of JSON, may quote the value that it could not read or write.
fn quotes(error: &PostgresError, cause: &(dyn Error + 'static)) -> bool {
    let text = error.to_string();
    // The driver tells these from others by nothing else.
    let is_of_value =
        text.starts_with("error serializing") || text.starts_with("error deserializing");
    is_of_value && !cause.is::<WrongType>() && !cause.is::<WasNull>()
}

impl From<PostgresError> for Cause {
    fn from(error: PostgresError) -> Self {
        Self(error)
    }
}
