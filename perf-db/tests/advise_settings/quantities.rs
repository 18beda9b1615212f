//! Values with units, as a server writes and takes them.

use std::time::Duration;

use perf_db::advise::settings::Quantity::{self, Bytes, Number, Time};

#[test]
fn a_value_counts_in_the_unit_of_its_setting_or_its_own() {
    let ms = |ms| Time(Duration::from_millis(ms));
    for (text, unit, value) in [
        ("16384", Some("8kB"), Bytes(128 << 20)),
        ("4096", Some("kB"), Bytes(4 << 20)),
        ("1024", Some("MB"), Bytes(1 << 30)),
        ("16777216", Some("B"), Bytes(16 << 20)),
        ("4", Some("16MB"), Bytes(64 << 20)),
        ("200", Some("ms"), ms(200)),
        ("300", Some("s"), ms(300_000)),
        ("5", Some("min"), ms(300_000)),
        ("1.5GB", None, Bytes(3 << 29)),
        (" 4 MB ", Some("8kB"), Bytes(4 << 20)),
        ("2TB", None, Bytes(2 << 40)),
        ("0.5s", None, ms(500)),
        ("1h", Some("ms"), ms(3_600_000)),
        ("1d", None, ms(86_400_000)),
        ("50us", None, Time(Duration::from_micros(50))),
        ("0", Some("ms"), ms(0)),
        ("-1", Some("8kB"), Number(-1.0)),
        ("-1", Some("ms"), Number(-1.0)),
        ("0.9", None, Number(0.9)),
        ("1e5", None, Number(100_000.0)),
        (".5", None, Number(0.5)),
        ("100", None, Number(100.0)),
    ] {
        assert_eq!(Quantity::parse(text, unit), Some(value), "{text:?} in {unit:?}");
    }
}

#[test]
fn what_is_no_number_is_none() {
    for text in [
        "",
        " ",
        "-",
        "+",
        ".",
        "e5",
        "on",
        "lz4",
        "4 XB",
        "4kb",
        "4mb",
        "4MB x",
        "MB",
        "0x10",
        "010",
        "1e999",
        "nan",
        "inf",
        "-inf",
        "-1MB",
        "99999999999999999999",
        "18446744073709551615kB",
        "1e30TB",
        "4\u{a0}MB",
        "４MB",
        "1_000",
        "--1",
        "1.2.3",
    ] {
        assert_eq!(Quantity::parse(text, None), None, "{text:?}");
    }
    assert_eq!(Quantity::parse(&"9".repeat(100_000), None), None);
    assert_eq!(Quantity::parse("1", Some("99999999999999999999kB")), None);
    assert_eq!(Quantity::parse("1", Some("parsecs")), None);
}

#[test]
fn what_is_written_is_read_again() {
    for value in [
        Bytes(0),
        Bytes(1),
        Bytes(u64::MAX),
        Bytes(13_797 << 10),
        Bytes(4 << 30),
        Time(Duration::ZERO),
        Time(Duration::from_micros(1_500)),
        Time(Duration::from_secs(7_200)),
        Number(1e300),
        Number(-1.0),
        Number(0.1),
    ] {
        // Zero has no unit of its own.
        let unit = match value {
            Bytes(_) => Some("kB"),
            Time(_) => Some("ms"),
            _ => None,
        };
        assert_eq!(Quantity::parse(&value.to_string(), unit), Some(value), "{value}");
    }
}
