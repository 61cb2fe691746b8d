//! Sums in a dialplan: the expressions of FreeSWITCH's mod_expr (ExprEval).
//!
//! `1+2*3`, `x=5;x^2`, `if(above(${a},${b}),1,2)`, `randomize(&s);ceil(random(0,100,&s))`: phrases with `;` (or `|`)
//! between them, the last one's value is the answer. `+ - * / ^` take doubles and bind to the left, a sign closer than
//! `^` (so `-2^2` is 4); functions and constants are those of ExprEval (`functions`).

mod functions;
mod parse;

use std::collections::HashMap;

use functions::Function;
use parse::parse;

/// Why there is no value; on the wire it is `!err!` whichever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExprError {
    /// It is not an expression.
    #[error("not an expression at byte {at}")]
    Syntax {
        /// Where it stops being one.
        at: usize,
    },
    /// Parentheses and signs within one another, or parts of it, are too many.
    #[error("more than {} levels, or more than {} parts", parse::MAX_DEPTH, parse::MAX_NODES)]
    TooLarge,
    /// A value that is no number came out, as of a division by zero.
    #[error("a value is not a finite number")]
    NotFinite,
    /// `for` goes on too long.
    #[error("more than {MAX_STEPS} steps")]
    TooLong,
}

/// How many parts may be worked out, those of a `for` counted each time (ExprEval asks its breaker as rarely).
const MAX_STEPS: u32 = 100_000;

/// The value of `text` as `expr` answers it: at most ten places behind the point, no zeros at the end.
///
/// # Errors
/// [`ExprError`].
pub fn evaluate(text: &str) -> Result<String, ExprError> {
    let phrases = parse(text)?;
    let mut machine = Machine { variables: HashMap::new(), left: MAX_STEPS };
    let mut value = 0.0;
    for phrase in &phrases {
        value = machine.value(phrase)?;
    }
    let text = format!("{value:.10}");
    let short = text.trim_end_matches('0');
    Ok(short.strip_suffix('.').unwrap_or(short).to_owned())
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Variable(String),
    Assign(String, Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// A function with its arguments and the variable it changes (`&x`).
    Call(Function, Vec<Node>, Option<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Operator {
    fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Power => a.powf(b),
        }
    }
}

/// What an expression is worked out with.
struct Machine {
    variables: HashMap<String, f64>,
    left: u32,
}

impl Machine {
    fn value(&mut self, node: &Node) -> Result<f64, ExprError> {
        self.left = self.left.checked_sub(1).ok_or(ExprError::TooLong)?;
        let value = match node {
            Node::Number(number) => *number,
            Node::Variable(name) => self.variables.get(name).copied().unwrap_or(0.0),
            Node::Assign(name, node) => {
                let value = self.value(node)?;
                self.set(name, value);
                value
            }
            Node::Negate(node) => -self.value(node)?,
            Node::Binary(operator, a, b) => operator.apply(self.value(a)?, self.value(b)?),
            Node::Call(function, arguments, reference) => self.call(*function, arguments, reference.as_deref())?,
        };
        if value.is_finite() { Ok(value) } else { Err(ExprError::NotFinite) }
    }

    fn set(&mut self, name: &str, value: f64) {
        match self.variables.get_mut(name) {
            Some(variable) => *variable = value,
            None => {
                self.variables.insert(name.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
