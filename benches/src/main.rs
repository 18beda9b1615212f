//! Every claim about speed, beside its peer: `cargo xtask bench [NAME…] [--quick] [--json FILE]`.

mod options;
mod paired;
mod row;
mod rows;

use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(outcome) = rows::doctor::child() {
        return outcome;
    }
    let options = Options::parse(lexopt::Parser::from_env(), &rows::names())?;
    let mut measured = Vec::new();
    println!("{}", row::heading());
    for bench in rows::ALL {
        if options.wants(bench.name) {
            for row in (bench.run)(options.effort)? {
                println!("{row}");
                measured.push(row);
            }
        }
    }
    if let Some(file) = options.json {
        let json = serde_json::to_string_pretty(&measured)?;
        std::fs::write(&file, json + "\n")
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    Ok(())
}
