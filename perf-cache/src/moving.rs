#![doc = include_str!("../docs/moving-from-cached.md")]
