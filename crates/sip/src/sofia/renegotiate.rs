//! Media agreed on anew, or sent around us, by a re-INVITE of ours.

use strowger_core::channel::{Answer, Channel};
use strowger_core::indication::Indicated;

use super::leg::SofiaLeg;
use super::media;

impl SofiaLeg {
    /// Offers these codecs instead of the one that was agreed on (`PCMA,PCMU`; a `=` in front says "just these").
    pub(super) fn renegotiate(&mut self, channel: &mut Channel, codecs: Option<&str>) -> Indicated {
        if self.reinvite.is_under_way() || channel.answer != Answer::Answered {
            return Indicated::Failed;
        }
        let offered = match codecs.map(|list| list.trim_start_matches('=')) {
            Some(list) => {
                let known = media::codecs(list.split(','));
                if known.is_empty() {
                    tracing::warn!(uuid = %channel.uuid, "no re-INVITE: none of these codecs is known: {list}");
                    return Indicated::Failed;
                }
                channel.variables.remove("absolute_codec_string");
                channel.variables.set("codec_string", &format!("={list}"));
                known
            }
            None => media::usual_codecs(&self.profile.settings()),
        };
        self.media.offer_next(offered);
        self.offer_again(channel)
    }

    /// Has the far end send its media to where `description` says, or to us again.
    pub(super) fn go_around(&mut self, channel: &mut Channel, description: Option<&str>) -> Indicated {
        if self.reinvite.is_under_way() || channel.answer != Answer::Answered {
            return Indicated::Failed;
        }
        self.media.go_around(description);
        self.offer_again(channel)
    }

    fn offer_again(&mut self, channel: &mut Channel) -> Indicated {
        let on = self.media.is_holding();
        self.offer_hold(channel, on);
        if self.reinvite.is_under_way() { Indicated::Told } else { Indicated::Failed }
    }
}
