//! A parser of OpenMetrics 1.0 that takes nothing which the specification does not allow.

use std::collections::{BTreeMap, BTreeSet};

type Labels = Vec<(String, String)>;

struct Sample {
    name: String,
    labels: Labels,
    value: f64,
    exemplar: Option<(Labels, f64)>,
}

#[derive(Default)]
struct Family {
    name: String,
    kind: String,
    samples: Vec<Sample>,
}

/// All labels of a valid page; what is wrong with another one.
pub(crate) fn check(page: &str) -> Result<BTreeSet<(String, String)>, String> {
    let families = families(page)?;
    let mut names = BTreeSet::new();
    for family in &families {
        if !names.insert(&family.name) {
            return Err(format!("{} is there twice", family.name));
        }
        check_family(family)?;
    }
    let samples = families.into_iter().flat_map(|family| family.samples);
    Ok(samples.flat_map(|sample| sample.labels).collect())
}

/// Every sample of a valid page, by its name and labels.
pub(crate) fn samples(page: &str) -> Result<BTreeMap<String, f64>, String> {
    check(page)?;
    let samples = families(page)?.into_iter().flat_map(|family| family.samples);
    Ok(samples.map(|s| (format!("{} {:?}", s.name, s.labels), s.value)).collect())
}

fn families(page: &str) -> Result<Vec<Family>, String> {
    let body = page.strip_suffix("# EOF\n").ok_or("no # EOF at the end")?;
    let mut families: Vec<Family> = Vec::new();
    for line in body.split_terminator('\n') {
        let wrong = |why: &str| format!("{why}: {line}");
        if let Some(metadata) = line.strip_prefix("# ") {
            let mut words = metadata.splitn(3, ' ');
            let (what, name) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let text = words.next().ok_or_else(|| wrong("no text"))?;
            if !is_name(name) {
                return Err(wrong("no name"));
            }
            if families.last().is_none_or(|family| family.name != name) {
                families.push(Family { name: name.to_owned(), ..Family::default() });
            }
            let family = families.last_mut().ok_or("no family")?;
            match what {
                _ if !family.samples.is_empty() => return Err(wrong("metadata after samples")),
                "TYPE" if family.kind.is_empty() => family.kind = text.to_owned(),
                "HELP" => {}
                "UNIT" if name.ends_with(&format!("_{text}")) => {}
                _ => return Err(wrong("unknown or repeated")),
            }
        } else {
            let sample = sample(line).ok_or_else(|| wrong("no sample"))?;
            let family = families.last_mut().ok_or_else(|| wrong("no family"))?;
            family.samples.push(sample);
        }
    }
    Ok(families)
}

fn check_family(family: &Family) -> Result<(), String> {
    let Family { name, kind, samples } = family;
    let suffixes: &[&str] = match &**kind {
        "counter" => &["_total"],
        "gauge" => &[""],
        "info" => &["_info"],
        "histogram" => &["_bucket", "_sum", "_count"],
        other => return Err(format!("{name} is a {other:?}")),
    };
    let mut seen = BTreeSet::new();
    for sample in samples {
        let suffix = sample.name.strip_prefix(&**name).unwrap_or("?");
        if !suffixes.contains(&suffix) {
            return Err(format!("{} in the {kind} {name}", sample.name));
        }
        let names: BTreeSet<&String> = sample.labels.iter().map(|(name, _)| name).collect();
        if names.len() < sample.labels.len() || !seen.insert((suffix, &sample.labels)) {
            return Err(format!("{} {:?} is there twice", sample.name, sample.labels));
        }
        if *kind == "counter" && sample.value < 0.0 || *kind == "info" && sample.value != 1.0 {
            return Err(format!("{} is {}", sample.name, sample.value));
        }
        if sample.exemplar.is_some() && suffix != "_bucket" {
            return Err(format!("{} has an exemplar", sample.name));
        }
    }
    if kind == "histogram" { check_histogram(name, samples) } else { Ok(()) }
}

/// Buckets, sum and count of one set of labels after the other.
fn check_histogram(name: &str, samples: &[Sample]) -> Result<(), String> {
    let mut rest = samples.iter().peekable();
    while let Some(first) = rest.peek() {
        let labels = without_le(&first.labels).0;
        let wrong = |why: &str| Err(format!("{why}: {name} {labels:?}"));
        let (mut bound, mut count) = (f64::NEG_INFINITY, 0.0);
        while let Some(bucket) = rest.next_if(|sample| sample.name.ends_with("_bucket")) {
            let (own, le) = without_le(&bucket.labels);
            let Some(le) = le else { return wrong("no le") };
            if own != labels || le <= bound || bucket.value < count {
                return wrong("buckets in disorder");
            }
            if let Some((exemplar, value)) = &bucket.exemplar {
                let length: usize =
                    exemplar.iter().map(|(n, v)| n.chars().count() + v.chars().count()).sum();
                if *value <= bound || *value > le || length > 128 || bucket.value == count {
                    return wrong("an exemplar of another bucket");
                }
            }
            (bound, count) = (le, bucket.value);
        }
        let (sum, total) = (rest.next(), rest.next());
        let (Some(sum), Some(total)) = (sum, total) else { return wrong("no sum or count") };
        let is = |sample: &Sample, suffix: &str| {
            sample.name.ends_with(suffix) && without_le(&sample.labels) == (labels.clone(), None)
        };
        if !is(sum, "_sum") || !is(total, "_count") || sum.value < 0.0 {
            return wrong("no sum or count");
        }
        if bound != f64::INFINITY || count != total.value {
            return wrong("the last bucket is not the count");
        }
    }
    Ok(())
}

fn without_le(labels: &Labels) -> (Labels, Option<f64>) {
    let le = labels.iter().find(|(name, _)| name == "le");
    let others = labels.iter().filter(|(name, _)| name != "le").cloned().collect();
    (others, le.and_then(|(_, le)| number(le)))
}

/// `name{labels} value` and, where there is one, ` # {labels} value timestamp`.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(|c: char| !is_name_part(c))?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = labels(rest)?;
    let rest = rest.strip_prefix(' ')?;
    let (value, exemplar) = match rest.split_once(" # ") {
        None => (rest, None),
        Some((value, exemplar)) => {
            let (labels, rest) = self::labels(exemplar)?;
            let (value_of_it, timestamp) = rest.strip_prefix(' ')?.split_once(' ')?;
            number(timestamp)?;
            (value, Some((labels, number(value_of_it)?)))
        }
    };
    is_name(name).then_some(())?;
    Some(Sample { name: name.to_owned(), labels, value: number(value)?, exemplar })
}

fn labels(text: &str) -> Option<(Labels, &str)> {
    let Some(mut rest) = text.strip_prefix('{') else { return Some((Labels::new(), text)) };
    let mut labels = Labels::new();
    loop {
        let (name, after) = rest.split_once("=\"")?;
        is_name(name).then_some(())?;
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next()? {
                (end, '"') => break end,
                (_, '\\') => value.push(match characters.next()?.1 {
                    'n' => '\n',
                    quoted @ ('\\' | '"') => quoted,
                    _ => return None,
                }),
                (_, other) => value.push(other),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((labels, rest.strip_prefix('}')?)),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    let is_plain = |c: char| c.is_ascii_digit() || c == '.';
    match text {
        "+Inf" => Some(f64::INFINITY),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(is_plain) => {
            text.parse().ok()
        }
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    name.chars().all(is_name_part) && name.starts_with(|c: char| !c.is_ascii_digit())
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
