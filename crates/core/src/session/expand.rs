use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use super::Session;
use crate::template::{self, Piece};

/// How deep references within references are followed.
const DEPTH: u8 = 8;

impl Session {
    /// `text` with its `${…}` replaced by this channel's variables, globals, and the answers of API commands.
    pub async fn expand<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        if template::is_plain(text) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(self.expand_pieces(text, DEPTH).await)
    }

    fn expand_pieces<'a>(&'a mut self, text: &'a str, depth: u8) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async move {
            let mut out = String::with_capacity(text.len());
            for piece in template::parse(text) {
                match piece {
                    Piece::Text(text) => out.push_str(&text),
                    Piece::Global(name) => out.push_str(&self.switch.globals().get(&name).unwrap_or_default()),
                    Piece::Variable(reference) => {
                        let name = self.inner(&reference.name, depth).await;
                        out.push_str(&reference.apply(&self.lookup(&name)));
                    }
                    Piece::Command { name, arguments } => {
                        let arguments = self.inner(&arguments, depth).await;
                        out.push_str(&self.command_answer(&name, &arguments).await);
                    }
                }
            }
            out
        })
    }

    async fn inner(&mut self, text: &str, depth: u8) -> String {
        if depth == 0 || template::is_plain(text) {
            return text.to_owned();
        }
        self.expand_pieces(text, depth - 1).await
    }

    fn lookup(&self, name: &str) -> String {
        match self.channel.variable(name) {
            Some(value) => value.to_owned(),
            None => self.switch.globals().get(name).unwrap_or_default(),
        }
    }

    /// Runs the command while the session stays reachable: it may ask this very session something.
    async fn command_answer(&mut self, name: &str, arguments: &str) -> String {
        let switch = self.switch.clone();
        let answer = self.attend(switch.execute_api(name, arguments)).await;
        answer.ok().flatten().unwrap_or_default()
    }
}
