//! The shop as a whole, on real PostgreSQL and Redis.

mod doctor;
mod redis_outage;
mod replicas;
mod service;
mod visits;
