//! The switch: everything that is shared, passed to whoever needs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwap;
use strowger_config::{Config, ConfigError};
use strowger_event::{Event, EventKind};

use crate::bus::{EventBus, Identity, Origin};
use crate::console::ConsoleWords;
use crate::endpoints::Pickups;
use crate::globals::Globals;
use crate::limits::Limits;
use crate::log::{LogBus, LogLevel};
use crate::lookup::Lookups;
use crate::media::MediaEngine;
use crate::modules::{Externals, Shelf};
use crate::processor::Processor;
use crate::registry::{ApiCall, Registries};
use crate::resources::Resources;
use crate::scheduler::Scheduler;
use crate::sessions::Sessions;
use crate::stop::Asked;
use crate::store::Store;

tokio::task_local! {
    /// The commands this task is in: `${eval(${eval(…)})}` must end.
    static NESTING: Nesting;
}

/// How deep a command is within others, and how many more the outermost one may run: with a depth alone, a few lines
/// that name each other several times would run for hours.
#[derive(Clone)]
struct Nesting {
    depth: u8,
    left: Arc<AtomicU32>,
}

/// How deep commands may be within commands.
const MAX_NESTING: u8 = 8;

/// How many commands may run within one.
const MAX_NESTED: u32 = 1000;

/// Reads the configuration anew, for `reloadxml`.
pub type ConfigLoader = Box<dyn Fn() -> Result<Config, ConfigError> + Send + Sync>;

/// The running switch.
pub struct Switch {
    bus: Arc<EventBus>,
    log: Arc<LogBus>,
    registries: Registries,
    shelf: Shelf,
    externals: Externals,
    console: ConsoleWords,
    sessions: Sessions,
    limits: Limits,
    resources: Resources,
    hash: Store,
    database: Store,
    groups: Store,
    scheduler: Scheduler,
    processor: Processor,
    media: MediaEngine,
    globals: Globals,
    pickups: Pickups,
    lookups: Lookups,
    config: ArcSwap<Config>,
    loader: ConfigLoader,
    started: Instant,
    started_at: SystemTime,
    stopping: AtomicBool,
    stop: Asked,
}

impl Switch {
    /// A switch on `config`; nothing listens yet.
    pub fn new(
        identity: Identity,
        config: Config,
        loader: ConfigLoader,
        log: Arc<LogBus>,
        media: MediaEngine,
    ) -> Arc<Self> {
        let globals = Globals::default();
        globals.extend(&config.globals);
        globals.set("core_uuid", &identity.core_uuid);
        globals.set("hostname", &identity.hostname);
        globals.set("switchname", &identity.switchname);
        log.limit(log_limit(&config));
        let bus = Arc::new(EventBus::new(identity));
        Arc::new(Self {
            limits: Limits::new(&config.switch),
            resources: Resources::default(),
            hash: Store::default(),
            database: Store::default(),
            groups: Store::default(),
            scheduler: Scheduler::new(Arc::clone(&bus)),
            processor: Processor::default(),
            bus,
            log,
            registries: Registries::default(),
            shelf: Shelf::default(),
            externals: Externals::default(),
            console: ConsoleWords::default(),
            sessions: Sessions::default(),
            media,
            globals,
            pickups: Pickups::default(),
            lookups: Lookups::default(),
            config: ArcSwap::from_pointee(config),
            loader,
            started: Instant::now(),
            started_at: SystemTime::now(),
            stopping: AtomicBool::new(false),
            stop: Asked::new(None),
        })
    }

    /// The event bus.
    pub fn bus(&self) -> &Arc<EventBus> {
        &self.bus
    }

    /// The log.
    pub fn log(&self) -> &Arc<LogBus> {
        &self.log
    }

    /// Applications, commands, endpoints.
    pub fn registries(&self) -> &Registries {
        &self.registries
    }

    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    pub(crate) fn externals(&self) -> &Externals {
        &self.externals
    }

    /// What consoles know besides the commands: aliases, and how lines go on.
    pub fn console(&self) -> &ConsoleWords {
        &self.console
    }

    /// The running sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What it takes on.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The legs that wait to be picked up.
    pub fn pickups(&self) -> &Pickups {
        &self.pickups
    }

    /// What calls have taken of counted resources.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// What is kept with `hash`.
    pub fn hash(&self) -> &Store {
        &self.hash
    }

    /// What is kept with `db`.
    pub fn database(&self) -> &Store {
        &self.database
    }

    /// What is kept with `group`: the realm is the group, the keys are its dial strings.
    pub fn groups(&self) -> &Store {
        &self.groups
    }

    /// The services that know users and extensions.
    pub fn lookups(&self) -> &Lookups {
        &self.lookups
    }

    /// What it is to do later.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// The machine's processors.
    pub fn processor(&self) -> &Processor {
        &self.processor
    }

    /// The media threads.
    pub fn media(&self) -> &MediaEngine {
        &self.media
    }

    /// Global variables.
    pub fn globals(&self) -> &Globals {
        &self.globals
    }

    /// The configuration as it is now.
    pub fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// Since when it runs.
    pub fn started(&self) -> (Instant, SystemTime) {
        (self.started, self.started_at)
    }

    /// A new Unique-ID.
    pub fn new_uuid(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    /// Reads the configuration anew and fires RELOADXML.
    ///
    /// # Errors
    /// What is wrong with it, and where; the running configuration stays.
    pub fn reload(&self) -> Result<Arc<Config>, ConfigError> {
        let config = Arc::new((self.loader)()?);
        self.globals.extend(&config.globals);
        let before = self.config.swap(Arc::clone(&config));
        self.limits.reload(&before.switch, &config.switch);
        if before.switch.loglevel != config.switch.loglevel {
            self.log.limit(log_limit(&config));
        }
        self.bus.publish(Event::new(EventKind::Reloadxml), Origin::new("switch_xml.c", "switch_xml_open_root", 2443));
        Ok(config)
    }

    /// Runs an API command; `None` when there is none of that name.
    pub async fn execute_api(self: &Arc<Self>, name: &str, arguments: &str) -> Option<String> {
        let command = self.registries.commands.get(name)?;
        let origin = Origin::new("switch_loadable_module.c", "switch_api_execute", 2995);
        if self.bus.wants(EventKind::Api) {
            let mut event = Event::new(EventKind::Api).header("API-Command", name);
            if !arguments.is_empty() {
                event = event.header("API-Command-Argument", arguments);
            }
            self.bus.publish(event, origin);
        } else {
            self.bus.skip();
        }
        let Some(nesting) = Nesting::enter().await else {
            return Some("-ERR commands are nested too deeply\n".to_owned());
        };
        let call = ApiCall { switch: self, arguments: arguments.trim() };
        Some(NESTING.scope(nesting, command.run(call)).await)
    }

    pub(crate) fn asked_to_stop(&self) -> &Asked {
        &self.stop
    }

    /// No new calls from now on.
    pub fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether new calls are refused because the switch stops.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whether new calls of any kind are let in (`switch_core_ready`).
    pub fn is_ready(&self) -> bool {
        !self.is_stopping() && !self.limits.figures().all_paused()
    }
}

/// `loglevel` of switch.conf.xml: no more talkative line is written at all.
fn log_limit(config: &Config) -> LogLevel {
    LogLevel::parse(&config.switch.loglevel).unwrap_or(LogLevel::Debug)
}

impl Nesting {
    /// One more command; `None` when it is too deep in others, or one too many.
    async fn enter() -> Option<Self> {
        let Ok(Self { depth, left }) = NESTING.try_with(Self::clone) else {
            return Some(Self { depth: 0, left: Arc::new(AtomicU32::new(MAX_NESTED)) });
        };
        // Commands that never wait would keep the thread to themselves.
        tokio::task::coop::consume_budget().await;
        let one = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        (one.is_ok() && depth + 1 < MAX_NESTING).then_some(Self { depth: depth + 1, left })
    }
}
