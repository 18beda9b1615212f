use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use perf_cache::testing::{self, Cut, Faults, World};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time;

use crate::client::Client;
use crate::database::{Database, Target};
use crate::history::{Call, Happening, History, Value};
use crate::setting::Setting;

const NODES: [&str; 3] = ["a", "b", "c"];

/// Long enough for everything that was held up, and for what was missed to be found out.
const SETTLING: Duration = Duration::from_secs(30);

/// No call takes this long.
const FOR_EVER: Duration = Duration::from_secs(120);

/// Plays the history of a seed.
pub(crate) fn play(seed: u64, setting: &Setting) -> History {
    testing::run(seed, |world| async move {
        let stage = Stage::set(world, seed, setting).await;
        stage.play(setting).await
    })
}

struct Stage {
    world: World,
    random: fastrand::Rng,
    history: History,
    database: Database,
    clients: Vec<(&'static str, Client)>,
    /// Writers of one key, in every node, come one after the other. Else an insert could be overtaken by
    /// a newer write of the database, which no cache can know.
    writers: BTreeMap<String, Arc<Mutex<()>>>,
    calls: Vec<(usize, JoinHandle<()>)>,
}

impl Stage {
    async fn set(world: World, seed: u64, setting: &Setting) -> Self {
        let (history, database) = (History::new(), Database::new());
        let mut clients = Vec::new();
        for name in if setting.is_moka { &NODES[..1] } else { &NODES[..] } {
            let client = if setting.is_moka {
                Client::Moka(moka::future::Cache::new(100))
            } else {
                Client::Ours(world.node(name).build().await.expect("nothing is wrong yet"))
            };
            clients.push((*name, client));
        }
        let keys = database.keys();
        let writers = keys.into_iter().map(|key| (key, Arc::default())).collect();
        let seen = history.clone();
        world.observe(move |event| _ = seen.add("", Happening::Seen(event)));
        if let Some(defect) = setting.defect {
            world.plant(defect);
        }
        world.faults(setting.faults.clone());
        let random = fastrand::Rng::with_seed(seed ^ 0x5eed);
        Self { world, random, history, database, clients, writers, calls: Vec::new() }
    }

    async fn play(mut self, setting: &Setting) -> History {
        for _ in 0..setting.steps {
            self.pause().await;
            match self.random.u32(..100) {
                0..25 => self.get(),
                25..65 => self.load(),
                65..72 => self.insert(),
                72..92 => self.invalidate(setting),
                _ if setting.has_outages => self.disturb(),
                _ => {}
            }
        }
        self.settle().await;
        self.history
    }

    async fn pause(&mut self) {
        let longest = match self.random.u32(..20) {
            0 => 20_000,
            1..4 => 2_000,
            4..9 => 300,
            _ => 20,
        };
        time::sleep(self.draw(longest)).await;
    }

    fn draw(&mut self, longest: u64) -> Duration {
        Duration::from_millis(self.random.u64(0..=longest))
    }

    fn key(&mut self) -> String {
        let keys = self.database.keys();
        keys[self.random.usize(..keys.len())].clone()
    }

    fn client(&mut self) -> (&'static str, Client) {
        let drawn = self.random.usize(..self.clients.len());
        self.clients[drawn].clone()
    }

    /// Begins a call now.
    fn get(&mut self) {
        let ((node, client), key) = (self.client(), self.key());
        let history = self.history.clone();
        let began = history.add(node, Happening::Began(Call::Get(key.clone())));
        let call = tokio::spawn(async move {
            let value = client.get(&key).await;
            history.add(node, Happening::Ended { began, value, error: None });
        });
        self.calls.push((began, call));
    }

    fn load(&mut self) {
        let ((node, client), key) = (self.client(), self.key());
        let longest = if self.random.u32(..4) == 0 { 2_000 } else { 40 };
        let (before, after) = (self.draw(longest), self.draw(longest));
        let ttl = Duration::from_secs(self.random.u64(5..=300));
        let (history, database) = (self.history.clone(), self.database.clone());
        let began = history.add(node, Happening::Began(Call::Load(key.clone())));
        let loader = {
            let (history, key) = (history.clone(), key.clone());
            async move {
                let origin = history.add(node, Happening::LoadBegan(key.clone()));
                let _ended = Ended { history, node, began: origin };
                time::sleep(before).await;
                let number = database.read(&key);
                time::sleep(after).await;
                Value { number, origin }
            }
        };
        let call = tokio::spawn(async move {
            let (value, error) = match client.load(&key, ttl, loader).await {
                Ok(value) => (Some(value), None),
                Err(error) => (None, Some(error)),
            };
            history.add(node, Happening::Ended { began, value, error });
        });
        self.calls.push((began, call));
    }

    fn insert(&mut self) {
        let ((node, client), key) = (self.client(), self.key());
        let ttl = Duration::from_secs(self.random.u64(5..=300));
        let (history, database) = (self.history.clone(), self.database.clone());
        let turn = self.writers[&key].clone();
        tokio::spawn(async move {
            let _turn = turn.lock().await;
            database.write(&Target::Key(key.clone()));
            let number = database.read(&key);
            let began = history.add(node, Happening::Began(Call::Insert(key.clone())));
            client.insert(&key, ttl, Value { number, origin: began }).await;
            history.add(node, Happening::Ended { began, value: None, error: None });
        });
    }

    fn invalidate(&mut self, setting: &Setting) {
        let ((node, client), target) = (self.client(), self.target(setting));
        let (history, database) = (self.history.clone(), self.database.clone());
        // Always in the order of the keys, so that nobody waits in a circle.
        let writers = self.writers.iter().filter(|(key, _)| target.hits(key));
        let writers: Vec<_> = writers.map(|(_, writer)| writer.clone()).collect();
        tokio::spawn(async move {
            let mut turns = Vec::new();
            for writer in writers {
                turns.push(writer.lock_owned().await);
            }
            database.write(&target);
            let began = history.add(node, Happening::Began(Call::Invalidate(target.clone())));
            client.invalidate(&target).await;
            history.add(node, Happening::Ended { began, value: None, error: None });
        });
    }

    fn target(&mut self, setting: &Setting) -> Target {
        match self.random.u32(..20) {
            _ if setting.is_moka => Target::Key(self.key()),
            0..11 => Target::Key(self.key()),
            11..15 => {
                let tags = ["users", "group 0", "group 1"];
                Target::Tag(tags[self.random.usize(..3)].to_owned())
            }
            15..19 => {
                let patterns = ["user:0:*", "user:*:[13]", "*a*", "plain"];
                Target::Matching(patterns[self.random.usize(..4)].to_owned())
            }
            _ => Target::All,
        }
    }

    /// Something outside of the nodes goes wrong, and is well again after a while.
    fn disturb(&mut self) {
        let (node, _) = self.client();
        let cut = if self.random.bool() { Cut::Fails } else { Cut::Hangs };
        let longest = if self.random.u32(..3) == 0 { 15_000 } else { 1_500 };
        let duration = self.draw(longest);
        let (world, history) = (self.world.clone(), self.history.clone());
        match self.random.u32(..10) {
            0 => {
                history.add("", Happening::Note("the store forgets".to_owned()));
                world.forget();
            }
            1..3 => {
                history.add("", Happening::Note(format!("{cut:?} for all")));
                world.cut_all(cut);
                tokio::spawn(async move {
                    time::sleep(duration).await;
                    history.add("", Happening::Note("healed for all".to_owned()));
                    world.heal_all();
                });
            }
            _ => {
                history.add(node, Happening::Note(format!("{cut:?}")));
                world.cut(node, cut);
                tokio::spawn(async move {
                    time::sleep(duration).await;
                    history.add(node, Happening::Note("healed".to_owned()));
                    world.heal(node);
                });
            }
        }
    }

    /// All is well again; what does everybody see then?
    async fn settle(&mut self) {
        self.world.faults(Faults::default());
        self.world.heal_all();
        self.history.add("", Happening::Note("all is well".to_owned()));
        time::sleep(SETTLING).await;
        self.world.heal_all();
        self.answered().await;
        let keys = self.database.keys();
        let rows = keys.iter().map(|key| (key.clone(), self.database.read(key))).collect();
        self.history.add("", Happening::Settled(rows));
        for (node, client) in self.clients.clone() {
            for key in &keys {
                let began = self.history.add(node, Happening::Began(Call::Get(key.clone())));
                let value = client.get(key).await;
                self.history.add(node, Happening::Ended { began, value, error: None });
            }
        }
        for _ in 0..self.clients.len() * keys.len() {
            self.load();
        }
        self.answered().await;
    }

    async fn answered(&mut self) {
        for (began, call) in self.calls.drain(..) {
            if time::timeout(FOR_EVER, call).await.is_err() {
                self.history.add("", Happening::Lost { began });
            }
        }
    }
}

/// Notes the end of a load, whether it came to its end or was stopped.
struct Ended {
    history: History,
    node: &'static str,
    began: usize,
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.history.add(self.node, Happening::LoadEnded { began: self.began });
    }
}
