use std::fmt;

use super::Key;
use super::escape::Escaped;

/// An argument of a cached function on its way into a key. Numbers and texts have inherent methods, which
/// come before [`PlainPart`]'s: what `Display` does for a number costs half of what its look-up does.
#[derive(Debug)]
pub struct Part<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Part<'a, T> {
    /// What is to be appended.
    #[inline]
    pub const fn new(argument: &'a T) -> Self {
        Self(argument)
    }
}

/// For every type that is shown by its `Display`.
pub trait PlainPart {
    /// Appends what `Display` writes, escaped.
    fn append_to(self, key: &mut Key);
}

impl<T: fmt::Display + ?Sized> PlainPart for Part<'_, T> {
    fn append_to(self, key: &mut Key) {
        key.part(format_args!("{}", self.0));
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Part<'_, $number> {
            /// Appends the number.
            #[inline]
            pub fn append_to(self, key: &mut Key) {
                if i128::from(*self.0) < 0 {
                    key.literal("-");
                }
                key.digits(u64::from(self.0.abs_diff(0)));
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 i8 i16 i32 i64);

macro_rules! texts {
    ($($text:ty)*) => {$(
        impl Part<'_, $text> {
            /// Appends the text, escaped.
            #[inline]
            pub fn append_to(self, key: &mut Key) {
                Escaped(key).text(self.0);
            }
        }
    )*};
}

texts!(str &str String &String);

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! both_ways {
        ($($value:expr),*) => {$({
            let (value, mut one, mut other) = ($value, Key::new(), Key::new());
            Part::new(&value).append_to(&mut one);
            PlainPart::append_to(Part::new(&value), &mut other);
            assert_eq!(&*one, &*other);
            assert_eq!(&*one, &*super::super::escape(&value.to_string()));
        })*};
    }

    #[test]
    fn numbers_and_texts_are_written_as_display_writes_them() {
        both_ways!(0_u8, u8::MAX, u16::MAX, u32::MAX, u64::MAX, 10_u64, 9_u64, 1_234_567_890_u64);
        both_ways!(0_i8, i8::MIN, i8::MAX, i16::MIN, i32::MIN, i64::MIN, i64::MAX, -1_i64);
        both_ways!("", "plain", "50% *", "a:b", "é", String::from("x y"), &String::from("{}"));
        both_ways!(
            "x".repeat(119),
            "x".repeat(120),
            "x".repeat(121),
            'c',
            true,
            1.5_f64,
            u128::MAX
        );
    }

    #[test]
    fn a_number_that_does_not_fit_on_the_stack_is_written_whole() {
        for length in 95..125 {
            let mut key = Key::new();
            key.literal(&"x".repeat(length));
            Part::new(&u64::MAX).append_to(&mut key);
            assert_eq!(&*key, format!("{}{}", "x".repeat(length), u64::MAX));
        }
    }
}
