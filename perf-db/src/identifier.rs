//! Names of tables and columns, made safe to stand in SQL.

use crate::error::{DbError, Reason};

/// One name in quotes: its case is kept, and nothing in it is read as SQL.
///
/// Always quoted, since which words need it changes with each version of PostgreSQL.
pub(crate) fn quoted(name: &str) -> Result<String, DbError> {
    if name.is_empty() || name.contains('\0') {
        return Err(Reason::Name { name: name.to_owned() }.into());
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// A name that may have a schema in front, as in `shop.product`; each part is quoted.
pub(crate) fn qualified(name: &str) -> Result<String, DbError> {
    let parts: Result<Vec<String>, DbError> = name.split('.').map(quoted).collect();
    Ok(parts?.join("."))
}

/// Names with commas between them, each quoted.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> Result<String, DbError> {
    let names: Result<Vec<String>, DbError> =
        names.iter().map(|name| quoted(name.as_ref())).collect();
    Ok(names?.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_quotes_and_spaces_stays_one_name() {
        assert_eq!(quoted("na\"me; drop").unwrap(), "\"na\"\"me; drop\"");
        assert_eq!(list(&["id", "Group"]).unwrap(), "\"id\", \"Group\"");
    }

    #[test]
    fn a_dot_parts_schema_and_table() {
        assert_eq!(qualified("shop.product").unwrap(), "\"shop\".\"product\"");
    }

    #[test]
    fn an_empty_name_and_a_zero_byte_are_refused() {
        for name in ["", "a\0b", "shop.", ".product"] {
            assert!(qualified(name).is_err(), "{name:?}");
        }
    }
}
