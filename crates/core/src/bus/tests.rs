use std::sync::Arc;

use strowger_event::{Event, EventKind, Format, Interest};

use super::*;

const HERE: Origin = Origin::new("tests.rs", "test", 1);

fn bus() -> Arc<EventBus> {
    Arc::new(EventBus::new(Identity {
        core_uuid: "core".into(),
        hostname: "host".into(),
        switchname: "host".into(),
        ipv4: "127.0.0.1".into(),
        ipv6: "::1".into(),
    }))
}

fn drain(subscription: &Subscription) -> Vec<Arc<Published>> {
    let mut batch = Vec::new();
    subscription.take_now(&mut batch);
    batch
}

#[test]
fn numbers_have_no_gaps_also_for_events_nobody_wants() {
    let bus = bus();
    let heard = bus.subscribe(QueueLimits::default());
    heard.update(|interest| {
        interest.kinds.insert(EventKind::Notify);
    });
    bus.publish(Event::new(EventKind::Heartbeat), HERE);
    bus.publish(Event::new(EventKind::Notify), HERE);
    bus.publish(Event::new(EventKind::Notify), HERE);
    assert_eq!(drain(&heard).iter().map(|event| event.sequence()).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(bus.sequence(), 3);
}

#[test]
fn common_headers_lead_or_trail() {
    let bus = bus();
    let heard = bus.subscribe(QueueLimits::default());
    heard.update(|interest| {
        interest.kinds = KindSet::all();
        interest.every_subclass = true;
    });
    bus.publish(Event::custom("a::b").header("own", "1"), HERE);
    bus.publish_trailing(Event::custom("a::b").header("own", "1"), HERE);
    let names: Vec<Vec<String>> =
        drain(&heard).iter().map(|one| one.event().headers.iter().map(|(name, _)| name.to_owned()).collect()).collect();
    assert_eq!(names[0][..2], ["Event-Subclass", "Event-Name"]);
    assert_eq!(names[0].last().unwrap(), "own");
    assert_eq!(names[1][..3], ["Event-Subclass", "own", "Event-Name"]);
    assert_eq!(names[1].last().unwrap(), "Event-Sequence");
}

#[test]
fn subclasses_and_exclusions() {
    let bus = bus();
    let one = bus.subscribe(QueueLimits::default());
    one.update(|interest| {
        interest.kinds.insert(EventKind::Custom);
        interest.subclasses.insert("a::one".into());
    });
    let all = bus.subscribe(QueueLimits::default());
    all.update(|interest| {
        interest.kinds = KindSet::all();
        interest.every_subclass = true;
        interest.excluded_subclasses.insert("a::two".into());
    });
    for subclass in ["a::one", "a::two", "a::three", "A::ONE"] {
        bus.publish(Event::custom(subclass), HERE);
    }
    assert_eq!(drain(&one).len(), 1);
    assert_eq!(drain(&all).len(), 3);
}

#[test]
fn a_full_queue_loses_the_newest_and_counts_it() {
    let bus = bus();
    let slow = bus.subscribe(QueueLimits { items: 2, ..QueueLimits::default() });
    slow.update(|interest| {
        interest.kinds.insert(EventKind::Notify);
    });
    for _ in 0..5 {
        bus.publish(Event::new(EventKind::Notify), HERE);
    }
    assert_eq!(slow.lost(), 3);
    assert_eq!(drain(&slow).iter().map(|event| event.sequence()).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn what_was_lost_is_told_to_who_asked() {
    let bus = bus();
    let slow = bus.subscribe(QueueLimits { items: 2, ..QueueLimits::default() });
    slow.update(|interest| {
        interest.kinds.insert(EventKind::Notify);
        interest.kinds.insert(EventKind::Custom);
        interest.subclasses.insert(GAP.into());
    });
    for kind in [EventKind::Notify, EventKind::Notify, EventKind::Notify, EventKind::Heartbeat, EventKind::Notify] {
        bus.publish(Event::new(kind), HERE);
    }
    let heard = drain(&slow);
    assert_eq!(heard.iter().map(|event| event.sequence()).collect::<Vec<_>>(), [1, 2, 5]);
    let gap = heard[2].event();
    let told = ["Event-Subclass", "Lost-Events", "First-Lost-Sequence", "Last-Lost-Sequence", "Event-Sequence"];
    assert_eq!(told.map(|name| gap.get(name).unwrap()), [GAP, "2", "3", "5", "5"]);
    bus.publish(Event::new(EventKind::Notify), HERE);
    assert_eq!(drain(&slow)[0].sequence(), 6, "it goes on behind the gap");
}

#[test]
fn an_inlet_reaches_one_listener() {
    let bus = bus();
    let heard = bus.subscribe(QueueLimits::default());
    let inlet = heard.inlet();
    let event = Arc::new(bus.unpublished(Event::new(EventKind::Dtmf), HERE));
    assert!(inlet.push(&event));
    assert_eq!(inlet.figures().items, 1);
    assert_eq!(drain(&heard)[0].event().kind, EventKind::Dtmf);
    assert_eq!(bus.sequence(), 0);
    drop(heard);
    assert!(!inlet.push(&event));
}

#[test]
fn a_format_is_made_once_and_shared() {
    let bus = bus();
    let heard = bus.subscribe(QueueLimits::default());
    heard.update(|interest| {
        interest.kinds.insert(EventKind::Notify);
    });
    bus.publish(Event::new(EventKind::Notify), HERE);
    let batch = drain(&heard);
    let (first, second) = (batch[0].packet(Format::Plain), batch[0].packet(Format::Plain));
    assert_eq!(first.as_ptr(), second.as_ptr());
}

#[test]
fn a_dropped_subscription_leaves_nothing_behind() {
    let bus = bus();
    let heard = bus.subscribe(QueueLimits::default());
    heard.update(|interest| {
        interest.kinds.insert(EventKind::Notify);
    });
    assert!(bus.wants(EventKind::Notify));
    drop(heard);
    assert!(!bus.wants(EventKind::Notify));
    assert_eq!(bus.subscribers(), 0);
}

#[test]
fn each_listener_gets_an_event_once_whatever_else_it_wants() {
    let bus = bus();
    let wants = |change: &dyn Fn(&mut Interest)| {
        let heard = bus.subscribe(QueueLimits::default());
        heard.update(change);
        heard
    };
    let everything = wants(&|interest| {
        interest.kinds = KindSet::all();
        interest.every_subclass = true;
    });
    let call = wants(&|interest| {
        interest.kinds = KindSet::all();
        interest.call = Some("u-1".into());
    });
    let some = wants(&|interest| {
        interest.kinds = [EventKind::Custom, EventKind::ChannelAnswer].into_iter().collect();
        interest.subclasses.insert("a::b".into());
    });
    let every_subclass = wants(&|interest| {
        interest.kinds.insert(EventKind::Custom);
        interest.every_subclass = true;
    });
    let publish = |event| bus.publish(event, HERE);
    publish(Event::new(EventKind::ChannelAnswer).header("Unique-ID", "u-1").header("Job-Owner-UUID", "u-1"));
    publish(Event::new(EventKind::ChannelAnswer).header("Unique-ID", "u-2").header("Job-Owner-UUID", "u-1"));
    publish(Event::custom("a::b").header("Unique-ID", "u-2"));
    publish(Event::custom("a::c"));
    publish(Event::new(EventKind::Custom));
    let numbers = |heard: &Subscription| drain(heard).iter().map(|event| event.sequence()).collect::<Vec<_>>();
    assert_eq!(numbers(&everything), [1, 2, 3, 4, 5]);
    assert_eq!(numbers(&call), [1, 2]);
    assert_eq!(numbers(&some), [1, 2, 3, 5]);
    assert_eq!(numbers(&every_subclass), [3, 4, 5]);
    some.update(|interest| *interest = Interest::default());
    drop((everything, call));
    assert!(!bus.wants(EventKind::ChannelAnswer) && bus.wants(EventKind::Custom));
    publish(Event::custom("a::b"));
    assert_eq!((numbers(&some), numbers(&every_subclass)), (vec![], vec![6]));
}

#[test]
fn what_is_stamped_is_known_as_such() {
    let stamped = bus().stamp(Event::new(EventKind::Notify).header("own", "1"), HERE);
    let (own, common): (Vec<_>, Vec<_>) = stamped.headers.iter().partition(|(name, _)| !is_stamped(name));
    assert_eq!((own, common.len()), (vec![("own", "1")], 13));
}
