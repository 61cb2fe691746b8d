//! Text to [`Node`]s.

use std::f64::consts;

use super::functions::Function;
use super::{ExprError, Node, Operator};

/// How deep parentheses, arguments and signs may be within one another.
pub(super) const MAX_DEPTH: usize = 64;

/// How many numbers, names and calls there may be. What is worked out by recursion is never deeper than that.
pub(super) const MAX_NODES: usize = 1000;

/// The phrases of an expression; at least one.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, ExprError> {
    let mut parser = Parser { text, at: 0, depth: 0, nodes: 0 };
    let mut phrases = vec![parser.phrase()?];
    while parser.take(';') || parser.take('|') {
        if parser.peek().is_none() {
            break;
        }
        phrases.push(parser.phrase()?);
    }
    if parser.peek().is_some() { Err(parser.syntax()) } else { Ok(phrases) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: usize,
}

impl<'a> Parser<'a> {
    /// `name = phrase`, or a sum.
    fn phrase(&mut self) -> Result<Node, ExprError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ExprError::TooLarge);
        }
        let before = self.at;
        let name = self.name().filter(|_| self.take('='));
        let phrase = match name {
            Some(name) if constant(name).is_some() => return Err(self.syntax()),
            Some(name) => Node::Assign(name.to_owned(), Box::new(self.phrase()?)),
            None => {
                self.at = before;
                self.chain(&[('+', Operator::Add), ('-', Operator::Subtract)], Self::product)?
            }
        };
        self.depth -= 1;
        Ok(phrase)
    }

    fn product(&mut self) -> Result<Node, ExprError> {
        self.chain(&[('*', Operator::Multiply), ('/', Operator::Divide)], Self::power)
    }

    fn power(&mut self) -> Result<Node, ExprError> {
        self.chain(&[('^', Operator::Power)], Self::signed)
    }

    /// Operands with one of `operators` between them, which bind to the left.
    fn chain(
        &mut self,
        operators: &[(char, Operator)],
        operand: fn(&mut Self) -> Result<Node, ExprError>,
    ) -> Result<Node, ExprError> {
        let mut node = operand(self)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.take(*sign)) {
            node = Node::Binary(*operator, Box::new(node), Box::new(operand(self)?));
        }
        Ok(node)
    }

    fn signed(&mut self) -> Result<Node, ExprError> {
        let mut negative = false;
        loop {
            if self.take('-') {
                negative = !negative;
            } else if !self.take('+') {
                break;
            }
        }
        let value = self.operand()?;
        Ok(if negative { Node::Negate(Box::new(value)) } else { value })
    }

    fn operand(&mut self) -> Result<Node, ExprError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(ExprError::TooLarge);
        }
        if self.take('(') {
            let inner = self.phrase()?;
            return if self.take(')') { Ok(inner) } else { Err(self.syntax()) };
        }
        let Some(name) = self.name() else { return self.number() };
        if self.take('(') {
            return self.call(name);
        }
        Ok(constant(name).map_or_else(|| Node::Variable(name.to_owned()), Node::Number))
    }

    /// A function's arguments; those that begin with `&` are variables it changes.
    fn call(&mut self, name: &str) -> Result<Node, ExprError> {
        let (mut arguments, mut reference) = (Vec::new(), None);
        if !self.take(')') {
            loop {
                if self.take('&') {
                    let name = self.name().filter(|name| constant(name).is_none() && reference.is_none());
                    reference = Some(name.ok_or_else(|| self.syntax())?.to_owned());
                } else {
                    arguments.push(self.phrase()?);
                }
                if !self.take(',') {
                    break;
                }
            }
            if !self.take(')') {
                return Err(self.syntax());
            }
        }
        let function = Function::find(name, arguments.len(), reference.is_some()).ok_or_else(|| self.syntax())?;
        Ok(Node::Call(function, arguments, reference))
    }

    fn number(&mut self) -> Result<Node, ExprError> {
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let rest = self.rest();
        let mut length = digits(rest);
        if let Some(fraction) = rest.get(length..).and_then(|rest| rest.strip_prefix('.')) {
            length += 1 + digits(fraction);
        }
        if let Some(exponent) = rest.get(length..).and_then(|rest| rest.strip_prefix(['e', 'E'])) {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits(unsigned) > 0 {
                length += 1 + exponent.len() - unsigned.len() + digits(unsigned);
            }
        }
        let number = rest.get(..length).and_then(|text| text.parse().ok()).ok_or_else(|| self.syntax())?;
        self.at += length;
        Ok(Node::Number(number))
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
        if !name.starts_with(|c: char| !c.is_ascii_digit()) {
            return None;
        }
        self.at += name.len();
        Some(name)
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.at += sign.len_utf8();
        }
        found
    }

    fn peek(&mut self) -> Option<char> {
        self.rest().chars().next()
    }

    /// What is left, blanks and comments (`# … end of line`) in front of it passed over.
    fn rest(&mut self) -> &'a str {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let trimmed = rest.trim_start();
            let comment = trimmed.starts_with('#').then(|| trimmed.find('\n').unwrap_or(trimmed.len()));
            self.at += rest.len() - trimmed.len() + comment.unwrap_or(0);
            if comment.is_none() {
                return trimmed;
            }
        }
    }

    fn syntax(&self) -> ExprError {
        ExprError::Syntax { at: self.at }
    }
}

fn constant(name: &str) -> Option<f64> {
    Some(match name {
        "M_E" => consts::E,
        "M_LOG2E" => consts::LOG2_E,
        "M_LOG10E" => consts::LOG10_E,
        "M_LN2" => consts::LN_2,
        "M_LN10" => consts::LN_10,
        "M_PI" => consts::PI,
        "M_PI_2" => consts::FRAC_PI_2,
        "M_PI_4" => consts::FRAC_PI_4,
        "M_1_PI" => consts::FRAC_1_PI,
        "M_2_PI" => consts::FRAC_2_PI,
        "M_1_SQRTPI" => consts::FRAC_2_SQRT_PI / 2.0,
        "M_2_SQRTPI" => consts::FRAC_2_SQRT_PI,
        "M_SQRT2" => consts::SQRT_2,
        "M_1_SQRT2" => consts::FRAC_1_SQRT_2,
        _ => return None,
    })
}
