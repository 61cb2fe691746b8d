//! `att_xfer`: somebody talks to a third party while another one waits.

use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;

use super::{Ear, api, call, test_switch};

const KINDS: &str = "CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP CHANNEL_PARK CHANNEL_EXECUTE";

/// Stands for the application of this name: what the third party hears then is another test's business.
struct ThreeWay;

#[async_trait]
impl Application for ThreeWay {
    fn about(&self) -> About {
        About { name: "three_way", syntax: "<uuid>", help: "test", module: "test" }
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        Err(session.idle().await)
    }
}

/// Two calls that are joined, the second of which talks to a third one.
struct Consultation {
    switch: Arc<Switch>,
    ear: Ear,
    waiting: String,
    consulting: String,
    third: String,
}

impl Consultation {
    async fn begin(variables: &str) -> Self {
        let switch = test_switch();
        let waiting = call(&switch, "{hold_music=silence_stream://-1}", "&park()").await;
        let consulting = call(&switch, variables, "&park()").await;
        let mut ear = Ear::new(&switch, KINDS);
        api(&switch, &format!("uuid_bridge {waiting} {consulting}")).await;
        ear.find(EventKind::ChannelBridge, &[("Unique-ID", &waiting)]).await;
        api(&switch, &format!("uuid_broadcast {consulting} att_xfer::null/third holdb")).await;
        let bridge = ear.find(EventKind::ChannelBridge, &[("Bridge-A-Unique-ID", &consulting)]).await;
        assert_eq!(bridge.get("variable_soft_holding_uuid"), Some(waiting.as_str()));
        let third = bridge.get("Bridge-B-Unique-ID").unwrap().to_owned();
        Self { switch, ear, waiting, consulting, third }
    }

    async fn type_key(&self, key: &str) {
        api(&self.switch, &format!("uuid_recv_dtmf {} {key}", self.consulting)).await;
    }

    async fn is_joined(&mut self, first: &str, second: &str) {
        let legs = [("Bridge-A-Unique-ID", first), ("Bridge-B-Unique-ID", second)];
        self.ear.find(EventKind::ChannelBridge, &legs).await;
    }

    async fn exists(&self, leg: &str) -> bool {
        api(&self.switch, &format!("uuid_exists {leg}")).await == "true"
    }
}

#[tokio::test]
async fn hanging_up_hands_the_one_over_to_the_other() {
    for (variables, key) in [("", None), ("", Some("*")), ("{attxfer_hangup_key=7}", Some("7"))] {
        let mut talk = Consultation::begin(variables).await;
        let (waiting, third) = (talk.waiting.clone(), talk.third.clone());
        match key {
            Some(key) => talk.type_key(key).await,
            None => drop(api(&talk.switch, &format!("uuid_kill {}", talk.consulting)).await),
        }
        talk.is_joined(&third, &waiting).await;
        assert!(!talk.exists(&talk.consulting).await && talk.exists(&waiting).await);
        strowger_test_support::becomes(&talk.switch.sessions().get(&third).unwrap(), "att_xfer_result", "success")
            .await;
        api(&talk.switch, &format!("uuid_kill {third}")).await;
        talk.ear.find(EventKind::ChannelHangup, &[("Unique-ID", &waiting)]).await;
    }
}

#[tokio::test]
async fn the_call_goes_back_to_the_one_that_waits() {
    for (variables, key) in [("", Some("#")), ("{attxfer_cancel_key=8}", Some("8")), ("", None)] {
        let mut talk = Consultation::begin(variables).await;
        let (waiting, consulting, third) = (talk.waiting.clone(), talk.consulting.clone(), talk.third.clone());
        match key {
            Some(key) => talk.type_key(key).await,
            None => drop(api(&talk.switch, &format!("uuid_kill {third}")).await),
        }
        talk.is_joined(&consulting, &waiting).await;
        assert!(!talk.exists(&third).await);
        let get = async |name: &str| api(&talk.switch, &format!("uuid_getvar {consulting} {name}")).await;
        assert_eq!(get("att_xfer_result").await, "success");
        assert_eq!((get("signal_bond").await, get("soft_holding_uuid").await), (waiting.clone(), "_undef_".into()));
        api(&talk.switch, &format!("uuid_kill {consulting}")).await;
        talk.ear.find(EventKind::ChannelHangup, &[("Unique-ID", &waiting)]).await;
    }
}

#[tokio::test]
async fn all_three_talk() {
    for ends in [false, true] {
        let mut talk = Consultation::begin("").await;
        let (waiting, consulting, third) = (talk.waiting.clone(), talk.consulting.clone(), talk.third.clone());
        talk.switch.registries().application(ThreeWay);
        let mut executes = Ear::new(&talk.switch, "CHANNEL_EXECUTE");
        talk.type_key("0").await;
        talk.is_joined(&consulting, &waiting).await;
        executes.find(EventKind::ChannelExecute, &[("Unique-ID", &third), ("Application-Data", &consulting)]).await;
        let (gone, left) = if ends { (&waiting, &consulting) } else { (&consulting, &waiting) };
        let pair = api(&talk.switch, &format!("uuid_getvar {gone} xfer_uuids")).await;
        assert_eq!(pair, format!("{third} {left}"));
        api(&talk.switch, &format!("uuid_kill {gone}")).await;
        talk.is_joined(&third, left).await;
    }
}

#[tokio::test]
async fn nobody_answers() {
    let mut talk = Consultation::begin("").await;
    let (waiting, consulting) = (talk.waiting.clone(), talk.consulting.clone());
    talk.type_key("#").await;
    talk.is_joined(&consulting, &waiting).await;
    let mut ear = Ear::new(&talk.switch, "CHANNEL_EXECUTE_COMPLETE");
    api(&talk.switch, &format!("uuid_broadcast {consulting} att_xfer::error/USER_BUSY")).await;
    let done = ear.find(EventKind::ChannelExecuteComplete, &[("Application", "att_xfer")]).await;
    assert_eq!(done.get("variable_originate_disposition"), Some("USER_BUSY"));
    assert_eq!(done.get("variable_signal_bond"), Some(waiting.as_str()));
    assert_eq!(api(&talk.switch, &format!("uuid_getvar {waiting} bridge_uuid")).await, consulting);
}

#[tokio::test]
async fn without_one_that_waits_the_call_goes_on() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", "att_xfer:null/third,park inline").await;
    let bridge = ear.find(EventKind::ChannelBridge, &[("Unique-ID", &id)]).await;
    let third = bridge.get("Bridge-B-Unique-ID").unwrap();
    api(&switch, &format!("uuid_kill {third}")).await;
    let park = ear.find(EventKind::ChannelPark, &[("Unique-ID", &id)]).await;
    assert_eq!(park.get("variable_signal_bond"), None);
    // The other way round the third one is parked for a moment.
    let id = call(&switch, "", "att_xfer:null/third inline").await;
    let bridge = ear.find(EventKind::ChannelBridge, &[("Unique-ID", &id)]).await;
    let third = bridge.get("Bridge-B-Unique-ID").unwrap();
    api(&switch, &format!("uuid_kill {id}")).await;
    let park = ear.find(EventKind::ChannelPark, &[("Unique-ID", third)]).await;
    assert_eq!(park.get("variable_park_timeout"), Some("3"));
}
