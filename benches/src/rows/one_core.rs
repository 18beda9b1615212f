//! Client and server on one core.

use std::error::Error;
use std::thread;

use super::Measured;
use crate::paired::Effort;

/// Runs a bench on one core, and with it the servers that it starts: whether two processes that wake
/// each other share a core or not changes the time tenfold, and the kernel chooses anew all the time.
pub(crate) fn on_one_core(effort: Effort, run: fn(Effort) -> Measured) -> Measured {
    let pinned = thread::spawn(move || {
        let core = core_affinity::get_core_ids().and_then(|cores| cores.first().copied());
        if !core.is_some_and(core_affinity::set_for_current) {
            return Err("this machine does not let a thread choose its core".to_owned());
        }
        run(effort).map_err(|error| error.to_string())
    });
    let measured = pinned.join().map_err(|_| "the bench panicked")?;
    measured.map_err(Box::<dyn Error>::from)
}
