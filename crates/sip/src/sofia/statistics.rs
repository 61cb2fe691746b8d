//! How a leg's RTP went, in the variables that `mod_sofia` leaves behind.

use strowger_core::channel::Variables;
use strowger_core::media::RtpStatistics;

/// Sets the `rtp_audio_in_…`, `rtp_audio_out_…` and `rtp_audio_rtcp_…` variables.
pub(super) fn set(variables: &mut Variables, statistics: &RtpStatistics) {
    let mut whole = |name: &str, value: u64| variables.set(&["rtp_audio_", name].concat(), &value.to_string());
    whole("in_raw_bytes", statistics.in_raw_bytes);
    whole("in_media_bytes", statistics.in_media_bytes);
    whole("in_packet_count", statistics.in_packets);
    whole("in_media_packet_count", statistics.in_media_packets);
    whole("in_skip_packet_count", statistics.in_skipped_packets);
    whole("in_jitter_packet_count", 0);
    whole("in_dtmf_packet_count", statistics.in_dtmf_packets);
    whole("in_cng_packet_count", statistics.in_cng_packets);
    whole("in_flush_packet_count", 0);
    whole("in_largest_jb_size", 0);
    let mut real = |name: &str, value: f64| variables.set(&["rtp_audio_in_", name].concat(), &format!("{value:.2}"));
    real("jitter_min_variance", statistics.jitter_min_variance);
    real("jitter_max_variance", statistics.jitter_max_variance);
    real("jitter_loss_rate", statistics.jitter_loss_rate);
    real("jitter_burst_rate", statistics.jitter_burst_rate);
    real("mean_interval", statistics.mean_interval_ms);
    let mut whole = |name: &str, value: u64| variables.set(&["rtp_audio_", name].concat(), &value.to_string());
    whole("in_flaw_total", statistics.flaws);
    let mut real = |name: &str, value: f64| variables.set(&["rtp_audio_in_", name].concat(), &format!("{value:.2}"));
    real("quality_percentage", statistics.quality_percentage);
    real("mos", statistics.mos);
    let mut whole = |name: &str, value: u64| variables.set(&["rtp_audio_", name].concat(), &value.to_string());
    whole("out_raw_bytes", statistics.out_raw_bytes);
    whole("out_media_bytes", statistics.out_media_bytes);
    whole("out_packet_count", statistics.out_packets);
    whole("out_media_packet_count", statistics.out_media_packets);
    whole("out_skip_packet_count", statistics.out_skipped_packets);
    whole("out_dtmf_packet_count", statistics.out_dtmf_packets);
    whole("out_cng_packet_count", 0);
    whole("rtcp_packet_count", statistics.rtcp_packets);
    whole("rtcp_octet_count", statistics.rtcp_bytes);
}
