//! A value of a setting, and the unit that it is in.
#![no_main]

use perf_db::advise::settings::Quantity;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (value, unit) = text.split_once('\0').unwrap_or((text, ""));
    let unit = Some(unit).filter(|unit| !unit.is_empty());
    let Some(quantity) = Quantity::parse(value, unit) else { return };
    // Zero is written without a unit, which is then that of the setting.
    let unit = match quantity {
        Quantity::Bytes(_) => Some("kB"),
        Quantity::Time(_) => Some("ms"),
        _ => None,
    };
    let written = quantity.to_string();
    assert_eq!(Quantity::parse(&written, unit), Some(quantity), "{written}");
});
