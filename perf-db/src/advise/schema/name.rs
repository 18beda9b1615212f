//! Names as they are written in SQL: in quotes only where they need them.

use std::borrow::Cow;
use std::fmt::Write;

use super::{Index, Table};

/// The words that mean something else where a name is expected, in PostgreSQL 13 to 18
/// (`pg_get_keywords`, all but the unreserved).
const KEYWORDS: &str = "\
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit \
    boolean both case cast char character check coalesce collate collation column concurrently \
    constraint create cross current_catalog current_date current_role current_schema \
    current_time current_timestamp current_user dec decimal default deferrable desc distinct do \
    else end except exists extract false fetch float for foreign freeze from full grant greatest \
    group grouping having ilike in initially inner inout int integer intersect interval into is \
    isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query \
    json_scalar json_serialize json_table json_value lateral leading least left like limit \
    localtime localtimestamp merge_action national natural nchar none normalize not notnull null \
    nullif numeric offset on only or order out outer overlaps overlay placing position precision \
    primary real references returning right row select session_user setof similar smallint some \
    substring symmetric system_user table tablesample then time timestamp to trailing treat trim \
    true union unique user using values varchar variadic verbose when where window with \
    xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot \
    xmlserialize xmltable";

/// The name, in quotes where the server would read something else without them.
pub(crate) fn written(name: &str) -> Cow<'_, str> {
    let is_plain = |place: usize, byte: u8| match byte {
        b'a'..=b'z' | b'_' => true,
        b'0'..=b'9' => place > 0,
        _ => false,
    };
    let stands_alone = !name.is_empty()
        && name.bytes().enumerate().all(|(place, byte)| is_plain(place, byte))
        && KEYWORDS.split(' ').all(|keyword| keyword != name);
    match stands_alone {
        true => Cow::Borrowed(name),
        false => Cow::Owned(format!("\"{}\"", name.replace('"', "\"\""))),
    }
}

/// The server cuts longer names (manual, section 4.1.1).
pub(crate) const MAX_NAME_BYTES: usize = 63;

/// The beginning of a name, of at most so many bytes, as the server cuts it: between characters.
pub(crate) fn cut(name: &str, most_bytes: usize) -> &str {
    let ends = name.char_indices().map(|(at, letter)| at + letter.len_utf8());
    &name[..ends.take_while(|&end| end <= most_bytes).last().unwrap_or(0)]
}

impl Table {
    /// Its name in SQL, with the schema: `shop."Order"`.
    pub(crate) fn written(&self) -> String {
        format!("{}.{}", written(&self.schema), written(&self.name))
    }

    /// The name of one of its indexes in SQL.
    pub(crate) fn written_index(&self, index: &Index) -> String {
        format!("{}.{}", written(&self.schema), written(&index.name))
    }

    /// These columns in SQL, with commas between them.
    pub(crate) fn written_columns(&self, numbers: &[i16]) -> String {
        let mut list = String::new();
        for column in numbers.iter().filter_map(|number| self.column(*number)) {
            let comma = if list.is_empty() { "" } else { ", " };
            _ = write!(list, "{comma}{}", written(&column.name));
        }
        list
    }

    /// Its name in keys and reports: `shop.Order`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_would_be_misread_is_quoted() {
        for plain in ["item", "item_2", "_x"] {
            assert_eq!(written(plain), plain);
        }
        for (name, quoted) in [
            ("Order", "\"Order\""),
            ("order", "\"order\""),
            ("2nd", "\"2nd\""),
            ("a b", "\"a b\""),
            ("sa\"id", "\"sa\"\"id\""),
            ("größe", "\"größe\""),
            ("", "\"\""),
        ] {
            assert_eq!(written(name), quoted);
        }
        for keyword in ["all", "select", "xmltable"] {
            assert_eq!(written(keyword), format!("\"{keyword}\""));
        }
    }
}
