//! A session's life: CS_NEW to CS_DESTROY.

use strowger_event::EventKind;

use super::hooks::Turn;
use super::{Next, Session};
use crate::channel::{CallState, ChannelState, Direction, HangupCause};
use crate::endpoint::Placed;

impl Session {
    /// Runs the session to its end.
    pub(crate) async fn run(mut self) {
        tracing::info!(uuid = %self.channel.uuid, "New channel {} [{}]", self.channel.name, self.channel.uuid);
        let begun = match self.channel.direction {
            Direction::Inbound => self.begin_inbound(),
            Direction::Outbound => self.begin_outbound().await,
        };
        match begun {
            Ok(()) => self.live().await,
            Err(cause) => self.hangup(cause),
        }
        self.end().await;
    }

    async fn live(&mut self) {
        if self.channel.direction == Direction::Outbound {
            self.consume_media().await;
        }
        while !self.channel.is_down() {
            let next = self.next.take();
            self.end_unicast();
            match next {
                Some(Next::Route) => self.route().await,
                Some(Next::Execute(actions)) => self.execute_all(actions).await,
                Some(Next::Follow(actions)) => self.follow_route(actions).await,
                Some(Next::Park) => self.stay_parked().await,
                Some(Next::Await) => self.await_bridge().await,
                Some(Next::Bridge(other)) => self.lead_bridge(&other).await,
                Some(Next::Exchange(introduction)) => self.exchange(*introduction).await,
                None => self.hangup(HangupCause::NormalClearing),
            }
        }
    }

    async fn stay_parked(&mut self) {
        self.channel.state = ChannelState::Park;
        self.enter(ChannelState::Park);
        // An interruption is seen by the loop around this.
        if let Ok(cause) = self.park_until_timeout().await {
            self.hangup(cause);
        }
    }

    fn begin_inbound(&mut self) -> Result<(), HangupCause> {
        self.enter(ChannelState::New);
        if let Some(mut profile) = self.incoming_profile.take() {
            profile.disarm();
            self.channel.set_profile(profile);
        }
        self.leg.describe(&mut self.channel);
        self.channel.state = ChannelState::Init;
        let started = self.leg.start(&mut self.channel);
        self.enter(ChannelState::Init);
        started?;
        self.channel.state = ChannelState::Routing;
        self.fire_channel(EventKind::ChannelCreate);
        self.next = Some(Next::Route);
        Ok(())
    }

    async fn begin_outbound(&mut self) -> Result<(), HangupCause> {
        self.turn(Turn::Originate).await;
        if let Some(cause) = self.channel.hangup_cause {
            return Err(cause);
        }
        self.enter(ChannelState::Init);
        self.leg.start(&mut self.channel)?;
        self.channel.state = ChannelState::Routing;
        self.fire_channel(EventKind::ChannelCreate);
        self.fire_channel(EventKind::ChannelOriginate);
        self.enter(ChannelState::Routing);
        Ok(())
    }

    /// An outgoing leg waits for its answer, and for where it is sent then.
    async fn consume_media(&mut self) {
        self.channel.state = ChannelState::ConsumeMedia;
        self.enter(ChannelState::ConsumeMedia);
        if self.leg.placed(&mut self.channel) == Placed::Answered {
            self.mark_answered();
        }
        if let Some(confirm) = self.confirm.take()
            && self.ask_confirmation(&confirm).await.is_err()
        {
            return;
        }
        self.idle().await;
    }

    async fn route(&mut self) {
        self.join_others();
        self.release_limits_on_transfer();
        self.channel.state = ChannelState::Routing;
        self.channel.running_state = ChannelState::Routing;
        if self.channel.direction == Direction::Inbound && self.channel.call_state == CallState::Down {
            self.set_call_state(CallState::Ringing);
        }
        self.fire_channel(EventKind::ChannelState);
        let actions = self.hunt().await;
        if self.check().is_err() {
            return;
        }
        match actions {
            Some(actions) => self.next = Some(Next::Follow(actions)),
            None => self.no_route(),
        }
    }

    fn no_route(&mut self) {
        if let Some(profile) = &self.channel.profile {
            tracing::info!(
                uuid = %self.channel.uuid,
                "No route for {} in context {}{}",
                profile.destination_number,
                profile.context,
                self.because()
            );
        }
        self.hangup(HangupCause::NoRouteDestination);
    }

    /// CS_HANGUP, CS_REPORTING, CS_DESTROY.
    async fn end(&mut self) {
        // Whatever was still to be run at a turn.
        self.hooks.clear();
        self.join_others();
        self.release_limits();
        self.enter(ChannelState::Hangup);
        self.stop_speech();
        self.end_recordings().await;
        self.remove_all_taps();
        let cause = self.channel.hangup_cause.unwrap_or(HangupCause::NormalClearing);
        self.leg.hangup(&mut self.channel, cause);
        self.channel.set_record();
        self.run_last_hook("api_hangup_hook").await;
        self.set_call_state(CallState::Hangup);
        self.channel.state = ChannelState::Reporting;
        self.enter(ChannelState::Reporting);
        self.leg.report(&mut self.channel);
        self.run_last_hook("api_reporting_hook").await;
        self.fire_channel_with(EventKind::ChannelHangupComplete, &[("Hangup-Cause", cause.name())]);
        self.channel.state = ChannelState::Destroy;
        self.channel.call_uuid.clone_from(&self.channel.uuid);
        self.handle.part(&self.channel.variables);
        self.switch.scheduler().delete_group(self.handle.uuid());
        self.switch.sessions().remove(self.handle.uuid());
        self.fire_channel(EventKind::ChannelDestroy);
        self.enter(ChannelState::Destroy);
        self.switch.log().forget_call(self.handle.uuid());
    }
}
