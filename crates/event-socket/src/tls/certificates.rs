//! The certificate that new handshakes get, and what is read again when its files change.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustls::ServerConfig;
use strowger_config::TlsSettings;

use super::error::TlsError;
use super::pem::server_config;
use super::validity::Validity;

/// Certificate, key and client CAs, as they were when they could last be read.
///
/// All three are replaced at once, with the sessions that clients could resume: a resumed session would know the old
/// certificate only, and may belong to a client that would not be let in any more.
pub(crate) struct Certificates {
    current: ArcSwap<ServerConfig>,
    state: Mutex<State>,
}

struct State {
    settings: TlsSettings,
    validity: Validity,
    /// The files that need not be looked at again: they are in use, or somebody was told what is wrong with them.
    settled: Stamps,
    /// Files that could not be used when they were first seen so: they may have been half written.
    doubtful: Option<Stamps>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn load(settings: &TlsSettings) -> Result<Self, TlsError> {
        // What changes while it is read is seen to have changed later.
        let settled = Stamps::of(settings);
        let (config, validity) = server_config(settings)?;
        let state = State { settings: settings.clone(), validity, settled, doubtful: None };
        state.tell("uses");
        Ok(Self { current: ArcSwap::from_pointee(config), state: Mutex::new(state) })
    }

    /// For a new handshake.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }

    /// Reads the files again, by other settings if there are some.
    ///
    /// # Errors
    /// What is wrong with them; what was read before stays.
    pub(crate) fn reload(&self, settings: Option<&TlsSettings>) -> Result<(), TlsError> {
        let mut state = self.state.lock();
        let settings = settings.unwrap_or(&state.settings).clone();
        let stamps = Stamps::of(&settings);
        let outcome = server_config(&settings);
        state.settled = stamps;
        state.doubtful = None;
        let (config, validity) = outcome?;
        state.settings = settings;
        self.replace(&mut state, config, validity);
        Ok(())
    }

    /// Reads the files again if they have changed. What is broken when it is first seen is looked at once more before it is
    /// complained of: certificate and key are two files, and writing takes a moment.
    pub(crate) fn poll(&self) {
        let mut state = self.state.lock();
        let stamps = Stamps::of(&state.settings);
        if stamps == state.settled {
            return;
        }
        match server_config(&state.settings) {
            Ok((config, validity)) => {
                state.settled = stamps;
                state.doubtful = None;
                self.replace(&mut state, config, validity);
            }
            Err(error) if state.doubtful.as_ref() == Some(&stamps) => {
                complain(&error);
                state.settled = stamps;
                state.doubtful = None;
            }
            Err(_) => state.doubtful = Some(stamps),
        }
    }

    /// Says again what is to be known about the certificate's end.
    pub(crate) fn remind(&self) {
        self.state.lock().warn();
    }

    fn replace(&self, state: &mut State, config: ServerConfig, validity: Validity) {
        self.current.store(Arc::new(config));
        state.validity = validity;
        state.tell("now uses");
    }
}

/// Logs why the files are not used.
pub(super) fn complain(error: &TlsError) {
    tracing::error!("event socket: TLS goes on with the certificate it has: {error}");
}

impl State {
    fn tell(&self, uses: &str) {
        let path = self.settings.certificate.path.display();
        tracing::info!("event socket: TLS {uses} the certificate {path}, good until {}", self.validity.until());
        self.warn();
    }

    fn warn(&self) {
        if let Some(complaint) = self.validity.complaint(SystemTime::now()) {
            tracing::warn!(
                "event socket: the TLS certificate {} {complaint}",
                self.settings.certificate.path.display()
            );
        }
    }
}

/// What files looked like from outside.
#[derive(Debug, PartialEq, Eq)]
struct Stamps([Option<Stamp>; 3]);

/// Device, inode, length, modification and change times in seconds and nanoseconds.
type Stamp = (u64, u64, u64, [i64; 4]);

impl Stamps {
    fn of(settings: &TlsSettings) -> Self {
        let client_ca = settings.client_ca.as_ref().and_then(|file| stamp(&file.path));
        Self([stamp(&settings.certificate.path), stamp(&settings.key.path), client_ca])
    }
}

/// `None` for a file that is not there.
fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok()?;
    let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
    Some((found.dev(), found.ino(), found.len(), times))
}

#[cfg(test)]
mod tests;
