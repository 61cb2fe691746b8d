//! The dialplan that a service has for a call.

use std::sync::Arc;

use strowger_config::{Config, Dialplan, Document};
use strowger_event::EventKind;

use super::{Question, Section};
use crate::bus::Origin;
use crate::session::{Interrupted, Session};

const LOCATE: Origin = Origin::new("mod_dialplan_xml.c", "dialplan_xml_locate", 527);

/// The dialplan that counts for one hunt.
pub(crate) enum FoundDialplan {
    Configured(Arc<Config>),
    Served(Arc<Document>),
}

impl FoundDialplan {
    pub(crate) fn dialplan(&self) -> &Dialplan {
        static NONE: Dialplan = Dialplan { contexts: Vec::new() };
        match self {
            Self::Configured(config) => &config.dialplan,
            Self::Served(document) => document.dialplan().unwrap_or(&NONE),
        }
    }
}

impl Session {
    /// The dialplan for the call as it is now: a service's, when one is bound and its answer has a dialplan, else the
    /// configuration's. The service is told everything of the call, and where it is looked for (`Hunt-…`).
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere before there was an answer.
    pub(crate) async fn find_dialplan(&mut self) -> Result<FoundDialplan, Interrupted> {
        let switch = Arc::clone(self.switch());
        if switch.lookups().serve(Section::Dialplan) {
            let mut params = switch.bus().stamp(self.channel.event(EventKind::RequestParams, &[]), LOCATE).headers;
            self.channel.push_profile("Hunt", &mut params);
            let question = Question { section: Section::Dialplan, tag: "", key: "", value: String::new(), params };
            let answer = self.attend_unmoved(switch.lookups().ask(&question)).await?;
            if let Some(document) = answer.filter(|document| document.dialplan().is_some()) {
                return Ok(FoundDialplan::Served(document));
            }
        }
        Ok(FoundDialplan::Configured(switch.config()))
    }
}
