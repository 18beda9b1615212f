//! A finding is told once, in the log and to the callback, without anything from SQL.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use perf_core::{CallSite, Fingerprint, Label, QueryEvent, Recorder};
use perf_tower::findings::Announcer;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().expect("no panic").clone();
        String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn n_plus_one(recorder: &Recorder, route: &'static str) {
    let mut scope = recorder.scope(Label::request("GET", route));
    scope.enter(|| {
        for id in 0..10 {
            let sql = "select name from products where code = 'secret' and id = $1";
            QueryEvent::new(
                Fingerprint::of_static(sql),
                CallSite::here(),
                Duration::from_millis(3),
            )
            .parameters(id)
            .record();
        }
    });
    scope.close(perf_core::Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn each_finding_is_announced_once_when_it_appears() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).without_time().finish();
    let _default = tracing::subscriber::set_default(subscriber);
    let told = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder::builder().build();
    let announcer = Announcer::new(&recorder).every(Duration::from_secs(10)).to({
        let told = told.clone();
        move |finding| told.lock().expect("no panic").push(finding.key.clone())
    });
    let task = tokio::spawn(announcer.run());

    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(log.lines(), [""; 0]);

    n_plus_one(&recorder, "/orders");
    tokio::time::sleep(Duration::from_secs(30)).await;
    let [line] = &log.lines()[..] else { panic!("{:?}", log.lines()) };
    assert!(line.contains("WARN perf: new finding key=n_plus_one"), "{line}");
    assert!(line.contains(r#"kind="n_plus_one" subject=GET /orders"#), "{line}");
    assert!(line.contains("call_site=perf-tower/tests/metrics_announcer.rs:"), "{line}");
    assert!(line.contains("impact_ms_per_minute=") && !line.contains("secret"), "{line}");

    n_plus_one(&recorder, "/orders");
    n_plus_one(&recorder, "/carts");
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(log.lines().len(), 2, "{:?}", log.lines());
    assert_eq!(told.lock().expect("no panic").len(), 2);
    task.abort();
}

/// An interval of zero would make Tokio panic.
#[tokio::test(start_paused = true)]
async fn an_interval_of_nothing_counts_as_a_second() {
    let recorder = Recorder::builder().build();
    let task = tokio::spawn(Announcer::new(&recorder).every(Duration::ZERO).run());
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!task.is_finished());
    task.abort();
}
