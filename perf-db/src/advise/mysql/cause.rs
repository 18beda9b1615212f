use std::error::Error;
use std::fmt;

use mysql_async::{DriverError, Error as MysqlError};
use perf_core::time::Duration;

/// What the driver or the server said, without the texts that may quote values, names or a part of
/// an address.
#[derive(Debug)]
pub(crate) enum MysqlCause {
    /// The server refused, with this number of its list of errors.
    Refused { code: u16, state: String },
    /// The system said so.
    Io(String),
    /// Nothing came for so long.
    Silent(Duration),
    /// TLS was asked for, and the server has none.
    NoTls,
    /// The server wants the user to log in by a plugin that the driver does not have.
    Login(String),
    /// The server and the driver do not understand each other.
    Protocol,
}

impl From<MysqlError> for MysqlCause {
    fn from(error: MysqlError) -> Self {
        match error {
            MysqlError::Server(refusal) => {
                Self::Refused { code: refusal.code, state: refusal.state }
            }
            MysqlError::Io(error) => Self::Io(error.to_string()),
            MysqlError::Driver(DriverError::NoClientSslFlagFromServer) => Self::NoTls,
            MysqlError::Driver(DriverError::UnknownAuthPlugin { name }) => Self::Login(name),
            MysqlError::Driver(DriverError::CleartextPluginDisabled) => {
                Self::Login("mysql_clear_password".to_owned())
            }
            MysqlError::Driver(DriverError::MysqlOldPasswordDisabled) => {
                Self::Login("mysql_old_password".to_owned())
            }
            _ => Self::Protocol,
        }
    }
}

impl fmt::Display for MysqlCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, state } => {
                write!(f, "the server says {code} ({state})")?;
                match code {
                    1045 => {
                        f.write_str(", the user or the password is wrong, or it wants TLS of them")
                    }
                    1040 => f.write_str(", it has too many connections"),
                    _ => Ok(()),
                }
            }
            Self::Io(said) => f.write_str(said),
            Self::Silent(limit) => write!(f, "nothing came for {} s", limit.as_secs()),
            Self::NoTls => f.write_str("the server has no TLS"),
            Self::Login(plugin) => {
                write!(f, "the user is to log in by {plugin}, which is not there: give it another")
            }
            Self::Protocol => f.write_str("the answer is not one that MySQL or MariaDB gives"),
        }
    }
}

impl Error for MysqlCause {}
