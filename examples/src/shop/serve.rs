use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use perf_cache::Cache;
use perf_core::Recorder;
use perf_db::Db;
use perf_db::advise::{Advisor, Checkup};
use perf_tower::findings::Announcer;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::options::Servers;
use crate::suppliers::Suppliers;
use crate::{app, suppliers};

const SHUTDOWN: Duration = Duration::from_secs(5);

/// So often that the demo shows something; a quarter of an hour is often enough elsewhere.
const CHECKUP_PAUSE: Duration = Duration::from_secs(5);

/// Serves the shop until SIGTERM or Ctrl-C.
pub(crate) async fn serve(
    servers: &Servers,
    port: u16,
    token: Option<String>,
) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        format!("port {port} of 127.0.0.1 cannot be used ({error}); choose another with --port")
    })?;
    let telemetry = perf_trace::init("shop")?;
    let mut db = Db::builder(&servers.database_url);
    for replica in &servers.replica_urls {
        db = db.replica(replica);
    }
    let db = db.build().await?;
    let mut cache = Cache::builder().name("shop");
    if let Some(redis_url) = &servers.redis_url {
        cache = cache.redis(redis_url);
    }
    cache.build().await?.install();
    let suppliers = Suppliers::new(suppliers::serve().await?);

    // What the database server itself knows stands among the findings.
    let _checkups = Checkup::new().watch(&Advisor::of(&db), Recorder::global(), CHECKUP_PAUSE);
    // New findings are in the log as they appear.
    tokio::spawn(Announcer::new(Recorder::global()).run());
    let app = app::router(Recorder::global(), db, suppliers, token)
        .into_make_service_with_connect_info::<SocketAddr>();
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    axum::serve(listener, app).with_graceful_shutdown(stop()?).await?;
    telemetry.shutdown(SHUTDOWN)?;
    Ok(())
}

fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
