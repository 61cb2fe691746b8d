use strowger_event::EventKind;

use super::{Ear, api, call, story, test_switch};

#[tokio::test]
async fn a_null_call_lives_as_recorded() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "");
    let id = api(&switch, "create_uuid").await;
    let variables = format!("{{origination_uuid={id},origination_caller_id_number=1000,colour=red}}");
    assert_eq!(call(&switch, &variables, "&park()").await, id);
    let events = ear.until(EventKind::ChannelPark).await;
    let expected = [
        "CHANNEL_UUID",
        "CHANNEL_OUTGOING",
        "CHANNEL_STATE CS_INIT",
        "CHANNEL_CREATE",
        "CHANNEL_ORIGINATE",
        "CHANNEL_STATE CS_ROUTING",
        "CHANNEL_STATE CS_CONSUME_MEDIA",
        "CHANNEL_ANSWER",
        "CHANNEL_CALLSTATE",
        "CALL_UPDATE",
        "CHANNEL_STATE CS_EXECUTE",
        "CHANNEL_EXECUTE park",
        "CHANNEL_PARK",
    ];
    assert_eq!(story(&events), expected);
    let update = &events[9];
    let headers = ["Channel-State", "Channel-State-Number", "Channel-HIT-Dialplan", "Caller-Caller-ID-Number"];
    assert_eq!(headers.map(|name| update.get(name).unwrap()), ["CS_CONSUME_MEDIA", "7", "true", "probe"]);
    assert_eq!(update.get("Caller-Callee-ID-Number"), Some("1000"));

    assert_eq!(api(&switch, &format!("uuid_exists {id}")).await, "true");
    assert_eq!(api(&switch, &format!("uuid_getvar {id} colour")).await, "red");
    assert_eq!(api(&switch, &format!("uuid_setvar {id} colour light blue")).await, "+OK\n");
    assert_eq!(api(&switch, &format!("uuid_getvar {id} colour")).await, "light blue");
    assert_eq!(api(&switch, &format!("uuid_getvar {id} nosuch")).await, "_undef_");
    assert_eq!(api(&switch, &format!("uuid_kill {id} NORMAL_TEMPORARY_FAILURE")).await, "+OK\n");
    for command in ["uuid_kill {id}", "uuid_getvar {id} a", "uuid_setvar {id} a b", "uuid_dump {id}"] {
        assert_eq!(api(&switch, &command.replace("{id}", &id)).await, "-ERR No such channel!\n", "{command}");
    }
    assert_eq!(api(&switch, &format!("uuid_exists {id}")).await, "false");

    let events = ear.until(EventKind::ChannelDestroy).await;
    let expected = [
        "CHANNEL_HANGUP",
        "CHANNEL_UNPARK",
        "CHANNEL_EXECUTE_COMPLETE park",
        "CHANNEL_STATE CS_HANGUP",
        "CHANNEL_CALLSTATE",
        "CHANNEL_STATE CS_REPORTING",
        "CHANNEL_HANGUP_COMPLETE",
        "CHANNEL_DESTROY",
    ];
    assert_eq!(story(&events), expected);
    assert_eq!(events[6].get("Hangup-Cause"), Some("NORMAL_TEMPORARY_FAILURE"));
    assert_eq!(events[6].get("variable_last_app"), Some("park"));
}

#[tokio::test]
async fn an_extension_is_reached_with_a_new_profile() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE CALL_UPDATE");
    let id = call(&switch, "", "2035 XML default").await;
    let events = [ear.next().await, ear.next().await, ear.next().await, ear.next().await];
    let expected = ["CHANNEL_EXECUTE set", "CALL_UPDATE", "CHANNEL_EXECUTE set", "CHANNEL_EXECUTE park"];
    assert_eq!(story(&events), expected);
    let [inline, _, first, _] = &events;
    let told = |name| [inline.get(name).unwrap(), first.get(name).unwrap()];
    assert_eq!(told("Channel-HIT-Dialplan"), ["false", "true"]);
    assert_eq!(told("Channel-State"), ["CS_ROUTING", "CS_EXECUTE"]);
    assert_eq!(told("Caller-Caller-ID-Number"), ["0000000000", "probe"]);
    assert_eq!(told("Caller-Destination-Number"), ["2035"; 2]);
    assert_eq!(told("Caller-RDNIS"), ["probe"; 2]);
    assert_eq!(told("Caller-Dialplan"), ["XML"; 2]);
    assert_eq!(told("Caller-Profile-Index"), ["2"; 2]);
    assert_eq!(told("variable_max_forwards"), ["70"; 2]);
    assert!(told("Caller-Transfer-Source")[0].ends_with(":bl_xfer:2035/default/XML"));
    assert_eq!(api(&switch, &format!("uuid_getvar {id} inline_seen")).await, "5");
    assert_eq!(api(&switch, "hupall").await, "+OK hangup all channels with cause MANAGER_REQUEST\n");
}

#[tokio::test]
async fn an_extension_that_is_not_there_ends_the_call() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP_COMPLETE");
    call(&switch, "", "404404 XML default").await;
    assert_eq!(ear.next().await.get("Hangup-Cause"), Some("NO_ROUTE_DESTINATION"));
    call(&switch, "", "end").await;
    assert_eq!(ear.next().await.get("Hangup-Cause"), Some("USER_BUSY"));
}

#[tokio::test]
async fn variables_are_set_removed_and_exported() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP_COMPLETE");
    let variables = |data: &str| data.to_owned();
    let runs = [
        ("&set(a=b=c)", "variable_a", Some("b=c")),
        ("&set(a,b)", "variable_a", Some("b")),
        ("'&multiset(a=1 b=2)'", "variable_b", Some("2")),
        ("'&multiset(^^|a=1|b=2 3)'", "variable_b", Some("2 3")),
        ("&export(a=1)", "variable_export_vars", Some("a")),
        ("&export(nolocal:a=1)", "variable_export_vars", Some("nolocal:a")),
        ("&export(nolocal:a=1)", "variable_a", None),
        ("&export(nolocal:a=1)", "variable_nolocal:a", Some("1")),
        ("&set(preset=_undef_)", "variable_preset", None),
        ("&set(preset=)", "variable_preset", None),
        ("&unset(preset)", "variable_preset", None),
        ("&set(copy=${preset})", "variable_copy", Some("here")),
    ];
    for (application, name, expected) in runs {
        call(&switch, &variables("{preset=here}"), application).await;
        let event = ear.next().await;
        assert_eq!(event.get(name), expected, "{application}");
        assert_eq!(event.get("Hangup-Cause"), Some("NORMAL_CLEARING"), "{application}");
    }
}

#[tokio::test]
async fn the_event_application_fires_what_it_is_told() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_APPLICATION CUSTOM NOTIFY");
    call(&switch, "", "&event(colour=red,size=9)").await;
    let event = ear.next().await;
    assert_eq!(
        (event.kind, event.get("colour"), event.get("size")),
        (EventKind::ChannelApplication, Some("red"), Some("9"))
    );
    assert_eq!(event.get("variable_direction"), None);
    assert!(event.get("Unique-ID").is_some());

    call(&switch, "", "&event(Event-Name=CUSTOM,Event-Subclass=app::from-call,colour='blue,grey')").await;
    let event = ear.next().await;
    assert_eq!(event.headers.iter().next(), Some(("Event-Subclass", "app::from-call")));
    assert_eq!((event.get("Event-Name"), event.get("colour")), (Some("CUSTOM"), Some("blue,grey")));
    assert_eq!(event.get("variable_direction"), Some("outbound"));
    assert_eq!(event.headers.iter().filter(|(name, _)| *name == "Event-Name").count(), 1);
}

#[tokio::test]
async fn hangup_respond_and_park_end_calls_with_their_causes() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP_COMPLETE");
    let runs = [
        ("&hangup()", "NORMAL_CLEARING"),
        ("&hangup(user_busy)", "USER_BUSY"),
        ("&hangup(17)", "USER_BUSY"),
        ("&hangup(NONSENSE)", "NORMAL_CLEARING"),
        ("'&respond(404 Not Found)'", "UNALLOCATED_NUMBER"),
        ("&respond(nonsense)", "INCOMPATIBLE_DESTINATION"),
        ("&nosuchapplication()", "DESTINATION_OUT_OF_ORDER"),
    ];
    for (application, cause) in runs {
        call(&switch, "", application).await;
        assert_eq!(ear.next().await.get("Hangup-Cause"), Some(cause), "{application}");
    }
}

#[tokio::test(start_paused = true)]
async fn park_ends_in_time() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP_COMPLETE");
    call(&switch, "{park_timeout=5:ALLOTTED_TIMEOUT}", "&park()").await;
    assert_eq!(ear.next().await.get("Hangup-Cause"), Some("ALLOTTED_TIMEOUT"));
}

#[tokio::test(start_paused = true)]
async fn sleep_waits_and_is_interrupted() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP_COMPLETE");
    let begin = tokio::time::Instant::now();
    call(&switch, "", "&sleep(1500)").await;
    ear.next().await;
    assert_eq!(begin.elapsed().as_millis() / 100, 15);
    let id = call(&switch, "", "&sleep(3600000)").await;
    api(&switch, &format!("uuid_kill {id}")).await;
    ear.next().await;
    assert!(begin.elapsed().as_secs() < 60);
}

#[tokio::test]
async fn originate_says_why_not() {
    let switch = test_switch();
    let usage = "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n";
    assert_eq!(api(&switch, "originate").await, usage);
    assert_eq!(api(&switch, "originate null/probe").await, usage);
    assert_eq!(api(&switch, "originate nosuch/1000 &park()").await, "-ERR CHAN_NOT_IMPLEMENTED\n");
    switch.begin_stopping();
    assert_eq!(api(&switch, "originate null/probe &park()").await, "-ERR SYSTEM_SHUTDOWN\n");
}

#[tokio::test]
async fn more_than_variables_is_set() {
    let switch = test_switch();
    let actions = "push:list=b,push:list=c,unshift:list=a,push:one=1,multiset:x=1 y=2,multiunset:x y,set_global:world=w,\
                   set_name:null/other,set_profile_var:caller_id_name=Ann,set_profile_var:colour=red,eval:${create_uuid()},park";
    let mut ear = Ear::new(&switch, "CHANNEL_PARK");
    let uuid = call(&switch, "", &format!("'{actions}' inline")).await;
    let parked = ear.next().await;
    let told = ["variable_list", "variable_one", "variable_x", "variable_y", "Channel-Name", "Caller-Caller-ID-Name"];
    let expected = [Some("ARRAY::a|:b|:c"), Some("1"), None, None, Some("null/other"), Some("Ann")];
    assert_eq!(told.map(|name| parked.get(name)), expected);
    assert_eq!(api(&switch, "global_getvar world").await, "w");
    assert_eq!(api(&switch, &format!("expand uuid:{uuid} echo ${{list[1]}}")).await, "b");
    for wrong in ["push", "unshift", "multiunset", "set_global", "set_name", "set_profile_var"] {
        let uuid = call(&switch, "", &format!("'{wrong},park' inline")).await;
        assert_eq!(ear.next().await.get("Unique-ID"), Some(uuid.as_str()), "{wrong}");
    }
}
