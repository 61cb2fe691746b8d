//! Dial strings on legs that do as they are told: who is called when, who wins, and how the others end.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_event::EventKind;
use strowger_test_support::{Ear, Put, Wait, execute, originate, variable};
use support::Scripted;
use tokio::time::Instant;

fn switch(directory: &str) -> Arc<Switch> {
    let switch = strowger_test_support::switch(&format!(
        r#"<document type="freeswitch/xml"><section name="configuration"><configuration name="switch.conf"><settings>
        <param name="max-sessions" value="1000"/><param name="sessions-per-second" value="1000"/>
        </settings></configuration></section><section name="directory">{directory}</section></document>"#
    ));
    switch.registries().endpoint(Arc::new(Scripted));
    switch.registries().application(Wait);
    switch.registries().application(Put);
    switch
}

/// How a dial string ends, and after how many milliseconds: the name of the channel that answered, or the cause.
async fn outcome(switch: &Arc<Switch>, dial_string: &str) -> (String, u128) {
    let begun = Instant::now();
    let answered = originate(switch, dial_string).await;
    let elapsed = begun.elapsed().as_millis();
    let told = match answered {
        Ok(handle) => variable(&handle, "channel_name").await,
        Err(cause) => cause.name().to_owned(),
    };
    (told, elapsed)
}

/// Every originated leg ends when the switch's sessions are looked at again.
async fn check(dial_string: &str, told: &str, elapsed: u128) {
    let switch = switch("");
    let got = outcome(&switch, dial_string).await;
    assert_eq!((got.0.as_str(), got.1), (told, elapsed), "{dial_string}");
    let left = if told.contains('/') { 1 } else { 0 };
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(switch.sessions().counts().running, left, "{dial_string}");
}

#[tokio::test(start_paused = true)]
async fn legs_at_once_the_first_wins() {
    check("test/500=answer,test/200=answer,test/none", "test/200=answer", 200).await;
    check("test/100=USER_BUSY,test/200=answer", "test/200=answer", 200).await;
    check("error/USER_BUSY,test/200=answer", "test/200=answer", 200).await;
    check("test/300=USER_BUSY,test/200=CALL_REJECTED", "USER_BUSY", 300).await;
    check("error/USER_BUSY,test/200=CALL_REJECTED", "CALL_REJECTED", 200).await;
    check("error/USER_BUSY,error/CALL_REJECTED", "CALL_REJECTED", 0).await;
}

#[tokio::test(start_paused = true)]
async fn losers_are_told_so() {
    let switch = switch("");
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP");
    originate(&switch, "test/none,test/200=answer").await.unwrap();
    let lost = ear.next().await;
    assert_eq!(lost.get("Hangup-Cause"), Some("LOSE_RACE"));
    assert_eq!(lost.get("variable_group_dial_status"), Some("loser"));
    assert_eq!(lost.get("Channel-Name"), Some("test/none"));
}

#[tokio::test(start_paused = true)]
async fn groups_one_after_the_other() {
    check("test/100=USER_BUSY|test/200=answer", "test/200=answer", 300).await;
    check("test/100=USER_BUSY,error/USER_BUSY|nosuch/x|test/50=answer", "test/50=answer", 150).await;
    check("test/100=USER_BUSY|test/200=CALL_REJECTED", "CALL_REJECTED", 300).await;
}

#[tokio::test(start_paused = true)]
async fn calls_side_by_side() {
    check("test/100=USER_BUSY|test/100=answer:_:test/300=answer", "test/100=answer", 200).await;
    check("<originate_timeout=1>test/a:_:{originate_timeout=2}test/b", "NO_ANSWER", 2000).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_dialled() {
    check("nosuch/1000", "CHAN_NOT_IMPLEMENTED", 0).await;
    check("probe", "CHAN_NOT_IMPLEMENTED", 0).await;
    check("{a=1}", "DESTINATION_OUT_OF_ORDER", 0).await;
    check("{a=1", "DESTINATION_OUT_OF_ORDER", 0).await;
    check("error/606", "USER_NOT_REGISTERED", 0).await;
    check("error/nonsense", "NORMAL_CLEARING", 0).await;
}

#[tokio::test(start_paused = true)]
async fn times_run_out() {
    check("{originate_timeout=7}test/none", "NO_ANSWER", 7000).await;
    check("[leg_timeout=3]test/none", "ALLOTTED_TIMEOUT", 3000).await;
    check("[leg_timeout=3]test/none,test/5000=answer", "test/5000=answer", 5000).await;
    check("[leg_progress_timeout=2]test/none", "PROGRESS_TIMEOUT", 2000).await;
    check("{progress_timeout=2}test/1000=ring;4000=answer", "test/1000=ring;4000=answer", 4000).await;
    check("{originate_timeout=2}test/none|test/0=answer", "NO_ANSWER", 2000).await;
    check("{originate_timeout=2,originate_continue_on_timeout=true}test/none|test/0=answer", "test/0=answer", 2000)
        .await;
}

#[tokio::test(start_paused = true)]
async fn legs_begin_in_their_time() {
    check("[leg_delay_start=5]test/100=answer,test/none", "test/100=answer", 5100).await;
    check("[leg_delay_start=5]test/100=answer,test/300=USER_BUSY", "test/100=answer", 400).await;
    check("[leg_delay_start=5]test/100=answer", "test/100=answer", 100).await;
    check("{originate_delay_start=250}test/100=answer", "test/100=answer", 350).await;
}

#[tokio::test(start_paused = true)]
async fn failures_are_tried_again() {
    check("{originate_retries=3,originate_retry_sleep_ms=700}test/100=USER_BUSY", "USER_BUSY", 1700).await;
    check("{originate_retries=3}error/USER_BUSY", "USER_BUSY", 2000).await;
}

#[tokio::test(start_paused = true)]
async fn one_reject_may_be_enough() {
    check("{fail_on_single_reject=true}test/100=USER_BUSY,test/200=answer", "NO_ANSWER", 100).await;
    check("{fail_on_single_reject=true}test/100=USER_BUSY,test/200=answer|test/10=answer", "test/10=answer", 110).await;
    check("{fail_on_single_reject=USER_BUSY}test/100=USER_BUSY,test/200=answer|test/10=answer", "NO_ANSWER", 100).await;
    check("{fail_on_single_reject=CALL_REJECTED}test/100=USER_BUSY,test/200=answer", "test/200=answer", 200).await;
    check("{fail_on_single_reject=!USER_BUSY}test/100=CALL_REJECTED,test/200=answer", "NO_ANSWER", 100).await;
    check("{fail_on_single_reject=!USER_BUSY}test/100=USER_BUSY,test/200=answer", "test/200=answer", 200).await;
    check("{fail_on_single_reject=true}error/USER_BUSY,test/200=answer|test/10=answer", "USER_BUSY", 0).await;
}

#[tokio::test(start_paused = true)]
async fn early_media_is_an_answer_unless_ignored() {
    let leg = "test/100=early;300=answer";
    check(leg, leg, 100).await;
    for ignored in ["true", "ring_ready", "consume"] {
        check(&format!("{{ignore_early_media={ignored}}}{leg}"), leg, 300).await;
    }
    check("{return_ring_ready=true}test/100=ring;300=answer", "test/100=ring;300=answer", 100).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_answers_may_have_to_accept() {
    let switch = switch("");
    let dial_string = "{group_confirm_key=52,group_confirm_read_timeout=1000}test/a;100=answer,test/b;100=answer";
    let calling = tokio::spawn({
        let switch = Arc::clone(&switch);
        async move { originate(&switch, dial_string).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let [first, second] = switch.sessions().all().try_into().ok().unwrap();
    first.tell(|session| session.receive_digits("51")).unwrap();
    tokio::time::sleep(Duration::from_millis(5000)).await;
    assert!(!calling.is_finished());
    second.tell(|session| session.receive_digits("52")).unwrap();
    assert_eq!(calling.await.unwrap().unwrap().uuid(), second.uuid());
    first.gone().await;
    assert_eq!(first.hangup_cause(), Some(HangupCause::LoseRace));
}

#[tokio::test(start_paused = true)]
async fn an_application_may_ask_whoever_answers() {
    let switch = switch("");
    for (asks, elapsed) in [("wait 500", 600), ("put", 100)] {
        let dial_string = format!("{{group_confirm_key=exec,group_confirm_file='{asks}'}}test/100=answer");
        assert_eq!(outcome(&switch, &dial_string).await, ("test/100=answer".to_owned(), elapsed), "{asks}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_leaves_nothing() {
    let switch = switch("");
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP");
    let wait = originate(&switch, "test/a,test/b:_:[leg_delay_start=9]test/c,test/d");
    tokio::time::timeout(Duration::from_secs(1), wait).await.err().unwrap();
    for _ in 0..3 {
        assert_eq!(ear.next().await.get("Hangup-Cause"), Some("ORIGINATOR_CANCEL"));
    }
    switch.sessions().all_gone().await;
}

#[tokio::test(start_paused = true)]
async fn legs_are_bounded_whatever_stands_for_them() {
    let users: String = (0..100).map(|user| format!(r#"<user id="{user}"/>"#)).collect();
    let switch = switch(&format!(
        r#"<domain name="d"><params><param name="dial-string" value="test/a,test/b"/></params>
        <groups><group name="g"><users>{users}</users></group></groups></domain>"#
    ));
    let _ = outcome(&switch, "{originate_timeout=1}group/g@d").await;
    assert_eq!(switch.sessions().counts().peak, 128);
}

#[tokio::test(start_paused = true)]
async fn variables_make_the_leg() {
    let switch = switch("");
    let mut ear = Ear::new(&switch, "CHANNEL_CREATE");
    let dial_string = "{origination_uuid=mine,origination_caller_id_number=1,origination_caller_id_name=Jo,\
        origination_privacy=hide_number,origination_callee_id_name=Ann,origination_channel_name=other}[a=1]test/0=answer";
    let handle = originate(&switch, dial_string).await.unwrap();
    assert_eq!(handle.uuid(), "mine");
    let created = ear.next().await;
    for (name, value) in [
        ("Caller-Caller-ID-Name", "Jo"),
        ("Caller-Caller-ID-Number", "1"),
        ("Caller-Callee-ID-Name", "Ann"),
        ("Caller-Destination-Number", "0=answer"),
        ("Caller-Privacy-Hide-Name", "false"),
        ("Caller-Privacy-Hide-Number", "true"),
        ("Channel-Name", "other"),
        ("Caller-Channel-Name", "other"),
        ("variable_a", "1"),
        ("variable_originate_early_media", "true"),
        ("variable_originate_endpoint", "test"),
    ] {
        assert_eq!(created.get(name), Some(value), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn users_are_where_the_directory_says() {
    let switch = switch(
        r#"<domain name="d"><groups><group name="g"><users>
        <user id="1"><params><param name="dial-string" value="{by=${dialed_user}@${dialed_domain}}test/100=answer"/></params></user>
        <user id="2"><params><param name="dial-string" value="{a=b}${contacts}"/></params></user>
        <user id="3"/>
        <user id="4"><params><param name="dial-string" value="user/4@d"/></params></user>
        <user id="5"><params><param name="dial-string" value="error/USER_BUSY"/></params></user>
        <user id="7" number-alias="70"><params><param name="dial-string" value="test/0=answer"/>
        <param name="dial-var-mine" value="2"/><param name="dial-var-user_context" value="inside"/></params>
        <variables><variable name="department" value="sales"/></variables></user>
        </users></group></groups></domain>"#,
    );
    let handle = originate(&switch, "{mine=1}user/1@d").await.unwrap();
    for (name, value) in [("by", "1@d"), ("mine", "1"), ("dialed_user", ""), ("originate_endpoint", "test")] {
        assert_eq!(variable(&handle, name).await, value, "{name}");
    }
    for (dial_string, cause) in [
        ("user/2@d", HangupCause::UserNotRegistered),
        ("user/3@d", HangupCause::MandatoryIeMissing),
        ("user/4@d", HangupCause::InvalidIeContents),
        ("user/5@d", HangupCause::UserBusy),
        ("user/6@d", HangupCause::SubscriberAbsent),
        ("user/1@elsewhere", HangupCause::SubscriberAbsent),
        ("group/none@d", HangupCause::NoRouteDestination),
    ] {
        assert_eq!(originate(&switch, dial_string).await.err(), Some(cause), "{dial_string}");
    }
    switch.globals().set("domain", "d");
    let handle = originate(&switch, "user/1").await.unwrap();
    assert_eq!(variable(&handle, "by").await, "1@d");
    let handle = originate(&switch, "{mine=1,other=3}user/70").await.unwrap();
    for (name, value) in [("mine", "2"), ("other", "3"), ("department", "sales")] {
        assert_eq!(variable(&handle, name).await, value, "{name}");
    }
    let context = handle.ask(|session| session.channel.profile.as_ref().map(|profile| profile.context.clone()));
    assert_eq!(context.await.unwrap().as_deref(), Some("inside"));
    let handle = originate(&switch, "{other=3,user_recurse_variables=false}user/7").await.unwrap();
    assert_eq!((variable(&handle, "mine").await, variable(&handle, "other").await), ("2".into(), String::new()));
}

#[tokio::test(start_paused = true)]
async fn groups_are_called_in_their_order() {
    let switch = switch(
        r#"<domain name="d"><params><param name="dial-string" value="test/${dialed_user};${when}=answer"/></params>
        <groups><group name="g"><users><user id="1"/><user id="2"/></users></group></groups></domain>"#,
    );
    for (order, peak) in [("", 2), ("+A", 2), ("+E", 2), ("+F", 1)] {
        let mut ear = Ear::new(&switch, "CHANNEL_CREATE");
        let handle = originate(&switch, &format!("{{when=300}}group/g@d{order}")).await.unwrap();
        assert_eq!(ear.now().len(), peak, "{order}");
        handle.hangup(HangupCause::NormalClearing);
        switch.sessions().all_gone().await;
    }
}

#[tokio::test(start_paused = true)]
async fn groups_have_dial_strings_of_their_own() {
    let switch = switch(
        r#"<domain name="d"><params><param name="group-dial-string" value="domain/${dialed_user}"/></params>
        <users><user id="9"><params><param name="group-dial-string" value="own/${dialed_group}"/></params></user></users>
        <groups><group name="g"><users><user id="1"/><user id="9" type="pointer"/><user id="8" type="pointer"/></users></group>
        <group name="h"><params><param name="Group-Dial-String" value="group/${dialed_domain}"/></params>
        <users><user id="2"/></users></group><group name="empty"/></groups></domain>
        <domain name="e"><groups><group name="g"><users><user id="1"/></users></group></groups></domain>"#,
    );
    for (group, expected) in [
        ("g@d", Some("domain/1,own/g")),
        ("G@D+F", Some("domain/1|own/G")),
        ("h@d", Some("group/d")),
        ("g@e", Some("user/1@e")),
        ("empty@d", None),
        ("none@d", None),
    ] {
        let told = strowger_core::endpoints::group_call(&switch, group).await;
        assert_eq!(told.as_deref(), expected, "{group}");
    }
}

/// A session on `null/caller` that calls as `bridge` does, and keeps what became of it in `called`.
mod calling {
    use async_trait::async_trait;
    use strowger_core::registry::{About, Application};
    use strowger_core::session::{Interrupted, Session};

    use super::*;

    struct Call;

    #[async_trait]
    impl Application for Call {
        fn about(&self) -> About {
            About { name: "call", syntax: "", help: "test", module: "test" }
        }

        async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
            let called = match session.call(data).await? {
                Ok(handle) => handle.uuid().to_owned(),
                Err(cause) => cause.name().to_owned(),
            };
            session.channel.variables.set("called", &called);
            Ok(())
        }
    }

    async fn caller(variables: &str, dial_string: &str) -> (Arc<Switch>, Ear, strowger_core::session::SessionHandle) {
        let switch = switch("");
        switch.registries().application(Call);
        let handle = originate(&switch, &format!("{variables}null/caller")).await.unwrap();
        let ear = Ear::new(&switch, "CHANNEL_OUTGOING CHANNEL_CREATE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP_COMPLETE");
        execute(&handle, &[("call", dial_string), ("wait", "")]);
        (switch, ear, handle)
    }

    const COMPLETE: EventKind = EventKind::ChannelExecuteComplete;

    #[tokio::test(start_paused = true)]
    async fn a_new_leg_knows_its_caller() {
        let variables = "{origination_uuid=aleg,both=b,nolocal:far=f,near=n,export_vars='both,nolocal:far',\
            effective_caller_id_number=2000}";
        let (_switch, mut ear, _handle) =
            caller(variables, "{origination_uuid=bleg,own=o}test/100=ring;200=answer").await;
        let outgoing = ear.find(EventKind::ChannelOutgoing, &[]).await;
        assert_eq!(outgoing.get("Channel-Call-UUID"), Some("bleg"));
        let created = ear.find(EventKind::ChannelCreate, &[]).await;
        for (name, value) in [
            ("Other-Type", "originator"),
            ("Other-Leg-Unique-ID", "aleg"),
            ("Channel-Call-UUID", "aleg"),
            ("Caller-Caller-ID-Number", "2000"),
            ("variable_both", "b"),
            ("variable_far", "f"),
            ("variable_own", "o"),
            ("variable_originator", "aleg"),
            ("variable_signal_bond", "aleg"),
            ("variable_originating_leg_uuid", "aleg"),
            ("variable_originator_codec", "L16@8000h@20i"),
            ("variable_max_forwards", "70"),
        ] {
            assert_eq!(created.get(name), Some(value), "{name}");
        }
        assert_eq!(created.get("variable_near"), None);
        let done = ear.find(COMPLETE, &[]).await;
        for (name, value) in [
            ("variable_called", "bleg"),
            ("variable_originate_disposition", "SUCCESS"),
            ("variable_DIALSTATUS", "SUCCESS"),
            ("variable_signal_bond", "bleg"),
            ("variable_originated_legs", "bleg;Outbound Call;100=ring;200=answer"),
            ("variable_originate_causes", "bleg;NONE"),
            ("Caller-Callee-ID-Number", "100=ring;200=answer"),
        ] {
            assert_eq!(done.get(name), Some(value), "{name}");
        }
        assert_eq!(done.get("variable_originate_signal_bond"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_caller_learns_how_every_leg_ended() {
        let legs =
            "[origination_uuid=x]test/100=USER_BUSY,[origination_uuid=y]test/none|[origination_uuid=z]test/0=answer";
        let (_switch, mut ear, _handle) = caller("{call_timeout=2}", legs).await;
        let done = ear.find(COMPLETE, &[]).await;
        assert_eq!(done.get("variable_called"), Some("NO_ANSWER"));
        assert_eq!(done.get("variable_DIALSTATUS"), Some("NOANSWER"));
        assert_eq!(done.get("variable_originate_causes"), Some("ARRAY::x;USER_BUSY|:y;NO_ANSWER"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_legs_end_with_their_caller() {
        let (switch, mut ear, handle) = caller("{origination_uuid=aleg}", "{origination_uuid=bleg}test/100=ring").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        handle.hangup(HangupCause::NormalClearing);
        let done = ear.find(COMPLETE, &[]).await;
        assert_eq!(done.get("variable_originate_disposition"), Some("ORIGINATOR_CANCEL"));
        assert_eq!(done.get("variable_DIALSTATUS"), Some("CANCEL"));
        assert_eq!(done.get("variable_originate_causes"), Some("bleg;ORIGINATOR_CANCEL"));
        let ended = ear.find(EventKind::ChannelHangupComplete, &[("Unique-ID", "bleg")]).await;
        assert_eq!(ended.get("Hangup-Cause"), Some("ORIGINATOR_CANCEL"));
        switch.sessions().all_gone().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_was_forwarded_too_often_calls_nobody() {
        let (_switch, mut ear, _handle) = caller("{max_forwards=1}", "test/0=answer").await;
        let done = ear.find(COMPLETE, &[]).await;
        assert_eq!(done.get("variable_called"), Some("EXCHANGE_ROUTING_ERROR"));
    }
}
