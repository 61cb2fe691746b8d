//! Putting the switch together, and taking it apart.

use std::fmt::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use strowger_config::{Config, ConfigError, Place};
use strowger_core::Switch;
use strowger_core::bus::{Identity, QueueLimits, Subscription};
use strowger_core::channel::HangupCause;
use strowger_core::log::LogBus;
use strowger_core::media::{MediaEngine, MediaError, MediaOptions};
use strowger_event::EventKind;
use strowger_event_socket::{BindError, EventSocket};
use strowger_lua::Lua;
use strowger_python::Python;
use strowger_sip::sofia::{Sofia, SofiaError};
use strowger_speech::{Speech, SpeechConfigError};
use strowger_xml_curl::{XmlCurl, XmlCurlError};
use tokio::task::JoinHandle;

use crate::configuration::Configuration;
use crate::events;
use crate::heartbeat::heartbeat;
use crate::host::Host;
use crate::modules::{self, CriticalModule};

/// A switch that answers.
pub struct Running {
    switch: Arc<Switch>,
    sofia: Arc<Sofia>,
    event_socket: EventSocket,
    tasks: Vec<JoinHandle<()>>,
}

/// Why the switch did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is broken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The media threads could not be started.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// An engine of speech.conf cannot be had.
    #[error(transparent)]
    Speech(#[from] SpeechConfigError),
    /// A service of xml_curl.conf cannot be bound.
    #[error(transparent)]
    XmlCurl(#[from] XmlCurlError),
    /// A module without which it is not to start cannot be loaded.
    #[error(transparent)]
    Module(#[from] CriticalModule),
    /// A SIP address cannot be had.
    #[error(transparent)]
    Sip(#[from] SofiaError),
    /// The event socket's address cannot be had.
    #[error("{error}{}", .place.as_ref().map(|place| format!("; the port is set in {place}")).unwrap_or_default())]
    EventSocket {
        /// What the listener says.
        #[source]
        error: BindError,
        /// Where the port is set, unless it is the default.
        place: Option<Place>,
    },
}

impl StartError {
    /// 2 for what a change of the configuration mends, else 1.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            StartError::Config(_)
            | StartError::XmlCurl(_)
            | StartError::Speech(_)
            | StartError::Module(_)
            | StartError::Sip(_)
            | StartError::EventSocket { .. } => ExitCode::from(2),
            StartError::Media(_) => ExitCode::FAILURE,
        }
    }
}

/// How long calls have to end when the switch stops.
const GOODBYE: Duration = Duration::from_secs(5);

impl Running {
    /// Starts everything on `config`, which was read from `configuration`, and fires STARTUP.
    ///
    /// # Errors
    /// The first thing that cannot be had.
    pub async fn start(
        configuration: &Configuration,
        config: Config,
        host: Host,
        log: Arc<LogBus>,
    ) -> Result<Running, StartError> {
        let media = MediaEngine::start(MediaOptions {
            threads: 0,
            rtp_ports: config.switch.rtp_start_port..=config.switch.rtp_end_port,
        })?;
        let identity = identity(host, &config);
        let switch = Switch::new(identity, config, configuration.loader(), log, media);
        strowger_apps::register(switch.registries());
        strowger_core::endpoints::register(switch.registries());
        strowger_c_modules::install(&switch);
        let services = XmlCurl::start(&switch)?;
        let speech = Speech::start(&switch)?;
        let scripts = (Lua::start(&switch), Python::start(&switch));
        let sofia = Sofia::start(&switch).await?;
        let event_socket = match EventSocket::bind(&switch).await {
            Ok(event_socket) => event_socket,
            Err(error) => {
                sofia.shutdown().await;
                let place = port_place(&switch.config(), &error);
                return Err(StartError::EventSocket { error, place });
            }
        };
        if let Err(error) = modules::load_external(&switch).await {
            sofia.shutdown().await;
            event_socket.shutdown().await;
            return Err(error.into());
        }
        events::startup(&switch);
        scripts.0.run_startup_scripts(&switch);
        scripts.1.run_startup_scripts(&switch);
        let tasks = vec![
            tokio::spawn(heartbeat(Arc::clone(&switch))),
            tokio::spawn(reloads(&switch, &sofia, (services, speech), scripts)),
        ];
        Ok(Running { switch, sofia, event_socket, tasks })
    }

    /// The switch.
    pub fn switch(&self) -> &Arc<Switch> {
        &self.switch
    }

    /// Where the event socket listens.
    pub fn event_socket(&self) -> SocketAddr {
        self.event_socket.local_addr()
    }

    /// Where the event socket listens for TLS, if it does.
    pub fn event_socket_tls(&self) -> Option<SocketAddr> {
        self.event_socket.tls_addr()
    }

    /// The SIP profiles and where they listen, in the configuration's order.
    pub fn profiles(&self) -> Vec<(String, SocketAddr)> {
        self.sofia.addresses()
    }

    /// `ready esl=ADDR sip=ADDR[,ADDR…] [tls=ADDR]`.
    pub fn ready_line(&self) -> String {
        let mut line = format!("ready esl={} sip=", self.event_socket());
        for (number, (_, address)) in self.profiles().iter().enumerate() {
            // Writing into a String cannot fail.
            let _ = write!(line, "{}{address}", if number == 0 { "" } else { "," });
        }
        if let Some(address) = self.event_socket_tls() {
            let _ = write!(line, " tls={address}");
        }
        line
    }

    /// Ends the calls, then SIP, then, after SHUTDOWN, the event socket.
    pub async fn stop(self) {
        tracing::info!("shutting down");
        events::shutdown_requested(&self.switch);
        self.switch.begin_stopping();
        self.end_calls().await;
        self.sofia.shutdown().await;
        for task in &self.tasks {
            task.abort();
        }
        self.switch.end_modules().await;
        // Nothing is told behind SHUTDOWN.
        self.switch.scheduler().close();
        events::shutdown(&self.switch);
        self.event_socket.shutdown().await;
    }

    /// Hangs up every call and waits for them, but not for ever.
    async fn end_calls(&self) {
        let gone = async {
            // Calls that were being placed when the stop began may still come in.
            loop {
                let sessions = self.switch.sessions().all();
                if sessions.is_empty() {
                    return;
                }
                for session in &sessions {
                    session.hangup(HangupCause::SystemShutdown);
                }
                for session in &sessions {
                    session.gone().await;
                }
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(GOODBYE, gone).await.is_err() {
            tracing::warn!("{} calls did not end in time", self.switch.sessions().counts().running);
        }
    }
}

fn identity(host: Host, config: &Config) -> Identity {
    Identity {
        core_uuid: uuid::Uuid::new_v4().to_string(),
        switchname: config.switch.switchname.clone().unwrap_or_else(|| host.name.clone()),
        hostname: host.name,
        ipv4: host.ipv4.to_string(),
        ipv6: host.ipv6.to_string(),
    }
}

/// Where event_socket.conf sets the port that cannot be had.
fn port_place(config: &Config, error: &BindError) -> Option<Place> {
    let BindError::Address { setting, .. } = error else { return None };
    let param = format!("{setting}-port");
    let settings = config.configuration("event_socket.conf")?.child("settings")?;
    let is_port = |name: &str| name.eq_ignore_ascii_case(&param);
    let ports = settings.children_named("param").filter(|param| param.attr("name").is_some_and(is_port));
    ports.last().map(|param| param.place())
}

/// Hands each reloaded configuration, whoever asked for it, to SIP and to the services.
fn reloads(
    switch: &Arc<Switch>,
    sofia: &Arc<Sofia>,
    (services, speech): (Arc<XmlCurl>, Speech),
    (mut lua, mut python): (Lua, Python),
) -> impl Future<Output = ()> + Send + 'static {
    let (switch, sofia) = (Arc::clone(switch), Arc::clone(sofia));
    let heard: Subscription = switch.bus().subscribe(QueueLimits { items: 16, ..QueueLimits::default() });
    heard.update(|interest| interest.kinds.insert(EventKind::Reloadxml));
    async move {
        let mut batch = Vec::new();
        loop {
            heard.next_batch(&mut batch).await;
            batch.clear();
            let config = switch.config();
            sofia.configure(&config);
            services.configure(&config);
            speech.configure(&config);
            lua.configure(&switch, &config);
            python.configure(&switch, &config);
        }
    }
}
