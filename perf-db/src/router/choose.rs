use perf_core::time::Duration;

use super::WriteMark;

/// What a read asks of the server that answers it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// Everything up to here must have been replayed.
    pub(crate) mark: Option<WriteMark>,
    /// The answer may be as old as this.
    pub(crate) max_lag: Duration,
}

/// A server, as far as the choice goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) index: usize,
    pub(super) replayed: WriteMark,
    /// `None` when it is behind all that is known.
    pub(super) lag: Option<Duration>,
    pub(super) in_flight: usize,
}

/// Why no replica will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    /// There is none that answers.
    Gone,
    /// Those that answer lag too far behind.
    Late,
    /// None has replayed the write that the read must see.
    Unseen,
}

/// The replica with the least in flight of those that will do; `turn` decides between equals.
pub(super) fn choose(replicas: &[Candidate], need: &Need, turn: usize) -> Result<usize, Shortfall> {
    if replicas.is_empty() {
        return Err(Shortfall::Gone);
    }
    let recent = |replica: &&Candidate| replica.lag.is_some_and(|lag| lag <= need.max_lag);
    let has_seen = |replica: &&Candidate| need.mark.is_none_or(|mark| mark <= replica.replayed);
    if !replicas.iter().any(|replica| recent(&replica)) {
        return Err(Shortfall::Late);
    }
    let (before, from_turn) = replicas.split_at(turn % replicas.len());
    let in_turn = from_turn.iter().chain(before);
    in_turn
        .filter(recent)
        .filter(has_seen)
        .min_by_key(|replica| replica.in_flight)
        .map(|replica| replica.index)
        .ok_or(Shortfall::Unseen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn replica(index: usize, replayed: u64, lag: Option<Duration>, in_flight: usize) -> Candidate {
        Candidate { index, replayed: WriteMark::from_number(replayed), lag, in_flight }
    }

    fn need(mark: Option<u64>) -> Need {
        Need { mark: mark.map(WriteMark::from_number), max_lag: SECOND }
    }

    #[test]
    fn the_one_with_the_least_in_flight_is_taken_and_equals_take_turns() {
        let replicas = [
            replica(1, 9, Some(SECOND), 3),
            replica(2, 9, Some(SECOND), 2),
            replica(3, 9, Some(SECOND), 2),
        ];
        let chosen: Vec<_> = (0..6).map(|turn| choose(&replicas, &need(None), turn)).collect();
        assert_eq!(chosen, [2, 2, 3, 2, 2, 3].map(Ok));
    }

    #[test]
    fn a_mark_is_honoured_by_each_replica_for_itself() {
        let replicas = [replica(1, 9, Some(SECOND), 5), replica(2, 5, Some(SECOND), 0)];
        for turn in 0..4 {
            assert_eq!(choose(&replicas, &need(Some(9)), turn), Ok(1));
            assert_eq!(choose(&replicas, &need(Some(10)), turn), Err(Shortfall::Unseen));
        }
    }

    #[test]
    fn late_ones_are_left_out_whatever_else_they_offer() {
        let late = replica(1, 99, Some(2 * SECOND), 0);
        let unknown = replica(2, 99, None, 0);
        let recent = replica(3, 9, Some(SECOND), 7);
        assert_eq!(choose(&[late, unknown, recent], &need(None), 0), Ok(3));
        assert_eq!(choose(&[late, unknown], &need(None), 0), Err(Shortfall::Late));
        assert_eq!(choose(&[late, recent], &need(Some(50)), 0), Err(Shortfall::Unseen));
        assert_eq!(choose(&[], &need(None), 0), Err(Shortfall::Gone));
    }
}
