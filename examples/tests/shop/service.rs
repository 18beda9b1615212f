use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) const TOKEN: &str = "owner-of-the-shop";

pub(crate) type Tried<T = ()> = Result<T, Box<dyn Error>>;

/// A shop with its goods, until it is dropped.
pub(crate) struct Shop {
    process: Child,
    address: String,
}

impl Shop {
    pub(crate) fn open(
        database_url: &str,
        replica_urls: &[String],
        redis_url: &str,
    ) -> Tried<Self> {
        let shop = || {
            let mut shop = Command::new(env!("CARGO_BIN_EXE_shop"));
            shop.env("DATABASE_URL", database_url)
                .env("REPLICA_URLS", replica_urls.join(" "))
                .env("REDIS_URL", redis_url)
                .env("PERF_TOKEN", TOKEN)
                .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
            shop
        };
        assert!(shop().arg("seed").status()?.success(), "the shop has its goods");
        let mut process = shop().args(["serve", "--port", "0"]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ").ok_or("no address")?.to_owned();
        Ok(Self { process, address })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// As the owner.
    pub(crate) fn get(&self, path: &str) -> Tried<String> {
        let agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(20)));
        let mut response = ureq::Agent::from(agent.build())
            .get(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer {TOKEN}"))
            .call()?;
        Ok(response.body_mut().read_to_string()?)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Gone either way: a shop that has ended cannot be killed.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
