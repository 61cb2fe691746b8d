use strowger_media::rtp::Packet;

use super::input::MAX_READS;
use super::*;

/// The other end of a call.
pub(super) struct Phone {
    pub(super) socket: UdpSocket,
    pub(super) stream: Stream,
    pub(super) ssrc: u32,
    pub(super) marker: bool,
    pub(super) sequence: u16,
}

impl Phone {
    pub(super) fn call(engine: &MediaEngine) -> Phone {
        let phone = Phone::silent(engine);
        phone.connect(true, true);
        phone
    }

    /// A phone with a codec of its own.
    pub(super) fn with(engine: &MediaEngine, codec: Codec) -> Phone {
        let phone = Phone::silent(engine);
        phone.stream.connect(RtpParameters { codec, payload_type: codec.payload_type(), ..phone.parameters() });
        phone
    }

    pub(super) fn silent(engine: &MediaEngine) -> Phone {
        let stream = engine.open_rtp(Ipv4Addr::LOCALHOST.into()).unwrap();
        Phone { socket: socket(), stream, ssrc: 77, marker: false, sequence: 0 }
    }

    pub(super) fn connect(&self, send: bool, receive: bool) {
        self.stream.connect(RtpParameters { send, receive, ..self.parameters() });
    }

    pub(super) fn parameters(&self) -> RtpParameters {
        RtpParameters {
            remote: self.socket.local_addr().unwrap(),
            codec: Codec::Pcmu,
            payload_type: 0,
            dtmf_payload_type: Some(101),
            ptime_ms: 20,
            send: true,
            receive: true,
        }
    }

    pub(super) fn say(&mut self, payload_type: u8, timestamp: u32, payload: &[u8]) {
        let (marker, sequence, ssrc) = (self.marker, self.sequence, self.ssrc);
        let header = Header { marker, payload_type, sequence, timestamp, ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        let datagram = [&header.to_bytes(), payload].concat();
        self.socket.send_to(&datagram, self.stream.local_addr().unwrap()).unwrap();
    }

    /// Says something and waits until it has been received: what is done next is done after it.
    pub(super) fn say_and_wait(&mut self, payload_type: u8, timestamp: u32, payload: &[u8]) {
        let before = self.stream.statistics().in_packets;
        self.say(payload_type, timestamp, payload);
        let after = settled(&self.stream, |statistics| statistics.in_packets > before);
        assert_eq!(after.in_packets, before + 1);
    }

    /// Waits until the thread has done all it was told before, to this stream or another.
    pub(super) fn ready(&self) {
        let before = self.stream.statistics().rtcp_packets;
        let report = [0x80, 200, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        // More than it reads before it takes its mail, for it may be reading.
        let reports = MAX_READS as u64 + 1;
        for _ in 0..reports {
            self.socket.send_to(&report, self.stream.local_addr().unwrap()).unwrap();
        }
        let after = settled(&self.stream, |statistics| statistics.rtcp_packets == before + reports);
        assert_eq!(after.rtcp_packets, before + reports);
    }

    pub(super) fn hear(&self) -> (Header, Vec<u8>) {
        let mut datagram = [0; 2048];
        let length = self.socket.recv(&mut datagram).unwrap();
        let packet = Packet::parse(&datagram[..length]).unwrap();
        (packet.header, packet.payload.to_vec())
    }
}
