use strowger_event::EventKind;
use strowger_test_support::{Ear, becomes};

use super::{api, call, test_switch};

#[tokio::test]
async fn a_call_too_many_goes_elsewhere() {
    let switch = test_switch();
    let one = call(&switch, "{origination_uuid=one}", "'limit:hash r lane 1 end,park:' inline").await;
    becomes(&switch.sessions().get(&one).unwrap(), "current_application", "park").await;
    let told = ["limit_usage", "limit_usage_r_lane", "limit_rate", "limit_rate_r_lane", "limit_backend"];
    for (name, value) in told.into_iter().zip(["1", "1", "0", "0", "hash"]) {
        assert_eq!(api(&switch, &format!("uuid_getvar {one} {name}")).await, value, "{name}");
    }
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP_COMPLETE");
    let two = call(&switch, "{origination_uuid=two}", "'limit:hash r lane 1 !USER_BUSY,park:' inline").await;
    let over = ear.next().await;
    assert_eq!((over.get("Unique-ID"), over.get("Hangup-Cause")), (Some(two.as_str()), Some("USER_BUSY")));
    call(&switch, "{origination_uuid=three}", "'limit_hash:r lane 1 end XML default,park:' inline").await;
    assert_eq!(ear.next().await.get("Caller-Destination-Number"), Some("end"));
    assert_eq!(api(&switch, "limit_usage hash r lane rate").await, "1/0");
    assert_eq!(api(&switch, "limit_hash_usage r lane").await, "1");
    assert_eq!(api(&switch, "hash_dump limit").await, "L/r_lane/1/0/0/0\n");
    api(&switch, "uuid_kill one").await;
    ear.next().await;
    assert_eq!(api(&switch, "limit_usage hash r lane").await, "0");
}

#[tokio::test]
async fn calls_are_counted_from_outside() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CUSTOM");
    let one = call(&switch, "", "&park()").await;
    assert_eq!(api(&switch, &format!("uuid_limit {one} db r x 5")).await, "+OK");
    let event = ear.next().await;
    let headers = ["backend", "realm", "key", "usage", "rate", "max", "ratemax"].map(|name| event.get(name).unwrap());
    assert_eq!((event.kind, headers), (EventKind::Custom, ["db", "r", "x", "1", "0", "5", "0"]));
    assert_eq!(api(&switch, "limit_usage r x").await, "1");
    assert_eq!(api(&switch, "limit_status db").await, "Tracking 1 resources for hostname switch.");
    assert_eq!(api(&switch, &format!("uuid_limit_release {one} db r x")).await, "+OK");
    assert_eq!(api(&switch, "limit_usage r x").await, "0");
    assert_eq!(api(&switch, "uuid_limit nosuch hash r x").await, "-ERR Cannot find session with uuid nosuch\n");
    assert_eq!(api(&switch, "limit_reset hash").await, "-ERR");
    assert_eq!(api(&switch, "limit_reset db").await, "+OK");
    assert_eq!(api(&switch, "limit_interval_reset hash r x").await, "+OK");
    assert!(api(&switch, "limit_interval_reset").await.starts_with("USAGE: limit_interval_reset "));
}

#[tokio::test]
async fn an_application_runs_within_a_limit() {
    let switch = test_switch();
    let run = "'limit_execute:hash r y 1 set inside=${limit_usage},limit_execute:hash r y 0 set other=1,park:' inline";
    let one = call(&switch, "", run).await;
    becomes(&switch.sessions().get(&one).unwrap(), "current_application", "park").await;
    assert_eq!(api(&switch, "limit_usage hash r y").await, "0");
    assert_eq!(api(&switch, &format!("uuid_getvar {one} other")).await, "_undef_");
}

#[tokio::test]
async fn texts_are_kept() {
    let switch = test_switch();
    let runs = [
        ("hash insert/r/k/v/w", "+OK\n"),
        ("hash select/r/k", "v/w"),
        ("hash insert_ifempty/r/k/v", "-ERR key already exists\n"),
        ("hash delete_ifmatch/r/k/x", "-ERR Doesn't match\n"),
        ("hash_dump db", "D/r_k/v/w\n"),
        ("hash_dump db q", ""),
        ("hash DELETE/r/k", "+OK\n"),
        ("hash delete/r/k", "-ERR Not found\n"),
        ("hash select/r/k", ""),
        ("hash select", "-ERR Usage: hash insert|insert_ifempty|select|delete|delete_ifmatch/realm/key[/value]\n"),
        ("db insert/r/k/v", "+OK"),
        ("db insert/r/l/w", "+OK"),
        ("db select/r/k", "v"),
        ("db exists/r/x", "false"),
        ("db count", "1"),
        ("db count/r", "2"),
        ("db list/r", "k,l"),
        ("db delete/r/k", "+OK"),
        ("db delete", "!err!"),
        ("group insert:sales:user/1000", "+OK"),
        ("group insert:sales:user/1001", "+OK"),
        ("group call:sales", "user/1000,user/1001"),
        ("group call:sales:order", "user/1000|user/1001"),
        ("group delete:sales:*", "+OK"),
        ("group call:sales", ""),
        ("group", "!err!"),
    ];
    for (line, answer) in runs {
        assert_eq!(api(&switch, line).await, answer, "{line}");
    }
    let one = call(&switch, "", "'hash:insert/r/k/7,set:seen=${hash(select/r/k)},db:delete/r/l,park:' inline").await;
    becomes(&switch.sessions().get(&one).unwrap(), "seen", "7").await;
    becomes(&switch.sessions().get(&one).unwrap(), "current_application", "park").await;
    assert_eq!(api(&switch, "db list").await, "");
}
