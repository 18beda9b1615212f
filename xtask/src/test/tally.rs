/// Tests counted from the output of cargo-nextest or of `cargo test`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds what a line of the output says, if it is a summary.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim_start();
        let counts = if let Some(rest) = line.strip_prefix("test result: ") {
            rest
        } else if let Some((_, rest)) =
            line.strip_prefix("Summary [").and_then(|rest| rest.split_once(" run: "))
        {
            rest
        } else {
            return;
        };
        let words: Vec<&str> =
            counts.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<u64>() else {
                continue;
            };
            match pair[1] {
                "passed" => self.passed += count,
                // nextest counts these apart: failed, "exec failed" and "timed out".
                "failed" | "exec" | "timed" => self.failed += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn the_summary_of_nextest_is_counted() {
        let line = "     Summary [   8.1s] 13/14 tests run: 9 passed (1 slow, 1 leaky), 1 failed, \
                    2 timed out, 1 exec failed, 3 skipped";
        assert_eq!(tally(&[line]), Tally { passed: 9, failed: 4 });
        assert_eq!(
            tally(&["     Summary [   0.1s] 1 test run: 1 passed, 0 skipped"]),
            Tally { passed: 1, failed: 0 }
        );
    }

    #[test]
    fn the_results_of_all_test_binaries_are_added() {
        let lines = [
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished",
            "test the_tally ... ok",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(tally(&lines), Tally { passed: 4, failed: 2 });
    }
}
