//! The profile of the whole process, the live table, and what is kept.

mod profile_support;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use axum::Router;
use http::StatusCode;
use perf_tower::Authorize;
use perf_tower::profile::{Node, Profile, ProfileError, ProfileService, Profiler};
use profile_support::{Client, burn, exclusively, folded, serve};

/// Keeps one thread named `miller` busy, until it is dropped.
struct Miller;

static MILLS: AtomicBool = AtomicBool::new(false);

/// Uses the result, so that the call is not turned into a jump.
#[inline(never)]
fn mill() {
    black_box(burn(Duration::from_millis(5)));
}

impl Miller {
    fn start() -> Self {
        MILLS.store(true, Ordering::SeqCst);
        let work = || {
            while MILLS.load(Ordering::SeqCst) {
                mill();
            }
        };
        thread::Builder::new().name("miller".to_owned()).spawn(work).expect("a thread");
        Self
    }
}

impl Drop for Miller {
    fn drop(&mut self) {
        MILLS.store(false, Ordering::SeqCst);
    }
}

fn profiler() -> Profiler {
    Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO)
}

async fn client(profiler: &Profiler) -> Client {
    let app = Router::new().nest_service("/perf", ProfileService::new(profiler));
    Client::of(serve(app).await).bearer("t")
}

async fn recorded(profiler: &Profiler) -> Profile {
    profiler.record(Duration::from_secs(1), 99).await.expect("a profile")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_profile_has_the_same_samples() {
    let _one = exclusively().await;
    let _miller = Miller::start();
    let profile = recorded(&profiler()).await;
    let samples = profile.samples();
    assert!(samples > 10, "{profile:?}");

    let stacks = folded(&profile.collapsed());
    assert_eq!(stacks.iter().map(|(_, count)| count).sum::<u64>(), samples);
    let miller: Vec<_> = stacks.iter().filter(|(s, _)| s.starts_with("miller;")).collect();
    assert!(miller.iter().any(|(s, _)| s.contains("profile_process::mill;")), "{stacks:?}");

    let tree = profile.tree();
    assert_eq!((tree.name.as_str(), tree.value), ("process", samples));
    assert!(is_whole(&tree), "{tree:?}");

    let top = profile.top(usize::MAX);
    assert_eq!(top.iter().map(|hot| hot.self_samples).sum::<u64>(), samples);
    assert!(top.is_sorted_by(|a, b| a.self_samples >= b.self_samples));
    let mill = top.iter().find(|hot| hot.function == "profile_process::mill").expect("mill");
    assert!(mill.total_samples * 2 > samples && mill.total_share <= 1.0, "{mill:?}");

    let svg = profile.svg();
    assert!(svg.contains("profile_process::mill") && svg.contains("<title>all ("));
    assert!(!svg.contains("http://") || !svg.contains("href=\"http"), "no external script");
    let pprof = profile.pprof();
    assert_eq!(pprof[..2], [0x1f, 0x8b]);
}

fn is_whole(node: &Node) -> bool {
    let children: u64 = node.children.iter().map(|child| child.value).sum();
    children <= node.value && node.children.iter().all(is_whole)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_records_for_as_long_as_it_was_asked_to() {
    let _one = exclusively().await;
    let _miller = Miller::start();
    let profiler = profiler();
    let client = client(&profiler).await;
    let started = std::time::Instant::now();
    let answer = client.get("/perf/profile?seconds=1.5&hz=50&format=json").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(started.elapsed() >= Duration::from_millis(1_500));
    let profile: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((&profile["what"], &profile["hz"]), (&"process".into(), &50.into()));
    assert!((1.4..4.0).contains(&profile["seconds"].as_f64().expect("a number")), "{profile}");
    assert_eq!(profile["tree"]["value"], profile["samples"]);
    assert!(profile["cpu_seconds"].as_f64() > Some(0.1), "{profile}");

    let list = client.get("/perf/profiles.json").await;
    let list: serde_json::Value = serde_json::from_slice(&list.body).expect("JSON");
    assert_eq!((&list["running"], &list["profiles"][0]["id"]), (&().into(), &profile["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_table_is_shared_by_all_who_look_at_it() {
    let _one = exclusively().await;
    let _miller = Miller::start();
    let profiler = Profiler::new(Authorize::bearer("t"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let client = client(&profiler).await;
    let look = || client.get("/perf/top.json?window=1&limit=3");
    let answers = futures_util::future::join_all([look(), look(), look()]).await;
    let ids = answers.iter().map(|answer| {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let top: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(top["functions"].as_array().map(Vec::len), Some(3), "{top}");
        assert!(top["functions"][0]["self_share"].as_f64() > Some(0.0), "{top}");
        top["id"].to_string()
    });
    let ids: std::collections::HashSet<_> = ids.collect();
    assert_eq!(ids.len(), 1);
    assert!(profiler.all_kept().is_empty(), "a live table is not kept");
    let hot = profiler.top(Duration::from_millis(50)).await;
    assert!(matches!(hot, Err(ProfileError::OutOfRange { name: "window", .. })), "{hot:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_comes_after_the_end_does_not_end_the_process() {
    let _one = exclusively().await;
    profiler().record(Duration::from_millis(50), 99).await.expect("a profile");
    let id = std::process::id().to_string();
    let sent = std::process::Command::new("kill").args(["-PROF", &id]).status();
    assert!(sent.expect("kill(1) of util-linux or procps").success());
    profiler().record(Duration::from_millis(50), 99).await.expect("another one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_table_gives_way_to_every_other_profile() {
    let _one = exclusively().await;
    let _miller = Miller::start();
    let profiler = profiler();
    // The first profile of a process takes its time to start.
    profiler.record(Duration::from_millis(20), 99).await.expect("a profile");
    let table = tokio::spawn({
        let profiler = profiler.clone();
        async move { profiler.top(Duration::from_secs(10)).await }
    });
    while profiler.status().is_none_or(|running| running.elapsed < Duration::from_millis(300)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = std::time::Instant::now();
    let profile = profiler.record(Duration::from_millis(100), 99).await;
    assert!(profile.is_ok(), "{profile:?}");
    assert!(started.elapsed() < Duration::from_secs(8), "it did not wait for the table's end");
    let table = table.await.expect("no panic").expect("what was seen until then");
    assert!(!table.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_last_results_are_kept() {
    let _one = exclusively().await;
    let short = Duration::from_millis(20);
    let profiler = profiler().keep(3);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(profiler.record(short, 250).await.expect("a profile").id().to_owned());
    }
    let kept: Vec<_> = profiler.all_kept().iter().map(|kept| kept.id().to_owned()).collect();
    ids.reverse();
    assert_eq!(kept, ids[..3]);
    assert!(profiler.kept(&ids[0]).is_some() && profiler.kept(&ids[4]).is_none());

    let none = self::profiler().keep_bytes(10);
    none.record(short, 250).await.expect("a profile");
    assert!(none.all_kept().is_empty());
}
