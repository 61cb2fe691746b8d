use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::destination::{Destination, Legs, transfer};

/// `transfer`.
pub(super) struct Transfer;

#[async_trait]
impl Application for Transfer {
    fn about(&self) -> About {
        about(
            "transfer",
            "[-bleg|-both] <extension> [<dialplan> [<context>]]",
            "Sends the call to another extension; with `-bleg` the leg it is joined with, with `-both` both.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (legs, rest) = Legs::take(data);
        match Destination::parse(rest) {
            Some(destination) => {
                if !transfer(session, legs, &destination) {
                    tracing::warn!(uuid = %session.channel.uuid, "No B-leg present.");
                    if legs == Legs::Both {
                        destination.transfer(session);
                    }
                }
            }
            None => tracing::error!(uuid = %session.channel.uuid, "No extension specified."),
        }
        session.check()
    }
}

/// `execute_extension`.
pub(super) struct ExecuteExtension;

#[async_trait]
impl Application for ExecuteExtension {
    fn about(&self) -> About {
        about(
            "execute_extension",
            "<extension> [<dialplan> [<context>]]",
            "Runs what another extension has, and comes back.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let Some(destination) = Destination::parse(data) else {
            tracing::error!(uuid = %session.channel.uuid, "Usage: <extension> <dialplan> <context>");
            return Ok(());
        };
        let (dialplan, context) = destination.place(session);
        session.execute_extension(destination.number(), &dialplan, &context).await
    }
}

/// `reuse_caller_profile`.
pub(super) struct ReuseCallerProfile;

#[async_trait]
impl Application for ReuseCallerProfile {
    fn about(&self) -> About {
        about(
            "reuse_caller_profile",
            "",
            "Has the next transfer keep the caller profile of the call and change its destination only.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.reuse_profile();
        Ok(())
    }
}
