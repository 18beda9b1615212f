use std::fmt;
use std::str::FromStr;

use crate::time;

/// A day of the calendar.
///
/// ```
/// use perf_core::finding::suppress::Date;
///
/// let day: Date = "2028-02-29".parse().map_err(|_| "a day")?;
/// assert_eq!(day.to_string(), "2028-02-29");
/// assert!(day < Date::new(2028, 3, 1).ok_or("a day")?);
/// assert_eq!(Date::new(2027, 2, 29), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    // The order of the fields is that of the calendar.
    year: u16,
    month: u8,
    day: u8,
}

const MILLIS_PER_DAY: u64 = 24 * 3_600 * 1_000;

impl Date {
    /// This day; `None` when there is none. Years have at most four digits.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = year <= 9_999 && day >= 1 && day <= days(year, month);
        exists.then_some(Self { year, month, day })
    }

    /// The day that it is now, in UTC.
    pub fn today() -> Self {
        Self::of_unix_days(time::unix_millis() / MILLIS_PER_DAY)
    }

    /// The day that is so many days after 1970-01-01.
    fn of_unix_days(mut days_left: u64) -> Self {
        // Four centuries are 146,097 days, whichever they are.
        let centuries = days_left / 146_097;
        days_left %= 146_097;
        let mut year = u16::try_from(1_970 + 400 * centuries.min(20)).unwrap_or(9_970);
        while days_left >= days_of_year(year) {
            days_left -= days_of_year(year);
            year += 1;
        }
        let mut month = 1;
        while days_left >= u64::from(days(year, month)) {
            days_left -= u64::from(days(year, month));
            month += 1;
        }
        Self { year, month, day: u8::try_from(days_left + 1).unwrap_or(1) }
    }
}

fn days_of_year(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// As `2027-03-01` (RFC 3339, `full-date`).
impl FromStr for Date {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(NoDate);
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u16, |sum, digit| match digit {
                b'0'..=b'9' => Some(sum * 10 + u16::from(digit - b'0')),
                _ => None,
            })
        };
        let year = number(&[*y1, *y2, *y3, *y4]).ok_or(NoDate)?;
        let month = number(&[*m1, *m2]).ok_or(NoDate)?;
        let day = number(&[*d1, *d2]).ok_or(NoDate)?;
        Self::new(year, month as u8, day as u8).ok_or(NoDate)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A text that is no [`Date`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoDate;

impl fmt::Display for NoDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a day of the calendar: write it as 2027-03-01")
    }
}

impl std::error::Error for NoDate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_since_1970_are_those_of_the_calendar() {
        let of = |days| Date::of_unix_days(days).to_string();
        assert_eq!(of(0), "1970-01-01");
        assert_eq!(of(58), "1970-02-28");
        assert_eq!(of(59), "1970-03-01");
        assert_eq!(of(11_016), "2000-02-29");
        assert_eq!(of(19_782), "2024-02-29");
        assert_eq!(of(20_454), "2026-01-01");
        assert_eq!(of(47_540), "2100-02-28");
        assert_eq!(of(47_541), "2100-03-01");
        assert_eq!(of(146_097), "2370-01-01");
    }

    #[test]
    fn each_day_has_one_text_and_follows_the_day_before() {
        let mut before = Date::of_unix_days(0);
        for day in 1..150_000 {
            let date = Date::of_unix_days(day);
            assert!(before < date, "{before} < {date}");
            assert_eq!(date.to_string().parse(), Ok(date));
            before = date;
        }
        // As far as a clock can be off.
        assert!(Date::of_unix_days(u64::MAX / MILLIS_PER_DAY) > before);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2027-3-1",
            "2027-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-01-00",
            "2027-04-31",
            "27-03-01",
            "2027/03/01",
            "2027-03-01T00:00",
            "+027-03-01",
            "２０２７-03-01",
            "tomorrow",
            "2027-03-0\u{661}",
        ] {
            assert_eq!(text.parse::<Date>(), Err(NoDate), "{text}");
        }
    }
}
