use strowger_core::Switch;
use strowger_core::session::Session;
use tokio::task::JoinSet;

/// Has the session of that Unique-ID do something; `None` when there is none, or its call is over: a call that is hung
/// up is found no more, as in FreeSWITCH (`switch_core_session_locate`).
pub(super) async fn with_session<R: Send + 'static>(
    switch: &Switch,
    uuid: &str,
    act: impl FnOnce(&mut Session) -> R + Send + 'static,
) -> Option<R> {
    let handle = switch.sessions().get(uuid)?;
    handle.ask(|session| (!session.channel.is_down()).then(|| act(session))).await.ok().flatten()
}

/// Has every session do something, all at once; what came of it, in order of the sessions' beginning. Those that end
/// meanwhile or do not answer in time are left out.
pub(super) async fn with_all<R: Send + 'static>(
    switch: &Switch,
    act: impl Fn(&mut Session) -> Option<R> + Clone + Send + Sync + 'static,
) -> Vec<R> {
    let mut asked = JoinSet::new();
    for (place, handle) in switch.sessions().all().into_iter().enumerate() {
        let act = act.clone();
        asked.spawn(async move {
            let answer = handle.ask(move |session| if session.channel.is_down() { None } else { act(session) }).await;
            (place, answer.ok().flatten())
        });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().filter_map(|(_, answer)| answer).collect()
}
