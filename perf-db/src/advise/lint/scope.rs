use std::borrow::Cow;

use sqlparser::ast::{Expr, Ident, ObjectName};

use super::block::{Block, Reading, Relation, Source};
use crate::advise::schema::{Column, Table};

/// A column that a name in a statement surely means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolved<'a> {
    pub(crate) table: &'a Table,
    pub(crate) column: &'a Column,
    /// The block that has the table in its `from`.
    pub(crate) block: usize,
    /// Which of the block's sources it is.
    pub(crate) source: usize,
}

impl Resolved<'_> {
    /// Whether both are columns of the same table in the same `from`.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        (self.block, self.source) == (other.block, other.source)
    }
}

/// A name as the catalog has it.
pub(crate) fn folded(ident: &Ident) -> Cow<'_, str> {
    let is_folded = !ident.value.bytes().any(|byte| byte.is_ascii_uppercase());
    match ident.quote_style.is_some() || is_folded {
        true => Cow::Borrowed(&ident.value),
        false => Cow::Owned(ident.value.to_ascii_lowercase()),
    }
}

/// The schema, where it is said, and the name.
pub(crate) fn parts(name: &ObjectName) -> Option<(Option<Cow<'_, str>>, Cow<'_, str>)> {
    match &*name.0 {
        [name] => Some((None, folded(name.as_ident()?))),
        [schema, name] => Some((Some(folded(schema.as_ident()?)), folded(name.as_ident()?))),
        _ => None,
    }
}

/// An expression without the parentheses around it.
pub(crate) fn bare(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

impl<'a> Reading<'a> {
    /// The column that an expression is, when it is nothing else and surely this one.
    pub(crate) fn column(&self, block: usize, expr: &Expr) -> Option<Resolved<'a>> {
        match bare(expr) {
            Expr::Identifier(name) => self.unqualified(block, &folded(name)),
            Expr::CompoundIdentifier(names) => match &**names {
                [table, column] => self.qualified(block, None, &folded(table), &folded(column)),
                [schema, table, column] => {
                    self.qualified(block, Some(&folded(schema)), &folded(table), &folded(column))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn unqualified(&self, mut block: usize, name: &str) -> Option<Resolved<'a>> {
        loop {
            let here: &Block<'a> = self.blocks.get(block)?;
            let mut found = None;
            for (place, source) in here.sources.iter().enumerate() {
                match source.has(name)? {
                    false => {}
                    // Of two columns of the same name `using` makes one.
                    true if found.is_some() => return None,
                    true => found = Some((place, source)),
                }
            }
            if let Some((place, source)) = found {
                return source.column(name, block, place);
            }
            block = here.parent?;
        }
    }

    fn qualified(
        &self,
        mut block: usize,
        schema: Option<&str>,
        table: &str,
        name: &str,
    ) -> Option<Resolved<'a>> {
        loop {
            let here: &Block<'a> = self.blocks.get(block)?;
            let mut sources = here.sources.iter().enumerate();
            if let Some((place, source)) = sources.find(|(_, source)| source.is(schema, table)) {
                return source.column(name, block, place);
            }
            block = here.parent?;
        }
    }
}

impl<'a> Source<'a> {
    /// Whether a qualified name means it.
    pub(crate) fn is(&self, schema: Option<&str>, name: &str) -> bool {
        match (schema, self.relation) {
            (None, _) => self.name == name,
            (Some(schema), Relation::Table(table)) => {
                !self.is_renamed && table.name == name && table.schema == schema
            }
            (Some(_), _) => false,
        }
    }

    /// Whether it has a column of this name; `None` where its columns are not known.
    fn has(&self, name: &str) -> Option<bool> {
        match self.relation {
            // Each table has columns that the catalog keeps apart, too seldom meant to matter.
            Relation::Table(table) => Some(table.column_named(name).is_some()),
            Relation::Other => {
                let columns = self.columns.as_ref()?;
                Some(columns.iter().any(|column| column == name))
            }
        }
    }

    fn column(&self, name: &str, block: usize, source: usize) -> Option<Resolved<'a>> {
        let Relation::Table(table) = self.relation else { return None };
        Some(Resolved { table, column: table.column_named(name)?, block, source })
    }
}
