//! Users and extensions from an HTTP service, as FreeSWITCH's `mod_xml_curl` has them.
//!
//! The services of `xml_curl.conf` are asked, in order, before the configuration is: a POST with what is looked for, and an
//! XML document back. One that does not answer in time, or not with what can be read, is passed over, and the log says why.
//! A crate of its own so that nobody else has to take the HTTP client.

mod answer;
mod binding;
mod error;
mod form;

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use strowger_config::{Config, Document};
use strowger_core::Switch;
use strowger_core::lookup::{DocumentSource, Question, Section};

use binding::Binding;
pub use error::XmlCurlError;

/// The services of a switch.
pub struct XmlCurl {
    /// The switch has this one.
    switch: Weak<Switch>,
    bindings: ArcSwap<Vec<Binding>>,
}

impl XmlCurl {
    /// Binds the services that the switch's configuration names.
    ///
    /// # Errors
    /// A file that a binding names cannot be used.
    pub fn start(switch: &Arc<Switch>) -> Result<Arc<XmlCurl>, XmlCurlError> {
        let bindings = bindings(&switch.config())?;
        bindings.iter().for_each(Binding::announce);
        let services = Arc::new(XmlCurl { switch: Arc::downgrade(switch), bindings: ArcSwap::from_pointee(bindings) });
        switch.lookups().bind(Arc::clone(&services) as Arc<dyn DocumentSource>);
        Ok(services)
    }

    /// Takes over the services of another configuration. If a file they name cannot be used the log says so, and those
    /// from before stay.
    pub fn configure(&self, config: &Config) {
        match bindings(config) {
            Ok(bindings) => self.bindings.store(Arc::new(bindings)),
            Err(error) => tracing::error!("xml_curl: {error}"),
        }
    }
}

/// Whether the services of a configuration could be bound.
///
/// # Errors
/// A file that a binding names cannot be used.
pub fn check(config: &Config) -> Result<(), XmlCurlError> {
    bindings(config).map(drop)
}

fn bindings(config: &Config) -> Result<Vec<Binding>, XmlCurlError> {
    config.xml_curl.iter().map(Binding::new).collect()
}

#[async_trait]
impl DocumentSource for XmlCurl {
    fn serves(&self, section: Section) -> bool {
        self.bindings.load().iter().any(|binding| binding.serves(section))
    }

    async fn ask(&self, question: &Question) -> Option<Arc<Document>> {
        let switch = self.switch.upgrade()?;
        let hostname = &switch.bus().identity().switchname;
        for binding in self.bindings.load_full().iter().filter(|binding| binding.serves(question.section)) {
            match binding.ask(question, hostname, || switch.globals().all()).await {
                Ok(document) if document.is_not_found() => {}
                Ok(document) => return Some(Arc::new(document)),
                Err(error) => binding.complain(question, &error),
            }
        }
        None
    }
}
