use super::*;

const XML: &str = r#"<document type="freeswitch/xml"><section name="configuration">
<configuration name="fifo.conf">
  <settings><param name="outbound-strategy" value="enterprise"/></settings>
  <fifos>
    <fifo name="help" importance="3" outbound_per_cycle="2" outbound_priority="7" outbound_ring_timeout="5">
      <member timeout="20" simo="2" lag="15">null/a</member>
      <member>{fifo_outbound_uuid=x}null/b</member>
    </fifo>
    <fifo name="calm" outbound_strategy="ringall"/>
    <fifo name="manual_calls"/><fifo/>
  </fifos>
</configuration></section></document>"#;

fn fifos() -> (Arc<Fifos>, Arc<Switch>) {
    (Arc::default(), strowger_test_support::switch(XML))
}

fn wish(order: &[usize]) -> Wish {
    Wish { caller: None, skill: None, order: order.to_vec() }
}

const ALL: [usize; SLOTS] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

#[tokio::test]
async fn the_configuration_is_read_and_read_again() {
    let (fifos, switch) = fifos();
    assert_eq!(fifos.count(&switch, None), "calm:0:0:0:0:0\nhelp:0:0:2:0:0\nmanual_calls:0:0:0:0:0\n");
    assert_eq!(fifos.importance(&switch, "help", None), Some(3));
    let list = fifos.list(&switch, Some("help")).await;
    for expected in [
        "outbound_per_cycle=\"2\"",
        "ring_timeout=\"60\"",
        "outbound_priority=\"7\"",
        "outbound_strategy=\"enterprise\"",
        "simo=\"2\" use_count=\"0\" timeout=\"20\" lag=\"15\"",
        ">null/a</member>",
    ] {
        assert!(list.contains(expected), "{expected}: {list}");
    }
    fifos.add_member(&switch, "help", Member::new("null/c", 1, 60, 5)).unwrap();
    fifos.add_member(&switch, "help", Member::new("null/c", 1, 60, 5)).unwrap();
    assert_eq!(fifos.count(&switch, Some("help")), "help:0:0:3:0:0\n");
    fifos.reparse(&switch, false);
    assert_eq!(fifos.count(&switch, Some("help")), "help:0:0:3:0:0\n");
    fifos.reparse(&switch, true);
    assert_eq!(fifos.count(&switch, Some("help")), "help:0:0:2:0:0\n");
    fifos.remove_member(&switch, "help", "x");
    assert_eq!(fifos.count(&switch, Some("help")), "help:0:0:1:0:0\n");
}

#[tokio::test(start_paused = true)]
async fn callers_come_out_by_their_slots_and_what_they_are() {
    let (fifos, switch) = fifos();
    for (slot, url) in [(5, "five"), (0, "zero"), (99, "nine"), (0, "zero again")] {
        fifos.push_url(&switch, "q", slot, url).unwrap();
    }
    let names = ["q".to_owned()];
    let take = |order: &[usize]| {
        let (_, entry) = fifos.take(&switch, &names, Strategy::WaitingLonger, &wish(order))?;
        match entry.who {
            Who::Url(url) => Some(url),
            Who::Caller { .. } => None,
        }
    };
    assert_eq!(take(&[5, 0]).as_deref(), Some("five"));
    assert_eq!(take(&[5]), None);
    for expected in ["zero", "zero again", "nine"] {
        assert_eq!(take(&ALL).as_deref(), Some(expected));
    }
    assert_eq!(take(&ALL), None);
}

#[tokio::test(start_paused = true)]
async fn of_several_queues_one_is_served_first() {
    let (fifos, switch) = fifos();
    let names = ["few".to_owned(), "many".to_owned()];
    for (name, url) in [("many", "m"), ("few", "f"), ("many", "m"), ("many", "m")] {
        fifos.push_url(&switch, name, 0, url).unwrap();
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
    }
    let take = |strategy| fifos.take(&switch, &names, strategy, &wish(&ALL)).map(|(name, _)| name);
    assert_eq!(take(Strategy::MorePeople).as_deref(), Some("many"));
    assert_eq!(take(Strategy::WaitingLonger).as_deref(), Some("many"), "it was not empty for longer");
    fifos.importance(&switch, "few", Some(2));
    assert_eq!(take(Strategy::WaitingLonger).as_deref(), Some("few"));
    assert_eq!(take(Strategy::WaitingLonger).as_deref(), Some("many"));
    assert_eq!(take(Strategy::WaitingLonger), None);
}

#[tokio::test]
async fn queues_are_bounded() {
    let (fifos, switch) = fifos();
    let fill = (0..20_000).map(|_| fifos.push_url(&switch, "q", 0, "u")).take_while(Result::is_ok).count();
    assert_eq!(fill, 10_000);
    let members = (0..2000).map(|i| fifos.add_member(&switch, "m", Member::new(&format!("null/{i}"), 1, 1, 1)));
    assert_eq!(members.take_while(Result::is_ok).count(), 1000);
    let queues = (0..20_000).map(|i| fifos.open(&switch, &format!("q{i}"), 0)).take_while(Result::is_ok).count();
    assert!(queues < 10_000);
}

#[test]
fn members_go_by_their_number() {
    assert_eq!(member_id("{a=b,fifo_outbound_uuid=7}user/1000"), "7");
    assert_eq!(member_id("user/1000").len(), 32);
}
