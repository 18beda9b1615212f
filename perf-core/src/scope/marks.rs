use super::{Scope, with_current};
use crate::event::Name;

/// More databases than a service has.
const MAX_NAMES: usize = 16;

/// Numbers that only grow, each under a name.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<(Name, u64)>);

impl Marks {
    pub(super) fn get(&self, name: &Name) -> Option<u64> {
        self.0.iter().find(|(known, _)| known == name).map(|&(_, mark)| mark)
    }

    pub(super) fn raise(&mut self, name: &Name, to: u64) {
        if let Some((_, mark)) = self.0.iter_mut().find(|(known, _)| known == name) {
            *mark = to.max(*mark);
        } else if self.0.len() < MAX_NAMES {
            self.0.push((name.clone(), to));
        }
    }
}

/// Marks: what a later step of one scope must know of an earlier one, such as the position in the
/// log of a database up to which it has written.
impl Scope {
    /// The highest number that the current scope was told under this name; `None` outside a scope.
    pub fn current_mark(name: &Name) -> Option<u64> {
        with_current(|scope| scope.mark(name)).flatten()
    }

    /// Remembers the number in the current scope, unless it has a higher one under this name.
    /// Outside a scope nothing is remembered; a scope remembers at most 16 names.
    pub fn raise_current_mark(name: &Name, to: u64) {
        with_current(|scope| scope.raise_mark(name, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_only_grows_and_ends_with_its_scope() {
        let name = Name::new("shop");
        Scope::named("write").run_sync(|| {
            assert_eq!(Scope::current_mark(&name), None);
            Scope::raise_current_mark(&name, 7);
            Scope::raise_current_mark(&name, 3);
            Scope::raise_current_mark(&Name::new("stock"), 9);
            assert_eq!(Scope::current_mark(&name), Some(7));
        });
        Scope::raise_current_mark(&name, 8);
        assert_eq!(Scope::current_mark(&name), None);
        Scope::named("read").run_sync(|| assert_eq!(Scope::current_mark(&name), None));
    }

    #[test]
    fn a_scope_remembers_a_bounded_number_of_names() {
        let mut marks = Marks::default();
        for name in 0..100 {
            marks.raise(&Name::new(name.to_string()), 1);
        }
        assert_eq!(marks.0.len(), MAX_NAMES);
        marks.raise(&Name::new("0"), 2);
        assert_eq!(marks.get(&Name::new("0")), Some(2));
    }
}
