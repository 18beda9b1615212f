use std::error::Error;

use perf_db::advise::mysql::MysqlAdvisor;
use perf_db::advise::{Advisor, Checkup};

use crate::options::{Options, Server};
use crate::report::Report;
use crate::service;

/// What the server that the options name shows.
pub(crate) async fn look(options: &Options) -> Result<Report, Box<dyn Error>> {
    match &options.server {
        Server::Postgres(url) => postgres(url, options).await,
        Server::Mysql(url) => mysql(url, options).await,
    }
}

async fn postgres(url: &str, options: &Options) -> Result<Report, Box<dyn Error>> {
    let service = options.service.as_deref().map(service::read).transpose()?;
    let mut advisor = Advisor::connect(url).await?;
    if let Some(service) = &service {
        advisor = advisor.recorder(service);
    }
    let mut checkup =
        Checkup::new().statements(options.statements).counted_for(options.counted_for);
    if let Some(machine) = &options.machine {
        checkup = checkup.machine(machine.clone());
    }
    for url in &options.replicas {
        checkup = checkup.replica(&Advisor::connect(url).await?);
    }
    let mut report = Report::from(checkup.run(&advisor).await?);
    if !options.shows_details() {
        report.plans.clear();
        report.rejected.clear();
    }
    Ok(report)
}

async fn mysql(url: &str, options: &Options) -> Result<Report, Box<dyn Error>> {
    let mut advisor = MysqlAdvisor::connect(url).await?.counted_for(options.counted_for);
    let report = Report::from(advisor.look().await?);
    advisor.close().await;
    Ok(report)
}
