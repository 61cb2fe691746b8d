use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `hostname`.
pub(super) struct Hostname;

#[async_trait]
impl ApiCommand for Hostname {
    fn about(&self) -> About {
        about("hostname", "", "The name of this machine.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        call.switch.bus().identity().hostname.clone()
    }
}

/// `switchname`.
pub(super) struct Switchname;

#[async_trait]
impl ApiCommand for Switchname {
    fn about(&self) -> About {
        about("switchname", "", "The name of this switch: that of switch.conf.xml, else the machine's.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        call.switch.bus().identity().switchname.clone()
    }
}
