//! Calls that the dialplan leads astray end, with the cause that FreeSWITCH gives.

use strowger_event::EventKind;
use strowger_test_support::Ear;

use super::{api, call};

const DIALPLAN: &str = r#"<document type="freeswitch/xml"><section name="dialplan"><context name="default">
  <extension name="circle"><condition field="destination_number" expression="^circle$">
    <action application="transfer" data="circle XML default"/>
  </condition></extension>
  <extension name="nest"><condition field="destination_number" expression="^nest$">
    <action application="execute_extension" data="nest XML default"/>
    <action application="execute_extension" data="nobody XML default"/>
    <action application="hangup" data="USER_BUSY"/>
  </condition></extension>
  <extension name="away"><condition field="destination_number" expression="^away$">
    <action application="transfer" data="1 XML nowhere"/>
  </condition></extension>
  <extension name="typo"><condition field="destination_number" expression="^typo$">
    <action application="ecco"/>
  </condition></extension>
  <extension name="done"><condition field="destination_number" expression="^done$">
    <action application="set" data="seen=yes" inline="true"/>
  </condition></extension>
  <extension name="anything"><condition field="destination_number" expression="^say(.*)$">
    <action application="set" data="said=$1"/>
    <action application="park"/>
  </condition></extension>
</context></section></document>"#;

async fn ends_with(number: &str, cause: &str) {
    let switch = strowger_test_support::switch(DIALPLAN);
    crate::register(switch.registries());
    let mut heard = Ear::new(&switch, "CHANNEL_HANGUP");
    call(&switch, "", number).await;
    let hangup = heard.find(EventKind::ChannelHangup, &[]).await;
    assert_eq!(hangup.get("Hangup-Cause"), Some(cause), "{number}");
}

#[tokio::test(start_paused = true)]
async fn ways_that_lead_nowhere_end() {
    ends_with("circle", "EXCHANGE_ROUTING_ERROR").await;
    ends_with("nest", "USER_BUSY").await;
    ends_with("away", "NO_ROUTE_DESTINATION").await;
    ends_with("nobody", "NO_ROUTE_DESTINATION").await;
    ends_with("typo", "DESTINATION_OUT_OF_ORDER").await;
    ends_with("done", "NORMAL_CLEARING").await;
}

#[tokio::test(start_paused = true)]
async fn what_a_caller_dials_runs_nothing() {
    let switch = strowger_test_support::switch(DIALPLAN);
    crate::register(switch.registries());
    let mut heard = Ear::new(&switch, "CHANNEL_EXECUTE");
    let uuid = call(&switch, "", "say${global_setvar(hacked=1)}").await;
    heard.find(EventKind::ChannelExecute, &[("Application", "park")]).await;
    assert_eq!(api(&switch, &format!("uuid_getvar {uuid} said")).await, "%{global_setvar(hacked=1)}");
    assert_eq!(switch.globals().get("hacked"), None);
}
