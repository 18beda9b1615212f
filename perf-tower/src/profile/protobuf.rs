//! The protobuf of pprof, as far as a profile fills it (google/pprof, `proto/profile.proto`).

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::result::Data;

#[derive(Clone, PartialEq, Message)]
struct Proto {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

/// Index 0 is the empty string, as the format asks.
struct Strings {
    table: Vec<String>,
    numbers: HashMap<String, i64>,
}

impl Strings {
    fn number(&mut self, text: &str) -> i64 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.table.len() as i64;
        self.table.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

pub(super) fn gzipped(data: &Data) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector does not fail.
    _ = gzip.write_all(&proto(data).encode_to_vec());
    gzip.finish().unwrap_or_default()
}

fn proto(data: &Data) -> Proto {
    let mut strings =
        Strings { table: vec![String::new()], numbers: HashMap::from([(String::new(), 0)]) };
    let mut value_type =
        |kind, unit| ValueType { kind: strings.number(kind), unit: strings.number(unit) };
    let sample_type = vec![value_type("samples", "count"), value_type("cpu", "nanoseconds")];
    let period_type = value_type("cpu", "nanoseconds");
    let period = 1_000_000_000 / i64::from(data.about.hz.max(1));

    let numbered = || data.functions.iter().zip(1_u64..);
    let function = numbered().map(|(named, id)| {
        let name = strings.number(&named.name);
        let filename = strings.number(named.file.as_deref().unwrap_or_default());
        Function { id, name, system_name: name, filename }
    });
    let function = function.collect();
    let line = |id| vec![Line { function_id: id }];
    let location = numbered().map(|(_, id)| Location { id, line: line(id) }).collect();
    let sample = data.stacks.iter().map(|stack| Sample {
        // The leaf comes first.
        location_id: stack.frames.iter().rev().map(|&frame| u64::from(frame) + 1).collect(),
        value: vec![stack.count as i64, (stack.count as i64).saturating_mul(period)],
    });
    let headline = data.headline();
    let notes = std::iter::once(&headline).chain(&data.about.notes);
    let comment = notes.map(|note| strings.number(note)).collect();
    Proto {
        sample_type,
        sample: sample.collect(),
        location,
        function,
        time_nanos: (data.about.started_unix_millis as i64).saturating_mul(1_000_000),
        duration_nanos: (data.about.seconds * 1e9) as i64,
        period_type: Some(period_type),
        period,
        comment,
        string_table: strings.table,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::profile::fold::tests::profile_of_shop;

    #[test]
    fn a_reader_finds_stacks_counts_and_notes() {
        let data = profile_of_shop();
        let mut bytes = Vec::new();
        let gzipped = gzipped(&data);
        flate2::read::GzDecoder::new(&*gzipped).read_to_end(&mut bytes).expect("gzip");
        let read = Proto::decode(&*bytes).expect("protobuf");

        assert_eq!(read.string_table[0], "");
        let text = |number: i64| read.string_table[number as usize].as_str();
        let name = |location: u64| {
            let function = read.location[location as usize - 1].line[0].function_id;
            text(read.function[function as usize - 1].name)
        };
        let samples = read.sample.iter().map(|sample| {
            let names: Vec<_> = sample.location_id.iter().rev().map(|&at| name(at)).collect();
            format!("{} {:?}", names.join(";"), sample.value)
        });
        assert_eq!(
            samples.collect::<Vec<_>>(),
            [
                "GET /orders;shop::orders [1, 10000000]",
                "GET /orders;shop::orders;shop::sum [3, 30000000]",
            ]
        );
        let kinds = read.sample_type.iter().map(|kind| (text(kind.kind), text(kind.unit)));
        assert!(kinds.eq([("samples", "count"), ("cpu", "nanoseconds")]));
        let comments: Vec<_> = read.comment.iter().map(|&note| text(note)).collect();
        assert!(comments[1].starts_with("Only 4 samples"), "{comments:?}");
    }
}
