/// Tests counted from the output of cargo-nextest or of `cargo test`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// nextest repeats what a failed test printed, the test's own result among it.
    is_nextest: bool,
}

impl Tally {
    /// Adds what a line of the output says, if it is a summary.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim_start();
        self.is_nextest |= line.starts_with("Nextest run ID");
        let counts = if let Some(rest) = line.strip_prefix("test result: ")
            && !self.is_nextest
        {
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
        assert_eq!(tally(&[line]), Tally { passed: 9, failed: 4, is_nextest: false });
        assert_eq!(
            tally(&["     Summary [   0.1s] 1 test run: 1 passed, 0 skipped"]),
            Tally { passed: 1, failed: 0, is_nextest: false }
        );
    }

    #[test]
    fn what_nextest_repeats_of_a_failed_test_is_not_counted_again() {
        let lines = [
            " Nextest run ID 7 with nextest profile: default",
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out",
            "     Summary [   0.1s] 2 tests run: 1 passed, 1 failed, 0 skipped",
        ];
        assert_eq!(tally(&lines), Tally { passed: 1, failed: 1, is_nextest: true });
    }

    #[test]
    fn the_results_of_all_test_binaries_are_added() {
        let lines = [
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished",
            "test the_tally ... ok",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(tally(&lines), Tally { passed: 4, failed: 2, is_nextest: false });
    }
}
