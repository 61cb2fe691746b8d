//! Engines of a configuration at work: services on this host, and programs that are always there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use strowger_core::Switch;
use strowger_core::speech::{Heard, Recognition, SpeechError, Utterance};
use strowger_media::pcm::Pcm;
use strowger_speech::Speech;

fn document(tts: &str, asr: &str) -> String {
    let list = |kind: &str, params: &str| format!("<{kind}><engine name=\"e\">{params}</engine></{kind}>");
    let param = |text: &str| {
        let params = text.split(';').filter_map(|one| one.split_once('='));
        params.map(|(name, value)| format!("<param name=\"{name}\" value=\"{value}\"/>")).collect::<String>()
    };
    let tts = if tts.is_empty() { String::new() } else { list("tts", &param(tts)) };
    let asr = if asr.is_empty() { String::new() } else { list("asr", &param(asr)) };
    format!(
        "<document type=\"freeswitch/xml\"><section name=\"configuration\"><configuration name=\"speech.conf\">{tts}{asr}\
         </configuration></section></document>"
    )
}

fn started(tts: &str, asr: &str) -> (Arc<Switch>, Speech) {
    let switch = strowger_test_support::switch(&document(tts, asr));
    let speech = Speech::start(&switch).unwrap();
    (switch, speech)
}

async fn speak(tts: &str, text: &str) -> Result<Pcm, SpeechError> {
    let (switch, _speech) = started(tts, "");
    let engine = switch.registries().synthesizers.get("E").unwrap();
    engine.speak(&Utterance { text: text.into(), voice: "anna".into(), rate: 16_000 }).await
}

async fn recognise(asr: &str) -> Result<Recognition, SpeechError> {
    let (switch, _speech) = started("", asr);
    let engine = switch.registries().recognisers.get("e").unwrap();
    engine.recognise(&heard()).await
}

fn heard() -> Heard {
    let parameters = vec![("language".to_owned(), "de".to_owned())];
    Heard { sound: Pcm { samples: vec![7; 100], rate: 8000 }, grammars: vec!["yes&no".into()], parameters }
}

fn text(text: &str, confidence: u8) -> Recognition {
    Recognition::Text { text: text.into(), confidence }
}

/// A service that answers one request so; its URL, and what it was asked.
fn service(kind: &'static str, body: Vec<u8>) -> (String, std::thread::JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/say", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
            head += &line;
        }
        let mut asked = vec![0; length];
        reader.read_exact(&mut asked).unwrap();
        let head_out = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(head_out.as_bytes()).unwrap();
        // The client may have had enough.
        let _ = stream.write_all(&body);
        (head, asked)
    });
    (url, asked)
}

#[tokio::test]
async fn a_service_speaks() {
    let pcm = Pcm { samples: (0..500).collect(), rate: 16_000 };
    let (url, asked) = service("audio/wav", pcm.to_wav());
    assert_eq!(speak(&format!("url={url};authorization=Bearer x"), "a b&c").await.unwrap(), pcm);
    let (head, body) = asked.join().unwrap();
    assert!(head.starts_with("POST /say HTTP/1.1") && head.contains("authorization: Bearer x"), "{head}");
    assert_eq!(String::from_utf8(body).unwrap(), "text=a+b%26c&voice=anna&rate=16000");

    let (url, asked) = service("audio/L16;rate=11025", vec![1, 2, 3, 4]);
    let bare = speak(&format!("url={url};method=GET"), "x").await.unwrap();
    assert_eq!(bare, Pcm { samples: vec![258, 772], rate: 11_025 });
    assert!(asked.join().unwrap().0.starts_with("GET /say?text=x&voice=anna&rate=16000 "));
}

#[tokio::test]
async fn a_service_understands() {
    let (url, asked) = service("application/json", br#"{"text": "yes", "confidence": 0.914}"#.to_vec());
    assert_eq!(recognise(&format!("url={url}")).await.unwrap(), text("yes", 91));
    let (head, body) = asked.join().unwrap();
    assert!(head.starts_with("POST /say?grammar=yes%26no&language=de "), "{head}");
    assert_eq!(Pcm::from_wav(&body).unwrap(), heard().sound);

    for (kind, body, expected) in
        [("text/plain", "no\n", text("no", 100)), ("text/xml", "<result/>", Recognition::Result("<result/>".into()))]
    {
        let (url, _asked) = service(kind, body.into());
        assert_eq!(recognise(&format!("url={url}")).await.unwrap(), expected);
    }
    let (url, _asked) = service("application/json", b"[]".to_vec());
    assert!(matches!(recognise(&format!("url={url}")).await, Err(SpeechError::NotText)));
}

#[tokio::test]
async fn what_a_service_gives_has_its_bounds() {
    let (url, _asked) = service("audio/wav", vec![0; 5000]);
    let error = speak(&format!("url={url};max-bytes=1000"), "x").await.unwrap_err();
    assert!(matches!(error, SpeechError::TooLong(1000)), "{error}");
    let (url, _asked) = service("audio/wav", b"RIFFno".to_vec());
    assert!(matches!(speak(&format!("url={url}"), "x").await, Err(SpeechError::Sound(_))));
    // Nobody answers, and the timeout is short.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("url=http://{}/;timeout=1", listener.local_addr().unwrap());
    assert!(matches!(speak(&silent, "x").await, Err(SpeechError::TimedOut(_))));
    assert!(matches!(speak("command=cat", &"x".repeat(100_000)).await, Err(SpeechError::TextTooLong(_))));
}

#[tokio::test]
async fn a_program_speaks() {
    // What it is given comes back: an argument, a text on its input, a file.
    let said = Pcm::from_l16(b"anna a;b", 8000);
    assert_eq!(speak("command=printf %s '{voice} {text}'", "a;b").await.unwrap(), said);
    assert_eq!(speak("command=cat;rate=22050", "ab").await.unwrap(), Pcm::from_l16(b"ab", 22_050));
    assert_eq!(speak("command=tee {file}", "ab").await.unwrap(), Pcm::from_l16(b"ab", 8000));
    let wav = Pcm { samples: vec![5; 10], rate: 8000 };
    let script = std::env::temp_dir().join(format!("strowger-speech-{}.wav", std::process::id()));
    std::fs::write(&script, wav.to_wav()).unwrap();
    assert_eq!(speak(&format!("command=cat {}", script.display()), "x").await.unwrap(), wav);
    std::fs::remove_file(script).unwrap();
}

#[tokio::test]
async fn a_program_understands() {
    assert_eq!(recognise("command=echo ' {grammar} '").await.unwrap(), text("yes&no", 100));
    let length = (44 + 200).to_string();
    assert_eq!(recognise("command=wc -c").await.unwrap(), text(&length, 100));
    assert!(matches!(recognise("command=wc -c {file}").await.unwrap(),
        Recognition::Text { text, .. } if text.starts_with(&length)));
}

#[tokio::test]
async fn what_a_program_does_has_its_bounds() {
    let error = speak("command=/nosuch/espeak {text}", "x").await.unwrap_err().to_string();
    assert!(error.starts_with("/nosuch/espeak: "), "{error}");
    let error = speak("command=cat /dev/null/none", "x").await.unwrap_err().to_string();
    assert!(error.contains("exit status") && error.contains("/dev/null/none"), "{error}");
    assert!(matches!(speak("command=cat /dev/zero;max-bytes=1000", "x").await, Err(SpeechError::TooLong(1000))));
    assert!(matches!(speak("command=sleep 1000;timeout=1", "x").await, Err(SpeechError::TimedOut(_))));
    assert!(matches!(recognise("command=head -c 100 /dev/urandom").await, Err(SpeechError::NotText)));
    // One that reads nothing of a long text is no trouble.
    assert!(speak("command=true", &"x".repeat(60_000)).await.unwrap().samples.is_empty());
}

#[tokio::test]
async fn engines_come_and_go_with_the_configuration() {
    let (switch, speech) = started("command=cat", "command=cat");
    assert_eq!(switch.registries().synthesizers.names(), ["e"]);
    speech.configure(&strowger_test_support::config(&document("", "command=cat")));
    assert_eq!(switch.registries().synthesizers.names(), [""; 0]);
    assert_eq!(switch.registries().recognisers.names(), ["e"]);
    // What cannot be had changes nothing.
    speech.configure(&strowger_test_support::config(&document("command=cat", "url=http://[/")));
    assert_eq!(switch.registries().recognisers.names(), ["e"]);
    assert_eq!(switch.registries().synthesizers.names(), [""; 0]);
}
