//! Without a folder for temporary files there is a sentence, and with one again there are profiles;
//! in a process of its own, whose folder comes and goes.

mod profile_support;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use perf_tower::Authorize;
use perf_tower::profile::{ProfileLayer, ProfileService, Profiler};
use profile_support::{Client, serve};

const CHILD: &str = "PERF_TEST_FOLDER_THAT_COMES_AND_GOES";

#[test]
fn without_a_temporary_folder_there_is_a_sentence_and_with_one_again_there_are_profiles() {
    let folder = std::env::temp_dir().join(format!("perf-profile-{}", std::process::id()));
    let child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "the_child", "--nocapture"])
        .env(CHILD, "1")
        .env("TMPDIR", &folder)
        .status();
    drop(std::fs::remove_dir_all(folder));
    assert!(child.expect("it runs").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let folder = PathBuf::from(std::env::var_os("TMPDIR").expect("set"));
    let profiler = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    let app = Router::new()
        .route("/orders", get(|| async { "orders" }))
        .layer(ProfileLayer::new(&profiler))
        .nest_service("/perf", ProfileService::new(&profiler));
    let client = Client::of(serve(app).await).bearer("t");
    for target in ["/orders?profile=1", "/perf/profile?seconds=0.1", "/perf/top.json?window=0.1"] {
        let answer = client.get(target).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let sentence = "profiling needs a temporary folder it can write to: set TMPDIR to one\n";
        assert_eq!(answer.text(), sentence, "{target}");
        assert!(profiler.status().is_none());
    }
    std::fs::create_dir(&folder).expect("created");
    assert_eq!(client.get("/perf/profile?seconds=0.1").await.status, StatusCode::OK);

    // It goes away while a profile runs, and comes back.
    let running = tokio::spawn({
        let profiler = profiler.clone();
        async move { profiler.record(Duration::from_millis(300), 99).await }
    });
    while profiler.status().is_none_or(|running| running.elapsed < Duration::from_millis(100)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    std::fs::remove_dir_all(&folder).expect("removed");
    while profiler.status().is_some_and(|running| !running.left.is_zero()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    std::fs::create_dir(&folder).expect("created");
    drop(running.await.expect("no panic"));
    let profile = profiler.record(Duration::from_millis(100), 99).await;
    assert!(profile.is_ok(), "{profile:?}");
}
