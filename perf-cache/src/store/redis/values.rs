//! What is under keys.

use perf_core::time::Duration;
use redis::cmd;

use super::{RedisStore, failure, milliseconds, placeholder, wire};
use crate::bytes::IDENTITY_LENGTH;
use crate::fence::Version;
use crate::store::{Base, Found, Generation, Lease, StoreError, Ticket};

impl RedisStore {
    pub(super) async fn read_values(&self, keys: &[&str]) -> Result<Vec<Found>, StoreError> {
        match keys {
            [] => Ok(Vec::new()),
            [key] => Ok(vec![self.read_value(key).await?]),
            _ => {
                let (mut mget, mut name) = (cmd("MGET"), String::new());
                for key in keys {
                    self.names.write_value(key, &mut name);
                    mget.arg(&name);
                }
                let values: Vec<Option<Vec<u8>>> = self.link.query(&mget).await?;
                if values.len() != keys.len() {
                    return Err(failure::unexpected("MGET"));
                }
                Ok(values.into_iter().map(placeholder::found).collect())
            }
        }
    }

    async fn read_value(&self, key: &str) -> Result<Found, StoreError> {
        let name = self.names.value(key);
        let Some(gather) = &self.gather else { return self.read_alone(&name).await };
        let caller = gather.enter();
        if caller.is_alone {
            self.read_alone(&name).await
        } else {
            gather.read(&self.link, name).await
        }
    }

    async fn read_alone(&self, name: &str) -> Result<Found, StoreError> {
        let mut get = cmd("GET");
        get.arg(name);
        match self.link.query(&get).await {
            Ok(bytes) => Ok(placeholder::found(bytes)),
            // As MGET has it.
            Err(error) if failure::is_wrong_type(&error) => Ok(Found::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// An empty value is nothing: the server does not tell the two apart here.
    pub(super) async fn first_bytes(
        &self,
        name: String,
        length: usize,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut range = cmd("GETRANGE");
        range.arg(name).arg(0).arg(length.max(1) - 1);
        match self.link.query::<Vec<u8>>(&range).await {
            Ok(bytes) => Ok((!bytes.is_empty()).then_some(bytes)),
            Err(error) if failure::is_wrong_type(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn lease_value(&self, key: &str, keep: Duration) -> Result<Lease, StoreError> {
        let generation = Generation::new();
        let name = self.names.value(key);
        let own = self.expect(key);
        let keep = milliseconds(keep);
        let args: [&[u8]; 2] = [&placeholder::write(generation), keep.as_bytes()];
        let (held, now): (Option<Vec<u8>>, Vec<u8>) =
            self.run(&self.scripts.lease, &[name.as_bytes()], &args).await?;
        let now = version(&now)?;
        match placeholder::found(held) {
            Found::Nothing => {
                own.written();
                Ok(Lease::Load { generation, first: true, now })
            }
            Found::Placeholder(generation) => Ok(Lease::Load { generation, first: false, now }),
            Found::Value(bytes) => Ok(Lease::Value(bytes)),
        }
    }

    pub(super) async fn reopen_value(
        &self,
        key: &str,
        generation: Generation,
        keep: Duration,
        ticket: Ticket,
    ) -> Result<Version, StoreError> {
        let name = self.names.value(key);
        let own = self.expect(key);
        let keep = milliseconds(keep);
        let args: [&[u8]; 4] = [
            &placeholder::write(generation),
            keep.as_bytes(),
            self.names.channel().as_bytes(),
            &wire::key(ticket, key),
        ];
        let now: Vec<u8> = self.run(&self.scripts.reopen, &[name.as_bytes()], &args).await?;
        own.written();
        version(&now)
    }

    pub(super) async fn publish_value(
        &self,
        key: &str,
        base: &Base,
        bytes: &[u8],
        keep: Duration,
    ) -> Result<bool, StoreError> {
        let name = self.names.value(key);
        let own = self.expect(key);
        let placeholder;
        let (base, whole): (&[u8], bool) = match base {
            Base::Placeholder(generation) => {
                placeholder = placeholder::write(*generation);
                (&placeholder, true)
            }
            Base::Value(head) => (head, head.len() < IDENTITY_LENGTH),
        };
        let compare: &[u8] = if whole { b"=" } else { b"<" };
        let keep = milliseconds(keep);
        let args: [&[u8]; 4] = [base, bytes, keep.as_bytes(), compare];
        let stored = self.run(&self.scripts.publish, &[name.as_bytes()], &args).await?;
        if stored {
            own.written();
        }
        Ok(stored)
    }

    pub(super) async fn remove_value(&self, key: &str, ticket: Ticket) -> Result<(), StoreError> {
        let name = self.names.value(key);
        let own = self.expect(key);
        let args: [&[u8]; 2] = [self.names.channel().as_bytes(), &wire::key(ticket, key)];
        let removed: bool = self.run(&self.scripts.remove, &[name.as_bytes()], &args).await?;
        if removed {
            own.written();
        }
        Ok(())
    }
}

fn version(digits: &[u8]) -> Result<Version, StoreError> {
    wire::version(digits).ok_or_else(|| failure::unexpected("with its clock"))
}
