//! The grammar of tone streams.

use super::{MAX_LENGTH, MAX_TONES, ToneError};
use crate::telephone_event::inband::{HIGH, KEYS, LOW};

/// Tones in the order they sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Program {
    pub tones: Vec<Tone>,
    /// How many times all of it sounds; `None` is for ever.
    pub passes: Option<u64>,
}

/// One tone and the silence after it; times in samples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tone {
    /// In Hz, 1 to 18 of them.
    pub frequencies: Vec<f64>,
    pub on: u64,
    pub off: u64,
    /// -63 to 0.
    pub volume_db: f64,
    pub fade: Option<Fade>,
    pub times: u32,
}

/// The level moves by `decibels` every `step` samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fade {
    pub step: u64,
    pub decibels: f64,
}

/// Reads everything after `tone_stream://`.
pub(super) fn parse(text: &str, rate: u32) -> Result<Program, ToneError> {
    if text.len() > MAX_LENGTH {
        return Err(ToneError::TooLong);
    }
    let (script, loops) = split_loops(text)?;
    if script.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("path=")) {
        return Err(ToneError::Path);
    }
    let mut parser = Parser { text: script, position: 0, rate, state: State::default(), tones: Vec::new() };
    parser.script()?;
    let (tones, script_passes) = (parser.tones, parser.state.passes);
    if tones.is_empty() {
        return Err(ToneError::Empty);
    }
    Ok(Program { tones, passes: loops.map(|loops| loops * script_passes) })
}

/// Takes `;loops=N` off the end; zero and one are once, less is for ever.
fn split_loops(text: &str) -> Result<(&str, Option<u64>), ToneError> {
    let Some(at) = text.to_ascii_lowercase().find(";loops=") else { return Ok((text, Some(1))) };
    let position = at + ";loops=".len();
    let number = text.get(position..).unwrap_or_default().trim();
    let loops: i32 = number.parse().map_err(|_| ToneError::Syntax { position, want: "a number of loops" })?;
    let passes = u64::try_from(loops).ok().map(|loops| loops.max(1));
    Ok((text.get(..at).unwrap_or_default(), passes))
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    rate: u32,
    state: State,
    tones: Vec<Tone>,
}

/// What variables have set so far.
struct State {
    volume_db: f64,
    key_on_ms: u64,
    key_off_ms: u64,
    fade_ms: u64,
    /// -1 out, 1 in, 0 not at all.
    fade_direction: f64,
    fade_db: f64,
    times: u32,
    passes: u64,
}

impl Default for State {
    /// teletone's defaults.
    fn default() -> State {
        State {
            volume_db: -7.0,
            key_on_ms: 2000,
            key_off_ms: 500,
            fade_ms: 0,
            fade_direction: 0.0,
            fade_db: 1.0,
            times: 1,
            passes: 1,
        }
    }
}

impl Parser<'_> {
    fn script(&mut self) -> Result<(), ToneError> {
        while let Some(character) = self.peek() {
            if is_blank(character) || character == ';' {
                self.position += character.len_utf8();
            } else if self.rest().get(character.len_utf8()..).is_some_and(|rest| rest.starts_with('=')) {
                self.variable(character)?;
            } else {
                self.tone(character)?;
            }
        }
        Ok(())
    }

    /// `x=value`, up to the next `;`.
    fn variable(&mut self, name: char) -> Result<(), ToneError> {
        let start = self.position;
        self.position += name.len_utf8() + 1;
        match name {
            'v' => self.state.volume_db = self.decimal("the volume", -63.0, 0.0, "-63 to 0 dB")?,
            'd' => self.state.key_on_ms = self.milliseconds()?,
            'w' => self.state.key_off_ms = self.milliseconds()?,
            '>' | '<' => {
                self.state.fade_ms = self.milliseconds()?;
                self.state.fade_direction = if name == '>' { -1.0 } else { 1.0 };
            }
            '+' => self.state.fade_db = self.decimal("the step of a fade", 0.0, 63.0, "0 to 63 dB")?,
            'l' => self.state.times = self.times()?,
            'L' => self.state.passes = u64::from(self.times()?),
            // The rate is the channel's and the channels are one, whatever a script says.
            'r' | 'c' => drop(self.times()?),
            _ => return Err(ToneError::Variable { position: start, name }),
        }
        match self.peek() {
            None | Some(';') => Ok(()),
            Some(_) => Err(ToneError::Syntax { position: self.position, want: "';' after a variable" }),
        }
    }

    /// `%(on,off,frequencies)`, a key, or a key with `(on,off)`.
    fn tone(&mut self, character: char) -> Result<(), ToneError> {
        let start = self.position;
        self.position += character.len_utf8();
        let key = key_frequencies(character);
        if key.is_none() && character != '%' {
            return Err(ToneError::Key { position: start, character });
        }
        let (on_ms, off_ms, given) = match self.peek() {
            Some('(') => self.arguments()?,
            _ if key.is_some() => (self.state.key_on_ms, self.state.key_off_ms, Vec::new()),
            _ => return Err(ToneError::Syntax { position: self.position, want: "'(' after '%'" }),
        };
        match key {
            Some(_) if !given.is_empty() => Err(ToneError::Syntax { position: start, want: "'%' before frequencies" }),
            Some(pair) => self.add(pair.to_vec(), on_ms, off_ms),
            None if given.is_empty() => {
                Err(ToneError::Syntax { position: self.position.saturating_sub(1), want: "a frequency" })
            }
            None => {
                // A frequency of zero ends the list; teletone passes over a tone that has none.
                let heard: Vec<f64> = given.into_iter().take_while(|frequency| *frequency > 0.0).collect();
                if heard.is_empty() { Ok(()) } else { self.add(heard, on_ms, off_ms) }
            }
        }
    }

    /// `(on,off[,frequency…])`.
    fn arguments(&mut self) -> Result<(u64, u64, Vec<f64>), ToneError> {
        self.position += 1;
        let on = self.milliseconds()?;
        self.expect(',', "',' and the milliseconds of silence")?;
        let off = self.milliseconds()?;
        let mut frequencies = Vec::new();
        while self.peek() == Some(',') {
            self.position += 1;
            if frequencies.len() == MAX_FREQUENCIES {
                return Err(ToneError::Range { position: self.position, what: "tones at once", bounds: "at most 18" });
            }
            frequencies.push(self.decimal("a frequency", 0.0, 24_000.0, "0 to 24000 Hz")?);
        }
        self.expect(')', "',' or ')'")?;
        Ok((on, off, frequencies))
    }

    fn add(&mut self, frequencies: Vec<f64>, on_ms: u64, off_ms: u64) -> Result<(), ToneError> {
        if self.tones.len() == MAX_TONES {
            return Err(ToneError::TooLong);
        }
        let samples = |milliseconds: u64| milliseconds * u64::from(self.rate) / 1000;
        let state = &mut self.state;
        let decibels = state.fade_db * state.fade_direction;
        let fade = (decibels != 0.0).then(|| Fade { step: samples(state.fade_ms).max(1), decibels });
        let times = std::mem::replace(&mut state.times, 1);
        let (on, off, volume_db) = (samples(on_ms), samples(off_ms), state.volume_db);
        if on + off == 0 {
            // Repeated for ever it would never come to an end nor to a sample.
            return Ok(());
        }
        self.tones.push(Tone { frequencies, on, off, volume_db, fade, times });
        Ok(())
    }

    fn milliseconds(&mut self) -> Result<u64, ToneError> {
        let position = self.position;
        let text = self.number();
        if text.is_empty() {
            return Err(ToneError::Syntax { position, want: "milliseconds" });
        }
        let bounded = text.parse().ok().filter(|milliseconds| *milliseconds <= MAX_MILLISECONDS);
        bounded.ok_or(ToneError::Range { position, what: "milliseconds", bounds: "whole, 0 to 86400000 (a day)" })
    }

    fn times(&mut self) -> Result<u32, ToneError> {
        let position = self.position;
        let parsed = self.number().parse().ok().filter(|times| *times >= 1);
        parsed.ok_or(ToneError::Range { position, what: "a count", bounds: "whole, 1 or more" })
    }

    fn decimal(&mut self, what: &'static str, least: f64, most: f64, bounds: &'static str) -> Result<f64, ToneError> {
        let position = self.position;
        let text = self.number();
        let value: f64 = text.parse().map_err(|_| ToneError::Syntax { position, want: "a number" })?;
        if (least..=most).contains(&value) { Ok(value) } else { Err(ToneError::Range { position, what, bounds }) }
    }

    /// The characters of a number, with blanks around them passed over.
    fn number(&mut self) -> &str {
        self.skip_blanks();
        let rest = self.text.get(self.position..).unwrap_or_default();
        let length = rest.find(|c: char| !matches!(c, '0'..='9' | '.' | '-')).unwrap_or(rest.len());
        self.position += length;
        self.skip_blanks();
        rest.get(..length).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.position += 1;
        }
    }

    fn expect(&mut self, character: char, want: &'static str) -> Result<(), ToneError> {
        if self.peek() != Some(character) {
            return Err(ToneError::Syntax { position: self.position, want });
        }
        self.position += character.len_utf8();
        Ok(())
    }

    fn rest(&self) -> &str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\r' | '\n')
}

/// The two tones of a key (ITU-T Q.23); teletone has 859 Hz in the third row, where 852 Hz is right.
fn key_frequencies(key: char) -> Option<[f64; 2]> {
    let at = KEYS.as_flattened().iter().position(|known| *known == key)?;
    let (row, column) = (LOW.get(at / 4)?, HIGH.get(at % 4)?);
    Some([f64::from(*row), f64::from(*column)])
}

const MAX_FREQUENCIES: usize = 18;
const MAX_MILLISECONDS: u64 = 86_400_000;
