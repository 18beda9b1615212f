//! An invalidation by pattern in a Redis with many keys.

use std::error::Error;
use std::time::{Duration, Instant};

use perf_cache::Cache;
use redis::aio::MultiplexedConnection;
use redis::{RedisResult, cmd, pipe};
use tokio::runtime::Builder;
use tokio::time::sleep;

use super::{Bench, Measured};
use crate::paired::Effort;
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "pattern", run };

/// Of a tenth of the keys.
const PATTERN: &str = "user:*";
const NAMES: &str = "bench:user:*";
const AT_ONCE: u64 = 10_000;

/// What Redis did.
struct Commands {
    /// The longest one, and its name.
    longest: (Duration, String),
    /// What 99.9 % of the commands that did the work stay below.
    most: Duration,
    /// How many took longer than 2 ms.
    slow: u64,
}

/// Once: the sweep of a million keys takes about a minute, on purpose.
fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measured(match effort {
        Effort::Quick => 100_000,
        Effort::Full => 1_000_000,
    }))
}

async fn measured(keys: u64) -> Measured {
    let redis = testbed::Redis::start()?;
    let client = redis::Client::open(redis.url())?;
    // KEYS on a million keys takes longer than the client would wait.
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    let mut redis_rs = client.get_multiplexed_async_connection_with_config(&patient).await?;
    let cache = Cache::builder().name("bench").redis(redis.url()).build().await?;

    let rest = keys - keys / 10;
    fill(&mut redis_rs, "other", rest).await?;
    fill(&mut redis_rs, "user", keys / 10).await?;
    forget_times(&mut redis_rs).await?;
    let started = Instant::now();
    cache.invalidate_matching(PATTERN).await;
    let ours = started.elapsed();
    swept(&mut redis_rs, rest).await?;
    let swept = started.elapsed();
    let by_ours = commands(&mut redis_rs, ["scan", "unlink"]).await?;
    let again = longest_scan_again(&mut redis_rs).await?;

    fill(&mut redis_rs, "user", keys / 10).await?;
    forget_times(&mut redis_rs).await?;
    let started = Instant::now();
    let names: Vec<String> = cmd("KEYS").arg(NAMES).query_async(&mut redis_rs).await?;
    cmd("DEL").arg(&names).exec_async(&mut redis_rs).await?;
    let peer = started.elapsed();
    let by_peer = commands(&mut redis_rs, ["keys", "del"]).await?;

    eprintln!(
        "pattern: {keys} keys, swept after {swept:.1?}; above 2 ms: {} commands in the sweep (longest: {}), \
         {} by KEYS + DEL",
        by_ours.slow, by_ours.longest.1, by_peer.slow
    );
    if let Some((first, again)) = again {
        eprintln!(
            "pattern: the longest SCAN took {first:.1?}, and {again:.1?} at most when sent 20 times more"
        );
    }
    Ok(vec![
        Row::once("pattern, until it holds, KEYS + DEL", ours, peer, Goal::Ratio(1.0)),
        Row::once("pattern, longest command", by_ours.longest.0, by_peer.longest.0, MOST),
        Row::once("pattern, p99.9 of commands", by_ours.most, by_peer.most, MOST),
    ])
}

/// So that the server answers others meanwhile.
const MOST: Goal = Goal::Nanos(2_000_000.0);

async fn fill(redis: &mut MultiplexedConnection, kind: &str, keys: u64) -> RedisResult<()> {
    for from in (0..keys).step_by(AT_ONCE as usize) {
        let mut pipe = pipe();
        for n in from..keys.min(from + AT_ONCE) {
            let value = "a value of some fifty bytes, which is a small one";
            pipe.set(format!("bench:{kind}:{n}"), value).ignore();
        }
        pipe.exec_async(redis).await?;
    }
    Ok(())
}

/// Waits for the background to remove what the pattern matches. Others in the way are the cache's own.
async fn swept(redis: &mut MultiplexedConnection, rest: u64) -> Result<(), Box<dyn Error>> {
    const OWN: u64 = 10;
    let started = Instant::now();
    while cmd("DBSIZE").query_async::<u64>(redis).await? > rest + OWN {
        if started.elapsed() > Duration::from_secs(600) {
            return Err("the sweep did not end".into());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn forget_times(redis: &mut MultiplexedConnection) -> RedisResult<()> {
    let set =
        [("slowlog-log-slower-than", "2000"), ("latency-tracking-info-percentiles", "99.9 100")];
    for (name, value) in set {
        cmd("CONFIG").arg("SET").arg(name).arg(value).exec_async(redis).await?;
    }
    cmd("SLOWLOG").arg("RESET").exec_async(redis).await?;
    cmd("CONFIG").arg("RESETSTAT").exec_async(redis).await
}

/// How long the longest `SCAN` of the slow log took, and how long at most when it is sent again: as long,
/// if it has that much to do; else it was the machine that had no time for it.
async fn longest_scan_again(
    redis: &mut MultiplexedConnection,
) -> Result<Option<(Duration, Duration)>, Box<dyn Error>> {
    type Entry = (i64, i64, u64, Vec<String>, String, String);
    let entries: Vec<Entry> = cmd("SLOWLOG").arg("GET").arg(-1).query_async(redis).await?;
    let is_scan =
        |entry: &Entry| entry.3.first().is_some_and(|name| name.eq_ignore_ascii_case("scan"));
    let longest = entries.into_iter().filter(is_scan).max_by_key(|entry| entry.2);
    let Some((_, _, micros, arguments, ..)) = longest else { return Ok(None) };
    cmd("CONFIG").arg("RESETSTAT").exec_async(redis).await?;
    for _ in 0..20 {
        cmd("SCAN").arg(&arguments[1..]).exec_async(redis).await?;
    }
    let again = commands(redis, ["scan", "scan"]).await?.most;
    Ok(Some((Duration::from_micros(micros), again)))
}

/// `work` names the commands that do it.
async fn commands(
    redis: &mut MultiplexedConnection,
    work: [&str; 2],
) -> Result<Commands, Box<dyn Error>> {
    let slow = cmd("SLOWLOG").arg("LEN").query_async(redis).await?;
    let info: String = cmd("INFO").arg("latencystats").query_async(redis).await?;
    let mut commands = Commands { longest: Default::default(), most: Duration::ZERO, slow };
    // latency_percentiles_usec_scan:p99.9=187.391,p100=212.991
    for line in info.lines() {
        let Some((name, times)) =
            line.strip_prefix("latency_percentiles_usec_").and_then(|line| line.split_once(':'))
        else {
            continue;
        };
        let (most, longest) = times.split_once(',').ok_or("two percentiles")?;
        let micros = |time: &str| -> Result<Duration, Box<dyn Error>> {
            let (_, micros) = time.split_once('=').ok_or("a percentile")?;
            Ok(Duration::from_secs_f64(micros.trim().parse::<f64>()? / 1e6))
        };
        let (most, longest) = (micros(most)?, micros(longest)?);
        if longest > commands.longest.0 {
            commands.longest = (longest, name.to_owned());
        }
        if work.contains(&name) {
            commands.most = commands.most.max(most);
        }
    }
    Ok(commands)
}
