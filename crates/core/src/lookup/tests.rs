use parking_lot::Mutex;
use strowger_config::{Document, LoadOptions, MemorySource, load};

use super::*;
use crate::bus::Identity;
use crate::log::LogBus;
use crate::media::{MediaEngine, MediaOptions};

const FILE: &str = r#"<d><section name="directory"><domain name="d"><user id="1"/></domain>
    <domain name="e"><user id="1"><variables><variable name="from" value="file"/></variables></user></domain></section></d>"#;

/// Answers everything with one document, and notes what it was asked.
struct Service(Option<&'static str>, Mutex<Vec<Question>>);

#[async_trait]
impl DocumentSource for Service {
    fn serves(&self, section: Section) -> bool {
        section == Section::Directory
    }

    async fn ask(&self, question: &Question) -> Option<Arc<Document>> {
        self.1.lock().push(question.clone());
        self.0.map(|text| Arc::new(Document::parse(text, "service", Vec::new()).unwrap()))
    }
}

fn switch(answer: Option<&'static str>) -> (Arc<Switch>, Arc<Service>) {
    let loader = || load(&MemorySource::new([("freeswitch.xml", FILE)]), &LoadOptions::default());
    let media = MediaEngine::start(MediaOptions { threads: 1, rtp_ports: 0..=0 }).unwrap();
    let identity = Identity {
        core_uuid: "c".into(),
        hostname: "host".into(),
        switchname: "switch".into(),
        ipv4: "127.0.0.1".into(),
        ipv6: "::1".into(),
    };
    let switch = Switch::new(identity, loader().unwrap(), Box::new(loader), Arc::new(LogBus::default()), media);
    let service = Arc::new(Service(answer, Mutex::default()));
    switch.lookups().bind(Arc::clone(&service) as Arc<dyn DocumentSource>);
    (switch, service)
}

const SERVED: &str = r#"<d><section name="directory"><domain name="d"><user id="2" cacheable="60000"/><user id="3"/></domain>
    </section></d>"#;

async fn has(switch: &Switch, user: &str, domain: &str) -> bool {
    let params = [("action", "test")];
    switch.find_user(UserQuery { key: "id", user, domain, params: &params }).await.is_some()
}

#[tokio::test(start_paused = true)]
async fn a_service_counts_for_the_domains_it_knows() {
    let (switch, _) = switch(Some(SERVED));
    assert!(has(&switch, "2", "d").await && !has(&switch, "1", "d").await);
    assert!(has(&switch, "1", "e").await && !has(&switch, "2", "e").await);
    assert!(!has(&switch, "1", "f").await);
}

#[tokio::test(start_paused = true)]
async fn the_configuration_answers_when_the_service_does_not() {
    let (switch, service) = switch(None);
    assert!(has(&switch, "1", "d").await && !has(&switch, "2", "d").await);
    assert_eq!(service.1.lock().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_service_is_told_who_is_wanted_and_asked_no_more_than_it_must() {
    let (switch, service) = switch(Some(SERVED));
    for _ in 0..2 {
        assert!(has(&switch, "2", "d").await);
    }
    let asked = std::mem::take(&mut *service.1.lock());
    let [question] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((question.tag, question.key, question.value.as_str()), ("domain", "name", "d"));
    let params: Vec<_> = question.params.iter().collect();
    assert_eq!(params.first(), Some(&("Event-Name", "REQUEST_PARAMS")));
    assert!(params.ends_with(&[("action", "test"), ("key", "id"), ("user", "2"), ("domain", "d")]), "{params:?}");
    assert_eq!(switch.lookups().flush(Some(("id", "2", "d"))), 1);
    assert!(has(&switch, "2", "d").await && has(&switch, "3", "d").await && has(&switch, "3", "d").await);
    assert_eq!(service.1.lock().len(), 3);
}
