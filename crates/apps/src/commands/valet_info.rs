use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use crate::valet::Lots;

/// `valet_info` (mod_valet_parking).
pub(super) struct ValetInfo(pub(super) Arc<Lots>);

#[async_trait]
impl ApiCommand for ValetInfo {
    fn about(&self) -> About {
        About {
            name: "valet_info",
            syntax: "[<lot name>]",
            help: "Tells which calls are parked where, as XML.",
            module: "mod_valet_parking",
        }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let only = Some(call.arguments).filter(|name| !name.is_empty());
        let mut out = "<lots>\n".to_owned();
        for (name, places) in self.0.report(only) {
            out.push_str(&format!("  <lot name=\"{}\">\n", escaped(&name)));
            for (extension, uuid) in places {
                let (extension, uuid) = (escaped(&extension), escaped(&uuid));
                out.push_str(&format!("    <extension uuid=\"{uuid}\">{extension}</extension>\n"));
            }
            out.push_str("  </lot>\n");
        }
        out.push_str("</lots>\n");
        out
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
