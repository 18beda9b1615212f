use perf_core::time::Duration;
use serde_json::Value as Json;

use super::detail::parsed;
use super::field;
use super::json::Value;
use crate::advise::plan::buffers::Buffers;
use crate::advise::plan::summary::{Jit, Summary, Trigger};

/// Puts what stands under this name beside the plan into the summary.
pub(super) fn take(summary: &mut Summary, key: &str, value: Value<'_>) {
    match key {
        "Planning Time" => summary.planning_time = field::millis(&value),
        "Execution Time" => summary.execution_time = field::millis(&value),
        "Query Identifier" => summary.query_id = query_id(&value),
        "Planning" => summary.planning_buffers = parsed(&value).as_ref().map(buffers),
        "JIT" => summary.jit = parsed(&value).as_ref().map(jit),
        "Triggers" => {
            if let Some(Json::Array(all)) = parsed(&value) {
                summary.triggers = all.iter().map(trigger).collect();
            }
        }
        "Settings" => {
            if let Some(Json::Object(all)) = parsed(&value) {
                summary.tells_settings = true;
                let text = |value: &Json| value.as_str().map_or(value.to_string(), str::to_owned);
                summary.settings =
                    all.iter().map(|(key, value)| (key.clone(), text(value))).collect();
            }
        }
        "Serialization" => {
            summary.serialization_time =
                parsed(&value).and_then(|serialization| millis(&serialization["Time"]));
        }
        _ => (),
    }
}

fn query_id(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Number(text) => text.parse().ok(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn buffers(planning: &Json) -> Box<Buffers> {
    let mut buffers = Box::<Buffers>::default();
    for (key, value) in planning.as_object().into_iter().flatten() {
        if field::buffers_have(key) {
            field::take_pages(&mut buffers, key, &Value::Number(&value.to_string()));
        }
    }
    buffers
}

fn jit(jit: &Json) -> Jit {
    let timing = &jit["Timing"];
    Jit {
        functions: jit["Functions"].as_u64().unwrap_or(0),
        time: millis(&timing["Total"]),
        inlining: millis(&timing["Inlining"]),
        optimization: millis(&timing["Optimization"]),
    }
}

fn trigger(trigger: &Json) -> Trigger {
    let text = |name: &str| trigger[name].as_str().map(str::to_owned);
    Trigger {
        name: text("Trigger Name").unwrap_or_default(),
        constraint: text("Constraint Name"),
        relation: text("Relation"),
        time: millis(&trigger["Time"]),
        calls: trigger["Calls"].as_f64().unwrap_or(0.0),
    }
}

fn millis(value: &Json) -> Option<Duration> {
    value.as_f64().map(|ms| Duration::try_from_secs_f64(ms.max(0.0) / 1e3).unwrap_or_default())
}
