//! What the name of an outgoing call says.

/// The parts of `GET suppliers /price/{id}`; a name of another form is an address as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    pub(super) method: &'a str,
    pub(super) address: &'a str,
    /// Empty where it is not known.
    pub(super) template: &'a str,
}

impl<'a> Target<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        let is_method = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase());
        match name.split_once(' ') {
            Some((method, rest)) if !method.is_empty() && is_method(method) => {
                let (address, template) = rest.split_once(' ').unwrap_or((rest, ""));
                Self { method, address, template }
            }
            _ => Self { method: "_OTHER", address: name, template: "" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_usual_form_has_three_parts_and_any_other_is_an_address() {
        let target = |name| {
            let Target { method, address, template } = Target::of(name);
            [method, address, template]
        };
        assert_eq!(target("GET suppliers /price/{id}"), ["GET", "suppliers", "/price/{id}"]);
        assert_eq!(target("POST mail"), ["POST", "mail", ""]);
        assert_eq!(target("the weather"), ["_OTHER", "the weather", ""]);
        assert_eq!(target("_other"), ["_OTHER", "_other", ""]);
        assert_eq!(target(""), ["_OTHER", "", ""]);
    }
}
