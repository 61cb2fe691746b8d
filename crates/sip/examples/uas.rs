//! A user agent that answers every call with 200 and a fixed session description, to measure the stack with:
//!
//! ```text
//! cargo run --release -p strowger-sip --example uas -- 127.0.0.1 5060
//! sipp -sf uac_call.xml -s 9196 127.0.0.1:5060 -r 500 -m 30000
//! ```

use std::{net::IpAddr, sync::Arc, time::Duration};

use strowger_sip::ua::{Call, CallEvent, CallSink, IncomingCall, Response, UaConfig, UaHandler, UserAgent};

const SDP: &str =
    "v=0\r\no=uas 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

/// Answers.
struct Answer;

impl UaHandler for Answer {
    fn invite(&self, call: IncomingCall) {
        call.call.attach(Arc::new(Held(parking_lot::Mutex::new(Some(call.call.clone())))));
        call.call.respond(Response::new(200).with_sdp(SDP));
    }
}

/// Holds its call until it is over; a call nobody holds is hung up.
struct Held(parking_lot::Mutex<Option<Call>>);

impl CallSink for Held {
    fn event(&self, event: CallEvent) {
        if matches!(event, CallEvent::Bye(_) | CallEvent::Cancelled(_) | CallEvent::Failed(_)) {
            self.0.lock().take();
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let ip: IpAddr = args.next().as_deref().unwrap_or("127.0.0.1").parse()?;
    let port: u16 = args.next().as_deref().unwrap_or("0").parse()?;
    let agent = UserAgent::bind(UaConfig::new("uas", ip, port), Arc::new(Answer)).await?;
    println!("listening on {}", agent.local_addr());
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            _ = tick.tick() => println!("{:?}", agent.counters()),
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    agent.shutdown(Duration::from_secs(2)).await;
    Ok(())
}
