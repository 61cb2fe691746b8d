//! What is counted of a stream, readable by anyone at any time.

use std::sync::atomic::{AtomicU64, Ordering};

use strowger_media::rtp::Receiver;

use super::kind::Kind;

/// How a stream has gone so far; the fields are FreeSWITCH's `rtp_audio_…` variables.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RtpStatistics {
    /// Bytes of RTP received, headers included.
    pub in_raw_bytes: u64,
    /// Bytes of audio received, headers included.
    pub in_media_bytes: u64,
    /// RTP packets received.
    pub in_packets: u64,
    /// Of these, audio.
    pub in_media_packets: u64,
    /// Datagrams that were of no use: malformed, from a stranger, or of an unknown payload type.
    pub in_skipped_packets: u64,
    /// RFC 4733 packets received.
    pub in_dtmf_packets: u64,
    /// Comfort noise packets received.
    pub in_cng_packets: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Bursts of loss.
    pub gaps: u64,
    /// The interarrival jitter in ms (RFC 3550 A.8).
    pub jitter_ms: f64,
    /// The least that the variance of the packet interval has been, in ms².
    pub jitter_min_variance: f64,
    /// The greatest that it has been.
    pub jitter_max_variance: f64,
    /// Packets lost, in percent.
    pub jitter_loss_rate: f64,
    /// How much longer bursts of loss are than they would be by chance; 0 without loss.
    pub jitter_burst_rate: f64,
    /// The mean time between packets, in ms.
    pub mean_interval_ms: f64,
    /// Flaws heard: packets lost.
    pub flaws: u64,
    /// Packets without flaw, in percent.
    pub quality_percentage: f64,
    /// The mean opinion score estimated from it, 1 to 4.5 (ITU-T G.107 annex B).
    pub mos: f64,
    /// Bytes of RTP sent, headers included.
    pub out_raw_bytes: u64,
    /// Bytes of audio sent, headers included.
    pub out_media_bytes: u64,
    /// RTP packets sent.
    pub out_packets: u64,
    /// Of these, audio.
    pub out_media_packets: u64,
    /// RFC 4733 packets sent.
    pub out_dtmf_packets: u64,
    /// Comfort noise packets sent.
    pub out_cng_packets: u64,
    /// Packets not sent: the system would not take them, or their time had passed.
    pub out_skipped_packets: u64,
    /// RTCP packets that came to the RTP port.
    pub rtcp_packets: u64,
    /// Their bytes.
    pub rtcp_bytes: u64,
}

/// The counters behind [`RtpStatistics`]. Only the owning thread writes those of what comes in, and only who has the lock of
/// the stream's output those of what goes out.
#[derive(Debug, Default)]
pub(super) struct Counters {
    in_raw_bytes: Counter,
    in_media_bytes: Counter,
    in_packets: Counter,
    in_media_packets: Counter,
    pub(super) in_skipped_packets: Counter,
    in_dtmf_packets: Counter,
    in_cng_packets: Counter,
    lost: Counter,
    gaps: Counter,
    jitter_us: Counter,
    least_variance: Counter,
    greatest_variance: Counter,
    mean_interval: Counter,
    out_raw_bytes: Counter,
    out_media_bytes: Counter,
    out_packets: Counter,
    out_media_packets: Counter,
    out_dtmf_packets: Counter,
    out_cng_packets: Counter,
    pub(super) out_skipped_packets: Counter,
    pub(super) rtcp_packets: Counter,
    pub(super) rtcp_bytes: Counter,
}

/// A number with one writer, which is why adding needs no locked instruction.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, amount: u64) {
        self.set(self.get().wrapping_add(amount));
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    fn set_real(&self, value: f64) {
        self.set(value.to_bits());
    }

    fn real(&self) -> f64 {
        f64::from_bits(self.get())
    }
}

impl Counters {
    /// Publishes what the receiver has learned.
    pub(super) fn learned(&self, receiver: &Receiver) {
        let (least, greatest) = receiver.variance_range_ms();
        self.lost.set(receiver.lost());
        self.gaps.set(receiver.gaps());
        self.jitter_us.set(u64::try_from(receiver.jitter().as_micros()).unwrap_or(u64::MAX));
        self.least_variance.set_real(least);
        self.greatest_variance.set_real(greatest);
        self.mean_interval.set_real(receiver.mean_interval_ms());
    }

    /// Counts a packet of this many bytes as received.
    pub(super) fn received(&self, kind: Kind, bytes: usize) {
        self.in_packets.add(1);
        self.in_raw_bytes.add(bytes as u64);
        match kind {
            Kind::Audio => {
                self.in_media_packets.add(1);
                self.in_media_bytes.add(bytes as u64);
            }
            Kind::Event => self.in_dtmf_packets.add(1),
            Kind::ComfortNoise => self.in_cng_packets.add(1),
        }
    }

    /// Counts a packet of this many bytes as sent.
    pub(super) fn sent(&self, kind: Kind, bytes: usize) {
        self.out_packets.add(1);
        self.out_raw_bytes.add(bytes as u64);
        match kind {
            Kind::Audio => {
                self.out_media_packets.add(1);
                self.out_media_bytes.add(bytes as u64);
            }
            Kind::Event => self.out_dtmf_packets.add(1),
            Kind::ComfortNoise => self.out_cng_packets.add(1),
        }
    }

    /// The counters now, and what follows from them.
    pub(super) fn snapshot(&self) -> RtpStatistics {
        let (received, lost, gaps) = (self.in_packets.get(), self.lost.get(), self.gaps.get());
        let loss = if lost == 0 { 0.0 } else { lost as f64 / (received + lost) as f64 };
        let quality = quality(received, lost);
        RtpStatistics {
            in_raw_bytes: self.in_raw_bytes.get(),
            in_media_bytes: self.in_media_bytes.get(),
            in_packets: received,
            in_media_packets: self.in_media_packets.get(),
            in_skipped_packets: self.in_skipped_packets.get(),
            in_dtmf_packets: self.in_dtmf_packets.get(),
            in_cng_packets: self.in_cng_packets.get(),
            lost,
            gaps,
            jitter_ms: self.jitter_us.get() as f64 / 1000.0,
            jitter_min_variance: self.least_variance.real(),
            jitter_max_variance: self.greatest_variance.real(),
            jitter_loss_rate: loss * 100.0,
            // By chance a burst has 1 / (1 - loss) packets (ITU-T G.107 §B.6).
            jitter_burst_rate: if gaps == 0 { 0.0 } else { lost as f64 / gaps as f64 * (1.0 - loss) },
            mean_interval_ms: self.mean_interval.real(),
            flaws: lost,
            quality_percentage: quality,
            mos: 1.0 + 0.035 * quality + 0.000_007 * quality * (quality - 60.0) * (100.0 - quality),
            out_raw_bytes: self.out_raw_bytes.get(),
            out_media_bytes: self.out_media_bytes.get(),
            out_packets: self.out_packets.get(),
            out_media_packets: self.out_media_packets.get(),
            out_dtmf_packets: self.out_dtmf_packets.get(),
            out_cng_packets: self.out_cng_packets.get(),
            out_skipped_packets: self.out_skipped_packets.get(),
            rtcp_packets: self.rtcp_packets.get(),
            rtcp_bytes: self.rtcp_bytes.get(),
        }
    }
}

/// Percent of packets without flaw; FreeSWITCH calls a stream with more flaws than packets perfect as well as an empty
/// one, we call it bad.
fn quality(received: u64, flaws: u64) -> f64 {
    if received == 0 { 100.0 } else { received.saturating_sub(flaws) as f64 / received as f64 * 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flawless_stream_scores_as_freeswitch_says() {
        let statistics = Counters::default().snapshot();
        assert!((statistics.quality_percentage - 100.0).abs() < 1e-9);
        assert!((statistics.mos - 4.5).abs() < 1e-9);
    }

    #[test]
    fn loss_lowers_the_score() {
        let counters = Counters::default();
        counters.in_packets.add(90);
        counters.lost.set(10);
        counters.gaps.set(5);
        let statistics = counters.snapshot();
        assert!((statistics.jitter_loss_rate - 10.0).abs() < 1e-9);
        assert!((statistics.jitter_burst_rate - 1.8).abs() < 1e-9);
        assert!(statistics.mos < 4.4);
    }
}
