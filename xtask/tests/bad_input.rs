//! Risk: a wrong word on the command line is found out late, or told in a riddle.

use std::io::pipe;
use std::process::Command;

/// What the program says, after making sure that it refused.
fn refusal(words: &str) -> Result<String, Box<dyn std::error::Error>> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_xtask")).args(words.split_whitespace()).output()?;
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(output.stdout.is_empty(), "{words}");
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(said.lines().count(), 1, "{words}: {said}");
    Ok(said)
}

#[test]
fn an_unknown_command_is_answered_with_the_known_ones() -> Result<(), Box<dyn std::error::Error>> {
    assert!(refusal("deploy")?.contains("demo, test, bench, setup or soak"));
    Ok(())
}

#[test]
fn an_unknown_option_of_any_command_is_named() -> Result<(), Box<dyn std::error::Error>> {
    for command in ["demo", "test", "bench", "setup", "soak"] {
        let said = refusal(&format!("{command} --loud"))?;
        assert!(said.contains("--loud") && said.contains("--help"), "{said}");
    }
    Ok(())
}

#[test]
fn a_bad_value_is_named_with_its_option() -> Result<(), Box<dyn std::error::Error>> {
    for words in ["demo --rate many", "demo --duration x", "demo --port 70000", "soak --minutes 0"]
    {
        let (option, value) = words[5..].split_once(' ').ok_or("two words")?;
        let said = refusal(words)?;
        assert!(said.contains(option.trim()) && said.contains(value), "{said}");
    }
    Ok(())
}

#[test]
fn a_bad_token_is_refused_without_being_shown() -> Result<(), Box<dyn std::error::Error>> {
    for words in ["demo --token hush", "demo --token=hush&more", "demo --token=hush%20hush"] {
        let said = refusal(words)?;
        assert!(said.contains("at least 8 visible ASCII") && !said.contains("hush"), "{said}");
    }
    Ok(())
}

#[test]
fn without_a_command_the_help_is_shown() -> Result<(), Box<dyn std::error::Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).output()?;
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout)?.starts_with("cargo xtask COMMAND"));
    Ok(())
}

#[test]
fn help_that_nobody_reads_is_no_failure() -> Result<(), Box<dyn std::error::Error>> {
    for words in [&[][..], &["help"], &["test", "--help"]] {
        let (reader, writer) = pipe()?;
        drop(reader);
        let output =
            Command::new(env!("CARGO_BIN_EXE_xtask")).args(words).stdout(writer).output()?;
        assert!(output.status.success());
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
