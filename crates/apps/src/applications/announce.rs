use strowger_core::session::{Interrupted, Session};

/// Says a phrase macro, where there is the application `phrase`; its events are not told of.
pub(super) async fn say_phrase(session: &mut Session, name: &str, what: &str) -> Result<(), Interrupted> {
    match session.switch().registries().applications.get("phrase") {
        Some(phrase) => phrase.run(session, &format!("{name},{what}")).await,
        None => Ok(()),
    }
}

/// Plays a file to its end, without taking digits.
pub(super) async fn announce(session: &mut Session, file: &str) -> Result<(), Interrupted> {
    super::playback::play_deaf(session, file).await.map(|_| ())
}
