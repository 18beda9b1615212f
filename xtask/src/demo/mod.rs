//! `cargo xtask demo`: the shop on private servers, under load, and the report of where its time
//! goes.

mod client;
mod load;
mod mix;
mod options;
mod progress;
mod servers;
mod shop;
mod token;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use self::client::Client;
pub(crate) use self::options::Options;
use self::servers::Servers;
use self::token::Token;
use crate::failure::Failure;
use crate::metadata::Metadata;
use crate::{setup, step};

/// Everything that runs is a value of this function or of one that it calls, so that each way out
/// ends the shop first and then its servers.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Failure> {
    options.check()?;
    setup::ensure(setup::Needs::servers(options.redis))?;
    let token = options.token.clone().map_or_else(Token::random, Ok)?;
    let program = build()?;

    let servers = Servers::start(options)?;
    let addresses = servers.addresses();

    eprintln!("==> seeding the shop");
    shop::seed(&program, &addresses)?;
    servers.caught_up()?;
    let (_shop, address) = shop::serve(&program, &addresses, options.port, &token)?;
    println!("listening on {address}");
    println!("{}", dashboard(&address, &token));

    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::because("no runtime for the load could be made", error))?;
    runtime.block_on(visit(options, &address, &token))
}

fn build() -> Result<PathBuf, Failure> {
    let mut command =
        step::cargo(&["build", "--release", "--package", "examples", "--bin", "shop"]);
    step::run(&mut command)?;
    Ok(Metadata::read()?.target_directory().join("release/shop"))
}

/// Load, report, and then nothing but the shop's own visitors until somebody ends it.
async fn visit(options: &Options, address: &str, token: &Token) -> Result<ExitCode, Failure> {
    let mut stopped = Box::pin(stop_signal()?);
    let work = load_and_report(options, address, token);
    tokio::select! {
        outcome = work => outcome?,
        () = &mut stopped => return Err(Failure::new("stopped before the report was complete")),
    }
    if !options.once {
        println!("serving on {address} until Ctrl-C");
        println!("{}", dashboard(address, token));
        stopped.await;
    }
    Ok(ExitCode::SUCCESS)
}

/// The address that opens the dashboard in a browser.
fn dashboard(address: &str, token: &Token) -> String {
    format!("dashboard {address}/perf?token={}", token.reveal())
}

async fn load_and_report(options: &Options, address: &str, token: &Token) -> Result<(), Failure> {
    let duration = humantime::format_duration(options.duration);
    eprintln!("==> {} requests per second for {duration}", options.rate);
    let client = Client::new(address);
    let outcome = load::drive(&client, options.rate, options.duration).await;
    println!("{}\n", outcome.summary());

    let text = client.fetch("/perf/report.txt", token).await?;
    println!("{}", String::from_utf8_lossy(&text).trim_end());
    if let Some(file) = &options.json {
        let json = client.fetch("/perf/report.json", token).await?;
        std::fs::write(file, json).map_err(|error| {
            Failure::because(format!("{} could not be written", file.display()), error)
        })?;
        eprintln!("==> wrote {}", file.display());
    }
    Ok(())
}

/// Ready when the user or the system asks this process to end.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let listen =
        |kind| signal(kind).map_err(|error| Failure::because("signals cannot be received", error));
    let (mut interrupt, mut terminate) =
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
