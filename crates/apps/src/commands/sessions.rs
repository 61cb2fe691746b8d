use strowger_core::Switch;
use strowger_core::session::Session;

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

/// Has every session do something, but those whose call is over; what came of it, in order of their beginning.
pub(super) async fn with_all<R: Send + 'static>(
    switch: &Switch,
    act: impl Fn(&mut Session) -> Option<R> + Send + Sync + 'static,
) -> Vec<R> {
    let answers = switch.sessions().ask_all(move |session| if session.channel.is_down() { None } else { act(session) });
    answers.await.into_iter().flatten().collect()
}
