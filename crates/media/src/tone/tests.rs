use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;

/// All of a source, read in frames.
pub(crate) fn collect(source: &mut dyn AudioSource) -> Vec<i16> {
    let mut audio = Vec::new();
    loop {
        let mut frame = [0; 160];
        let filled = source.fill(&mut frame);
        audio.extend(&frame[..filled]);
        if filled < frame.len() || audio.len() > 4_000_000 {
            return audio;
        }
    }
}

/// The level of one frequency in dB below a full-scale sine, by Goertzel's method.
pub(crate) fn level_db(audio: &[i16], frequency: f64, rate: u32) -> f64 {
    let w = 2.0 * PI * frequency / f64::from(rate);
    let (mut s1, mut s2) = (0.0, 0.0);
    for &sample in audio {
        (s1, s2) = (f64::from(sample) + 2.0 * w.cos() * s1 - s2, s1);
    }
    let power = (s1 * s1 + s2 * s2 - 2.0 * w.cos() * s1 * s2) / (audio.len() as f64 / 2.0).powi(2);
    10.0 * (power.max(1e-9) / 32_768_f64.powi(2)).log10()
}

fn played(spec: &str) -> Vec<i16> {
    collect(&mut ToneStream::parse(spec).unwrap())
}

fn refusal(spec: &str) -> String {
    ToneStream::parse(spec).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn one_tone_has_its_length_frequency_and_level() {
    let audio = played("tone_stream://%(1000,0,440)");
    assert_eq!(audio.len(), 8000);
    assert!((level_db(&audio, 440.0, 8000) + 10.15).abs() < 0.02, "{}", level_db(&audio, 440.0, 8000));
    assert!(level_db(&audio, 450.0, 8000) < -60.0);
    let quieter = played("v=-17;%(1000,0,440)");
    assert!((level_db(&quieter, 440.0, 8000) + 20.15).abs() < 0.02);
}

#[test]
fn two_tones_are_averaged() {
    let audio = played("%(1000,0,440,700)");
    for frequency in [440.0, 700.0] {
        assert!((level_db(&audio, frequency, 8000) + 16.17).abs() < 0.05);
    }
}

#[test]
fn silence_follows_and_tones_follow_one_another() {
    let audio = played("%(100,50,440) %(200,0,480)");
    assert_eq!(audio.len(), 800 + 400 + 1600);
    assert!(audio[800..1200].iter().all(|&sample| sample == 0));
    assert!(level_db(&audio[1200..], 480.0, 8000) > -10.3);
}

#[test]
fn a_tone_that_repeats_without_silence_has_no_step() {
    let audio = played("%(251,0,1004);loops=8");
    assert_eq!(audio.len(), 8 * 2008);
    let longest = 2.0 * PI * 1004.0 / 8000.0 * 10_190.0;
    assert!(audio.windows(2).all(|pair| f64::from((i32::from(pair[1]) - i32::from(pair[0])).abs()) <= longest));
    assert!((level_db(&audio, 1004.0, 8000) + 10.15).abs() < 0.05);
}

#[test]
fn loops_of_every_kind() {
    assert_eq!(played("%(10,0,440);loops=3").len(), 240);
    assert_eq!(played("%(10,0,440);loops=0").len(), 80);
    assert_eq!(played("l=3;%(10,0,440)%(10,0,480)").len(), 320);
    assert_eq!(played("L=3;%(10,0,440)%(10,0,480)").len(), 480);
    let mut endless = ToneStream::parse("%(10,5,440);loops=-1").unwrap();
    let mut out = vec![0; 100_000];
    assert_eq!(endless.fill(&mut out), out.len());
}

#[test]
fn keys_sound_as_they_are_pressed() {
    let audio = played("d=100;w=50;59");
    assert_eq!(audio.len(), 2 * 1200);
    assert!(level_db(&audio[..800], 770.0, 8000) > -17.0 && level_db(&audio[..800], 1336.0, 8000) > -17.0);
    assert!(level_db(&audio[1200..2000], 852.0, 8000) > -17.0);
    assert_eq!(played("5(20,10)").len(), 240);
    assert_eq!(played("#").len(), 20_000, "2000 ms and 500 ms unless said otherwise");
}

#[test]
fn fades() {
    let audio = played("v=-10;>=100;+=6;%(400,0,500)");
    let levels: Vec<f64> = audio.chunks(800).map(|part| level_db(part, 500.0, 8000)).collect();
    for pair in levels.windows(2) {
        assert!((pair[0] - pair[1] - 6.0).abs() < 0.1, "{levels:?}");
    }
    let rising = played("v=-3;<=10;%(1000,0,500)");
    assert!(level_db(&rising[4000..], 500.0, 8000) < -3.0, "no more than 0 dB");
}

#[test]
fn other_rates() {
    let mut tone = ToneStream::parse_at("%(100,0,440)", 16_000).unwrap();
    assert_eq!((tone.rate(), collect(&mut tone).len()), (16_000, 1600));
}

#[test]
fn errors_name_the_position() {
    assert_eq!(refusal("%(1000,0"), "tone_stream: position 8: want ',' or ')'");
    assert_eq!(refusal("%(1000)"), "tone_stream: position 6: want ',' and the milliseconds of silence");
    assert_eq!(refusal("%(1000,500)"), "tone_stream: position 10: want a frequency");
    assert_eq!(refusal("%(x,0,440)"), "tone_stream: position 2: want milliseconds");
    assert_eq!(refusal("%(10,0,440)q"), "tone_stream: position 11: no tone for 'q'");
    assert_eq!(refusal("z=1;%(10,0,440)"), "tone_stream: position 0: unknown variable 'z='");
    assert_eq!(refusal("v=5;%(10,0,440)"), "tone_stream: position 2: the volume must be -63 to 0 dB");
    assert_eq!(refusal("%(10,0,440);loops=x"), "tone_stream: position 18: want a number of loops");
    assert_eq!(refusal("path=/etc/passwd"), "tone_stream: path= is not supported: write the tones themselves");
    assert_eq!(refusal(""), "tone_stream: nothing to play");
    assert_eq!(refusal("%(0,0,440);loops=-1"), "tone_stream: nothing to play");
    assert_eq!(
        refusal("%(99999999999999999999,0,440)"),
        "tone_stream: position 2: milliseconds must be whole, 0 to 86400000 (a day)"
    );
    assert_eq!(ToneStream::parse(&"1".repeat(300)).map(|_| ()), Err(ToneError::TooLong));
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[%(),;=0-9vdwlL<>+A-Da *#.é-]{0,60}") {
        if let Ok(mut tone) = ToneStream::parse(&text) {
            let mut out = [0; 1000];
            prop_assert!(tone.fill(&mut out) <= 1000);
        }
    }

    #[test]
    fn reading_in_pieces_changes_nothing(sizes in proptest::collection::vec(1..300_usize, 1..40)) {
        let spec = "v=-12;>=7;%(33,11,440,480)l=2;5(20,3);L=2";
        let whole = played(spec);
        let mut tone = ToneStream::parse(spec).unwrap();
        let mut pieces: Vec<i16> = Vec::new();
        for size in sizes.iter().cycle() {
            let mut out = vec![0; *size];
            let filled = tone.fill(&mut out);
            pieces.extend(&out[..filled]);
            if filled < *size {
                break;
            }
        }
        prop_assert_eq!(pieces.len(), whole.len());
        // Rounding of the turning vector may differ in the last bit.
        prop_assert!(pieces.iter().zip(&whole).all(|(a, b)| a.abs_diff(*b) <= 1));
    }
}
