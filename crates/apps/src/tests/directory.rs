//! Calls of users of the directory.

use std::sync::Arc;

use async_trait::async_trait;
use strowger_config::Document;
use strowger_core::lookup::{DocumentSource, Question, Section, UserQuery};

use super::{api, call};

const FILE: &str = r#"<document type="freeswitch/xml"><section name="directory"><domain name="d.example">
    <variables><variable name="toll" value="local"/><variable name="greeting" value="domain"/></variables>
    <params><param name="dial-string" value="null/${dialed_user}.${shade}"/></params>
    <groups><group name="g"><users><user id="1000" number-alias="7" cacheable="true">
      <variables><variable name="greeting" value="user"/></variables>
      <profile-variables><variable name="caller_id_number" value="1000"/></profile-variables>
    </user></users></group></groups></domain></section></document>"#;

async fn check(uuid: &str, switch: &Arc<strowger_core::Switch>, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(api(switch, &format!("uuid_getvar {uuid} {name}")).await, *value, "{name}");
    }
}

#[tokio::test]
async fn a_call_becomes_a_users() {
    let switch = strowger_test_support::switch(FILE);
    crate::register(switch.registries());
    let uuid = call(&switch, "", "'set_user:7@D.example,park' inline").await;
    let handle = switch.sessions().get(&uuid).unwrap();
    strowger_test_support::becomes(&handle, "user_name", "7").await;
    let user = [("domain_name", "D.example"), ("toll", "local"), ("greeting", "user"), ("number_alias", "7")];
    check(&uuid, &switch, &user).await;
    let profile = handle.ask(|session| session.channel.profile.clone().unwrap()).await.unwrap();
    assert_eq!((profile.username.as_str(), profile.caller_id_number.as_str()), ("7", "1000"));
}

#[tokio::test]
async fn names_may_have_a_prefix_and_users_may_be_unknown() {
    let switch = strowger_test_support::switch(FILE);
    crate::register(switch.registries());
    let actions = "'set_user:nobody@d.example,set_user:1000,set_user:,set_user:1000@d.example a_,park' inline";
    let uuid = call(&switch, "", actions).await;
    let handle = switch.sessions().get(&uuid).unwrap();
    strowger_test_support::becomes(&handle, "a_user_name", "1000").await;
    check(&uuid, &switch, &[("a_greeting", "user"), ("a_domain_name", "d.example"), ("user_name", "_undef_")]).await;
}

#[tokio::test]
async fn a_caller_is_told_whom_it_has_dialled() {
    let switch = strowger_test_support::switch(FILE);
    crate::register(switch.registries());
    let uuid = call(&switch, "", "'set:shade=blue,bridge:user/1000@d.example,park' inline").await;
    let handle = switch.sessions().get(&uuid).unwrap();
    strowger_test_support::becomes(&handle, "dialed_domain", "d.example").await;
    strowger_test_support::becomes(&handle, "originate_disposition", "SUCCESS").await;
    let other = api(&switch, &format!("uuid_getvar {uuid} signal_bond")).await;
    check(&other, &switch, &[("channel_name", "null/1000.blue"), ("greeting", "user"), ("dialed_user", "_undef_")])
        .await;
}

/// A service; without answers it keeps everybody waiting.
struct Service {
    answers: bool,
}

#[async_trait]
impl DocumentSource for Service {
    fn serves(&self, _: Section) -> bool {
        true
    }

    async fn ask(&self, question: &Question) -> Option<Arc<Document>> {
        if !self.answers {
            std::future::pending::<()>().await;
        }
        let text = match question.section {
            Section::Directory => FILE.to_owned(),
            Section::Dialplan => {
                let number = question.params.get("Hunt-Destination-Number").unwrap_or_default();
                let context = question.params.get("Hunt-Context").unwrap_or_default();
                format!(
                    "<d><section name='dialplan'><context name='{context}'><extension><condition>\
                     <action application='set' data='served={number}'/><action application='park'/>\
                     </condition></extension></context></section></d>"
                )
            }
        };
        Document::parse(&text, "service", Vec::new()).ok().map(Arc::new)
    }
}

#[tokio::test]
async fn a_service_has_the_dialplan() {
    let switch = super::test_switch();
    switch.lookups().bind(Arc::new(Service { answers: true }));
    let uuid = call(&switch, "", "4711 XML served").await;
    let handle = switch.sessions().get(&uuid).unwrap();
    strowger_test_support::becomes(&handle, "served", "4711").await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_a_service_can_end_or_go_elsewhere() {
    let switch = super::test_switch();
    switch.lookups().bind(Arc::new(Service { answers: false }));
    let ended = call(&switch, "", "4711 XML served").await;
    assert_eq!(api(&switch, &format!("uuid_kill {ended}")).await, "+OK\n");
    let sent = call(&switch, "", "4711 XML served").await;
    assert_eq!(api(&switch, &format!("uuid_transfer {sent} 'set:here=1,set_user:1@d' inline")).await, "+OK\n");
    strowger_test_support::becomes(&switch.sessions().get(&sent).unwrap(), "here", "1").await;
    assert_eq!(api(&switch, &format!("uuid_kill {sent}")).await, "+OK\n");
    switch.sessions().all_gone().await;
}

#[tokio::test]
async fn what_was_kept_of_users_is_forgotten() {
    let switch = super::test_switch();
    switch.lookups().bind(Arc::new(Service { answers: true }));
    for (flush, cleared) in [("", "1 entry"), (" id 1000 d.example", "1 entry"), (" id 1 d", "0 entries")] {
        let wanted = UserQuery { key: "id", user: "1000", domain: "d.example", params: &[] };
        assert!(switch.find_user(wanted).await.is_some());
        assert_eq!(api(&switch, &format!("xml_flush_cache{flush}")).await, format!("+OK cleared {cleared}\n"));
    }
}
