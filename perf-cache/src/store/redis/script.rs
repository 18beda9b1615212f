//! What Redis does in one step, in Lua.
//!
//! A script is asked for by its hash and sent whole when the server does not know it: after a restart, a
//! failover or `SCRIPT FLUSH`. It names one key (the tags of one Redis excepted), so that a cluster
//! knows where it runs. A change comes before its notice: a server that refuses the change tells nobody.

use redis::{Cmd, Script as Hashed, cmd};

/// All scripts, with their hashes.
pub(super) struct Scripts {
    pub(super) lease: Script,
    pub(super) reopen: Script,
    pub(super) publish: Script,
    pub(super) remove: Script,
    pub(super) tags: Script,
    pub(super) invalidate_tag: Script,
    pub(super) invalidate_all: Script,
    pub(super) invalidate_matching: Script,
    pub(super) world: Script,
}

pub(super) struct Script {
    code: &'static str,
    hash: String,
}

macro_rules! versioned {
    ($file:literal) => {
        concat!(include_str!("lua/clock.lua"), include_str!($file))
    };
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            lease: Script::new(versioned!("lua/lease.lua")),
            reopen: Script::new(versioned!("lua/reopen.lua")),
            publish: Script::new(include_str!("lua/publish.lua")),
            remove: Script::new(include_str!("lua/remove.lua")),
            tags: Script::new(versioned!("lua/tags.lua")),
            invalidate_tag: Script::new(versioned!("lua/invalidate_tag.lua")),
            invalidate_all: Script::new(versioned!("lua/invalidate_all.lua")),
            invalidate_matching: Script::new(versioned!("lua/invalidate_matching.lua")),
            world: Script::new(versioned!("lua/world.lua")),
        }
    }
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: Hashed::new(code).get_hash().to_owned() }
    }

    pub(super) fn by_hash(&self, keys: &[&[u8]], args: &[&[u8]]) -> Cmd {
        command("EVALSHA", &self.hash, keys, args)
    }

    pub(super) fn whole(&self, keys: &[&[u8]], args: &[&[u8]]) -> Cmd {
        command("EVAL", self.code, keys, args)
    }
}

fn command(name: &str, script: &str, keys: &[&[u8]], args: &[&[u8]]) -> Cmd {
    let mut command = cmd(name);
    command.arg(script).arg(keys.len()).arg(keys).arg(args);
    command
}
