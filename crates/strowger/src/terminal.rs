//! The terminal's mode: a line editor changes it, and it must be as before when the program ends.

use std::io::stdin;
use std::process::exit;
use std::sync::Mutex;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The terminal as it was.
///
/// The line editor reads on a thread that nothing can wake. A program that ends meanwhile puts the terminal back itself.
pub struct Terminal(Mutex<Option<Termios>>);

impl Terminal {
    /// Remembers the mode of the terminal on stdin, if there is one.
    pub fn remember() -> Terminal {
        Terminal(Mutex::new(tcgetattr(stdin()).ok()))
    }

    /// Puts it back. Safe to do more than once.
    pub fn restore(&self) {
        let Ok(mode) = self.0.lock() else { return };
        let Some(mode) = mode.as_ref() else { return };
        // Nothing can be done about a terminal that is gone.
        if tcgetattr(stdin()).is_ok_and(|now| now.local_modes != mode.local_modes) {
            let _ = tcsetattr(stdin(), OptionalActions::Now, mode);
            // Whatever comes next shall not stand behind the prompt.
            println!();
        }
    }

    /// Puts it back and ends the program at once.
    pub fn leave(&self, code: i32) -> ! {
        self.restore();
        exit(code)
    }
}
