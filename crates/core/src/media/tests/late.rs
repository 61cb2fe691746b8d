use strowger_media::rtp::JitterOptions;

use super::phone::Phone;
use super::*;

const DELAY: Duration = Duration::from_millis(500);

#[test]
fn packets_that_are_held_back_come_later_and_in_order() {
    let engine = engine();
    let mut phone = Phone::call(&engine);
    phone.stream.jitter_buffer(Some(JitterOptions { least: DELAY, most: DELAY }));
    phone.stream.echo();
    phone.ready();
    let begun = std::time::Instant::now();
    for number in [0, 2, 1_u16] {
        phone.sequence = number;
        phone.say(0, u32::from(number) * 160, &[number as u8; 160]);
    }
    let heard: Vec<u8> = (0..3).map(|_| phone.hear().1[0]).collect();
    assert_eq!(heard, [0, 1, 2]);
    assert!(begun.elapsed() >= DELAY);
    phone.stream.jitter_buffer(None);
    phone.ready();
    phone.say_and_wait(0, 480, &[9; 160]);
    assert_eq!(phone.hear().1, [9; 160]);
}
