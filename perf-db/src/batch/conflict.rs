use super::insert::InsertMany;

/// What happens to a row whose key is in the table already is still to be said.
#[derive(Clone, Debug)]
#[must_use = "say what is done on a conflict"]
pub struct OnConflict {
    pub(super) insert: InsertMany,
    pub(super) columns: Vec<String>,
}

impl OnConflict {
    /// Leaves the row of the table as it is.
    pub fn do_nothing(self) -> InsertMany {
        self.with(Action::Nothing)
    }

    /// Gives the row of the table the new values of these columns, which must be among those of the
    /// batch.
    pub fn do_update<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> InsertMany {
        let columns = columns.into_iter().map(Into::into).collect();
        self.with(Action::Update(columns))
    }

    fn with(self, action: Action) -> InsertMany {
        let conflict = Some(Conflict { columns: self.columns, action });
        InsertMany { conflict, ..self.insert }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Conflict {
    pub(super) columns: Vec<String>,
    pub(super) action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Nothing,
    Update(Vec<String>),
}
