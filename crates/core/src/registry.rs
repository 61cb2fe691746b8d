//! What modules bring: dialplan applications, API commands and endpoints, each declared in one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::RwLock;

use crate::channel::CallerProfile;
use crate::endpoint::Endpoint;
use crate::ivr::Ivr;
use crate::session::{Interrupted, Session};
use crate::speech::{Recogniser, Synthesizer};
use crate::switch::Switch;

/// What help, completion and `show` say of an application or a command.
#[derive(Clone, Copy, Debug)]
pub struct AboutOf<'a> {
    /// Its name on the wire.
    pub name: &'a str,
    /// Its arguments.
    pub syntax: &'a str,
    /// One line of what it does.
    pub help: &'a str,
    /// The FreeSWITCH module that brings it there, or the one that was loaded from a file.
    pub module: &'a str,
}

/// The same of what is built in: the texts are the program's own.
pub type About = AboutOf<'static>;

/// A dialplan application.
#[async_trait]
pub trait Application: Send + Sync {
    /// Name, syntax and help.
    fn about(&self) -> AboutOf<'_>;

    /// Runs it on a session; `data` is its argument with variables expanded.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended (or was taken elsewhere) meanwhile; the session's loop acts on it.
    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted>;
}

/// An API command.
#[async_trait]
pub trait ApiCommand: Send + Sync {
    /// Name, syntax and help.
    fn about(&self) -> AboutOf<'_>;

    /// Runs it; the text is the whole answer, `-ERR …` and `-USAGE: …` included.
    async fn run(&self, call: ApiCall<'_>) -> String;
}

/// One call of an API command.
pub struct ApiCall<'a> {
    /// The switch.
    pub switch: &'a Arc<Switch>,
    /// The arguments, trimmed; empty when there are none.
    pub arguments: &'a str,
}

impl ApiCall<'_> {
    /// `-USAGE: …` for a command that was called wrongly.
    #[must_use]
    pub fn usage(about: AboutOf<'_>) -> String {
        format!("-USAGE: {}\n", about.syntax)
    }
}

/// Things by name; names match in any ASCII case.
pub struct Registry<T: ?Sized>(RwLock<BTreeMap<String, Arc<T>>>);

impl<T: ?Sized> Default for Registry<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: ?Sized> Registry<T> {
    /// Adds one; a later one of the same name takes its place.
    pub fn add(&self, name: &str, one: Arc<T>) {
        self.0.write().insert(name.to_ascii_lowercase(), one);
    }

    /// Adds one under the name that it says.
    pub(crate) fn add_named(&self, one: Arc<T>, name: impl FnOnce(&T) -> String) {
        self.add(&name(&one), one);
    }

    /// Takes the one of that name away.
    pub fn remove(&self, name: &str) {
        self.0.write().remove(&name.to_ascii_lowercase());
    }

    /// The one of that name.
    pub fn get(&self, name: &str) -> Option<Arc<T>> {
        let names = self.0.read();
        names.get(name).or_else(|| names.get(&name.to_ascii_lowercase())).cloned()
    }

    /// Takes those out that belong to something, and gives them back.
    pub(crate) fn take(&self, belongs: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        let mut names = self.0.write();
        let taken = names.values().filter(|one| belongs(one)).cloned().collect();
        names.retain(|_, one| !belongs(one));
        taken
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Arc<T>> {
        self.0.read().values().cloned().collect()
    }

    /// Their names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.0.read().keys().cloned().collect()
    }
}

/// The registries of a switch.
#[derive(Default)]
pub struct Registries {
    /// Dialplan applications.
    pub applications: Registry<dyn Application>,
    /// API commands.
    pub commands: Registry<dyn ApiCommand>,
    /// Endpoints, by the word in front of the first `/` of a dial string.
    pub endpoints: Registry<dyn Endpoint>,
    /// What plays, asks and records on calls, for those who have not got the applications; by the name `ivr`.
    pub ivr: Registry<dyn Ivr>,
    /// Engines that speak.
    pub synthesizers: Registry<dyn Synthesizer>,
    /// Engines that understand speech.
    pub recognisers: Registry<dyn Recogniser>,
}

impl Registries {
    /// Adds an application under its own name.
    pub fn application(&self, application: impl Application + 'static) {
        self.applications.add_named(Arc::new(application), |one| one.about().name.to_owned());
    }

    /// Adds a command under its own name.
    pub fn command(&self, command: impl ApiCommand + 'static) {
        self.commands.add_named(Arc::new(command), |one| one.about().name.to_owned());
    }

    /// Adds an endpoint under its own name.
    pub fn endpoint(&self, endpoint: Arc<dyn Endpoint>) {
        self.endpoints.add(endpoint.name(), endpoint);
    }
}

/// The profile an originated leg starts with.
#[must_use]
pub fn outbound_profile(number: &str, name: &str, destination: &str) -> CallerProfile {
    CallerProfile {
        caller_id_name: name.to_owned(),
        caller_id_number: number.to_owned(),
        orig_caller_id_name: name.to_owned(),
        orig_caller_id_number: number.to_owned(),
        callee_id_name: "Outbound Call".to_owned(),
        callee_id_number: destination.to_owned(),
        ani: number.to_owned(),
        destination_number: destination.to_owned(),
        context: "default".to_owned(),
        source: "src/switch_ivr_originate.c".to_owned(),
        ..CallerProfile::default()
    }
}
