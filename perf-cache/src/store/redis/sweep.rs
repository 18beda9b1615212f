//! Removes values that a rule has already made worthless, a little at a time.
//!
//! A cursor means something to one run of one server alone, and a slot that moves takes its keys away
//! from where they would have been found. So a primary is known by its run and its slots; when one
//! that is not done is no longer there, or any has changed when one is done, the sweep begins again.
//! Otherwise a rule would be retired whose values are still there.

use redis::{RedisResult, cmd};

use super::RedisStore;
#[cfg(feature = "cluster")]
use super::cluster::{self, Primary};
use crate::bytes::fingerprint;
#[cfg(feature = "cluster")]
use crate::store::redis::connection::Connection;
use crate::store::{StoreError, Sweep};

/// Keys that one command looks at or removes: far below 2 ms for either.
const AT_ONCE: usize = 250;

/// Where to scan.
struct Place {
    mark: usize,
    #[cfg(feature = "cluster")]
    primary: Option<Primary>,
}

impl RedisStore {
    pub(super) async fn sweep_some(
        &self,
        pattern: &str,
        mut sweep: Sweep,
        limit: usize,
    ) -> Result<Sweep, StoreError> {
        if sweep.begun && sweep.cursors.is_empty() {
            return Ok(sweep);
        }
        let places = self.places().await?;
        let known = |mark: usize| places.iter().find(|place| place.mark == mark);
        if !sweep.begun || sweep.cursors.iter().any(|(mark, _)| known(*mark).is_none()) {
            begin(&mut sweep, &places);
        }
        let glob = self.names.matching(pattern);
        let before = sweep.cursors.len();
        let mut cursors = Vec::with_capacity(before);
        for (mark, cursor) in &sweep.cursors {
            let Some(place) = known(*mark) else {
                continue;
            };
            let (next, removed) = self.sweep_place(place, &glob, *cursor, limit).await?;
            sweep.removed += removed;
            if next != 0 {
                cursors.push((*mark, next));
            }
        }
        sweep.cursors = cursors;
        if sweep.cursors.len() < before {
            let now = self.places().await?;
            if !now.iter().map(|place| place.mark).eq(places.iter().map(|place| place.mark)) {
                begin(&mut sweep, &now);
            }
        }
        Ok(sweep)
    }

    async fn sweep_place(
        &self,
        place: &Place,
        glob: &str,
        mut cursor: u64,
        limit: usize,
    ) -> Result<(u64, u64), StoreError> {
        let (mut looked_at, mut removed) = (0, 0);
        let at_once = limit.clamp(1, AT_ONCE);
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(glob).arg("COUNT").arg(at_once);
            let names: Vec<Vec<u8>>;
            (cursor, names) = self.at(place, scan).await?;
            // A table that is being rebuilt gives more than was asked for.
            for names in names.chunks(AT_ONCE) {
                let mut unlink = cmd("UNLINK");
                unlink.arg(names);
                // A cluster's connection groups them by slot.
                removed += self.link.query::<u64>(&unlink).await?;
            }
            looked_at += at_once;
            if cursor == 0 || looked_at >= limit {
                return Ok((cursor, removed));
            }
        }
    }

    async fn places(&self) -> Result<Vec<Place>, StoreError> {
        #[cfg(feature = "cluster")]
        if let Connection::Cluster(connection) = self.link.connection() {
            let mut places = Vec::new();
            for primary in cluster::primaries(connection).await? {
                let slots = format!("{:?}", primary.slots);
                let mut place = Place { mark: 0, primary: Some(primary) };
                place.mark = self.mark(&place, &slots).await?;
                places.push(place);
            }
            return Ok(places);
        }
        let mut place = Place {
            mark: 0,
            #[cfg(feature = "cluster")]
            primary: None,
        };
        place.mark = self.mark(&place, "").await?;
        Ok(vec![place])
    }

    /// A user without the right to `INFO` goes without the run: a restart in the midst of a sweep may
    /// then leave keys behind.
    async fn mark(&self, place: &Place, slots: &str) -> Result<usize, StoreError> {
        let mut info = cmd("INFO");
        info.arg("server");
        let info: String = match self.at(place, info).await {
            Ok(info) => info,
            Err(error) if error.code() == Some("NOPERM") => String::new(),
            Err(error) => return Err(error.into()),
        };
        let run = info.lines().find(|line| line.starts_with("run_id:")).unwrap_or_default();
        let mark = fingerprint::of(format!("{run} {slots}").as_bytes());
        // All of it where that fits, and the lower half elsewhere.
        Ok(mark as usize)
    }

    async fn at<T: redis::FromRedisValue>(
        &self,
        place: &Place,
        command: redis::Cmd,
    ) -> RedisResult<T> {
        #[cfg(feature = "cluster")]
        if let (Some(primary), Connection::Cluster(connection)) =
            (&place.primary, self.link.connection())
        {
            return cluster::ask(connection, primary, command).await;
        }
        let _ = place;
        self.link.query(&command).await
    }
}

fn begin(sweep: &mut Sweep, places: &[Place]) {
    sweep.begun = true;
    sweep.cursors = places.iter().map(|place| (place.mark, 0)).collect();
}
