use std::fmt;

use perf_core::time::Duration;

/// What a setting comes to, its unit taken in.
///
/// ```
/// use perf_db::advise::settings::Quantity;
///
/// assert_eq!(Quantity::parse("16384", Some("8kB")), Some(Quantity::Bytes(128 << 20)));
/// assert_eq!(Quantity::parse("1.5GB", Some("8kB")), Quantity::parse("1536MB", None));
/// assert_eq!(Quantity::parse("-1", Some("ms")), Some(Quantity::Number(-1.0)));
/// assert_eq!(Quantity::Bytes(3 << 29).to_string(), "1536MB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// An amount of memory or disk.
    Bytes(u64),
    /// A time, to the microsecond.
    Time(Duration),
    /// A number without a unit; also -1, which means "off" or "as another setting", whatever the
    /// unit.
    Number(f64),
}

/// No number with its unit is longer; what is, is no number.
const MAX_TEXT_BYTES: usize = 64;

/// PostgreSQL manual, 20.1.1: the case counts, and a kilobyte is 1,024 bytes.
const BYTES: [(&str, u64); 5] =
    [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("B", 1)];

const MICROSECONDS: [(&str, u64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

impl Quantity {
    /// Reads a value as `postgresql.conf` or `pg_settings` has it. `unit` is that of the setting, as
    /// `8kB`, and counts where the text has none of its own.
    ///
    /// `None` for what is no number or too large, and for an integer that begins with 0, which is
    /// octal for some settings and not for others.
    pub fn parse(text: &str, unit: Option<&str>) -> Option<Self> {
        let (number, own_unit) = Amount::split(text)?;
        let unit = match own_unit {
            "" => unit.unwrap_or_default().trim(),
            own => own,
        };
        if unit.is_empty() || number.is_negative() {
            // "-1MB" is refused by PostgreSQL too, as none of its settings goes below zero but by -1.
            let is_plain = own_unit.is_empty();
            return is_plain.then(|| number.to_f64()).filter(|n| n.is_finite()).map(Self::Number);
        }
        // The setting's own unit may be several of one: `8kB`, `16MB`.
        let digits = unit.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = unit.split_at(digits);
        let count = if count.is_empty() { 1 } else { count.parse::<u64>().ok()? };
        let scale = |units: &[(&str, u64)]| {
            units
                .iter()
                .find(|(name, _)| *name == unit)
                .and_then(|(_, one)| count.checked_mul(*one))
        };
        match scale(&BYTES) {
            Some(one) => number.times(one).map(Self::Bytes),
            None => scale(&MICROSECONDS)
                .and_then(|one| number.times(one))
                .map(|microseconds| Self::Time(Duration::from_micros(microseconds))),
        }
    }

    pub(super) fn bytes(self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            // 0 and -1 have no unit that matters.
            _ => None,
        }
    }
}

/// As `postgresql.conf` takes it: `4GB`, `30s`, `1.1`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = |f: &mut fmt::Formatter<'_>, count: u64, units: &[(&str, u64)]| {
            let whole = |(_, one): &&(&str, u64)| count.is_multiple_of(*one) && count > 0;
            match units.iter().find(whole) {
                Some((name, one)) => write!(f, "{}{name}", count / one),
                None => f.write_str("0"),
            }
        };
        match self {
            Self::Bytes(bytes) => largest(f, *bytes, &BYTES),
            Self::Time(time) => {
                let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
                largest(f, microseconds, &MICROSECONDS)
            }
            // Short also where the exponent is large.
            Self::Number(number) => {
                let text = format!("{number:?}");
                f.write_str(text.strip_suffix(".0").unwrap_or(&text))
            }
        }
    }
}

/// A number as written, exact where it is a whole one.
enum Amount {
    Whole { value: u64, negative: bool },
    Fraction(f64),
}

impl Amount {
    /// The number at the beginning and the unit after it.
    fn split(text: &str) -> Option<(Self, &str)> {
        let text = text.trim_ascii();
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let sign = text.len() - unsigned.len();
        let digits = |from: usize| {
            unsigned.bytes().skip(from).take_while(|byte| byte.is_ascii_digit()).count()
        };
        let whole = digits(0);
        let mut end = whole;
        if unsigned[end..].starts_with('.') {
            end += 1 + digits(end + 1);
        }
        if unsigned[end..].starts_with(['e', 'E']) {
            let signed = usize::from(unsigned[end + 1..].starts_with(['-', '+']));
            let exponent = digits(end + 1 + signed);
            if exponent > 0 {
                end += 1 + signed + exponent;
            }
        }
        let negative = text.starts_with('-');
        let number = if end > whole {
            Self::Fraction(text[..sign + end].parse().ok()?)
        } else if whole > 1 && unsigned.starts_with('0') {
            return None;
        } else {
            Self::Whole { value: unsigned[..whole].parse().ok()?, negative }
        };
        Some((number, unsigned[end..].trim_ascii_start()))
    }

    fn is_negative(&self) -> bool {
        match self {
            Self::Whole { value, negative } => *negative && *value > 0,
            Self::Fraction(number) => *number < 0.0,
        }
    }

    fn to_f64(&self) -> f64 {
        match self {
            Self::Whole { value, negative: true } => -(*value as f64),
            Self::Whole { value, negative: false } => *value as f64,
            Self::Fraction(number) => *number,
        }
    }

    /// So often one, to the nearest whole.
    fn times(&self, one: u64) -> Option<u64> {
        match self {
            Self::Whole { value, .. } => value.checked_mul(one),
            Self::Fraction(number) => {
                let product = (number * one as f64).round();
                // `as` would cut what is too large down to the largest.
                (0.0..u64::MAX as f64).contains(&product).then_some(product as u64)
            }
        }
    }
}
