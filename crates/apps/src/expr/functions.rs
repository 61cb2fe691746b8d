//! The functions of ExprEval, with what is odd about them.

use std::f64::consts::PI;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{ExprError, Machine, Node};

/// How a function is worked out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Function {
    One(fn(f64) -> f64),
    Two(fn(f64, f64) -> f64),
    /// Of all its arguments.
    All(fn(&[f64]) -> f64),
    If,
    Select,
    For,
    /// Changes its variable; of the two ends of a range, if it has them.
    Random(fn(i64, &[f64]) -> f64),
    Randomize,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Function {
    /// The function of that name, if it takes so many arguments, and a variable to change.
    pub(super) fn find(name: &str, count: usize, reference: bool) -> Option<Self> {
        let (function, least, most) = one(name).or_else(|| two(name)).or_else(|| other(name))?;
        let changes = matches!(function, Self::Random(_) | Self::Randomize);
        (changes == reference && (least..=most).contains(&count)).then_some(function)
    }
}

type Found = Option<(Function, usize, usize)>;

fn one(name: &str) -> Found {
    let function: fn(f64) -> f64 = match name {
        "abs" => f64::abs,
        "ipart" => f64::trunc,
        "fpart" => f64::fract,
        "sqrt" => f64::sqrt,
        "sin" => f64::sin,
        "sinh" => f64::sinh,
        "asin" => f64::asin,
        "cos" => f64::cos,
        "cosh" => f64::cosh,
        "acos" => f64::acos,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
        "atan" => f64::atan,
        "log" => f64::log10,
        "pow10" => |a| 10_f64.powf(a),
        "ln" => f64::ln,
        "exp" => f64::exp,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "deg" => f64::to_degrees,
        "rad" => f64::to_radians,
        "not" => |a| truth(a == 0.0),
        _ => return None,
    };
    Some((Function::One(function), 1, 1))
}

fn two(name: &str) -> Found {
    let function: fn(f64, f64) -> f64 = match name {
        "mod" => |a, b| a % b,
        "pow" => f64::powf,
        "atan2" => f64::atan2,
        "logn" => |a, b| a.ln() / b.ln(),
        "recttopolr" => f64::hypot,
        // An angle below zero becomes the whole circle (sic).
        "recttopola" => |x, y| Some(y.atan2(x)).filter(|angle| *angle >= 0.0).unwrap_or(2.0 * PI),
        "poltorectx" => |radius, angle| radius * angle.cos(),
        "poltorecty" => |radius, angle| radius * angle.sin(),
        "equal" => |a, b| truth(a == b),
        "above" => |a, b| truth(a > b),
        "below" => |a, b| truth(a < b),
        "and" => |a, b| truth(a != 0.0 && b != 0.0),
        "or" => |a, b| truth(a != 0.0 || b != 0.0),
        _ => return None,
    };
    Some((Function::Two(function), 2, 2))
}

fn other(name: &str) -> Found {
    Some(match name {
        "min" => (Function::All(|all| all.iter().copied().fold(f64::INFINITY, f64::min)), 1, usize::MAX),
        "max" => (Function::All(|all| all.iter().copied().fold(f64::NEG_INFINITY, f64::max)), 1, usize::MAX),
        "avg" => (Function::All(|all| all.iter().sum::<f64>() / all.len() as f64), 1, usize::MAX),
        "many" => (Function::All(|all| all.last().copied().unwrap_or_default()), 1, usize::MAX),
        "clip" => (Function::All(clip), 3, 3),
        "clamp" => (Function::All(clamp), 3, 3),
        "pntchange" => (Function::All(point_change), 5, 5),
        "poly" => (Function::All(polynomial), 2, usize::MAX),
        "if" => (Function::If, 3, 3),
        "select" => (Function::Select, 3, 4),
        "for" => (Function::For, 4, usize::MAX),
        "rand" => (Function::Random(|random, _| random as f64 / 32_768.0), 0, 0),
        "random" => (Function::Random(in_range), 2, 2),
        "randomize" => (Function::Randomize, 0, 0),
        _ => return None,
    })
}

fn truth(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

/// The lower end is taken for both (sic): what is above it becomes it.
fn clip(all: &[f64]) -> f64 {
    match *all {
        [_, low, _] => low,
        _ => f64::NAN,
    }
}

fn clamp(all: &[f64]) -> f64 {
    let &[value, low, high] = all else { return f64::NAN };
    let over = (value - low) % (high - low);
    over + if over < 0.0 { high } else { low }
}

/// Where a point of one range lies in another.
fn point_change(all: &[f64]) -> f64 {
    let &[low, high, new_low, new_high, point] = all else { return f64::NAN };
    if high == low { low } else { new_low + (point - low) / (high - low) * (new_high - new_low) }
}

/// `poly(x, a, b, c)` is `a*x^2 + b*x + c`.
fn polynomial(all: &[f64]) -> f64 {
    all.split_first().map_or(f64::NAN, |(x, factors)| factors.iter().fold(0.0, |sum, factor| sum * x + factor))
}

fn in_range(random: i64, ends: &[f64]) -> f64 {
    let &[low, high] = ends else { return f64::NAN };
    random as f64 / 32_767.0 * (high - low) + low
}

impl Machine {
    /// What a function is of its arguments.
    pub(super) fn call(&mut self, function: Function, nodes: &[Node], name: Option<&str>) -> Result<f64, ExprError> {
        match function {
            Function::If => {
                let chosen = if self.nth(nodes, 0)? != 0.0 { 1 } else { 2 };
                return self.nth(nodes, chosen);
            }
            Function::Select => {
                let chosen = match self.nth(nodes, 0)? {
                    value if value < 0.0 => 1,
                    0.0 => 2,
                    _ => nodes.len() - 1,
                };
                return self.nth(nodes, chosen);
            }
            Function::For => return self.repeat(nodes),
            _ => {}
        }
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            values.push(self.value(node)?);
        }
        Ok(match (function, values.as_slice()) {
            (Function::One(function), [a]) => function(*a),
            (Function::Two(function), [a, b]) => function(*a, *b),
            (Function::All(function), all) => function(all),
            (Function::Random(function), ends) => function(self.random(name.unwrap_or_default()), ends),
            (Function::Randomize, _) => self.randomize(name.unwrap_or_default()),
            _ => f64::NAN,
        })
    }

    fn nth(&mut self, nodes: &[Node], at: usize) -> Result<f64, ExprError> {
        nodes.get(at).map_or(Ok(f64::NAN), |node| self.value(node))
    }

    /// `for(begin, test, step, body, …)`: the value of the last part of the body.
    fn repeat(&mut self, nodes: &[Node]) -> Result<f64, ExprError> {
        let mut value = 0.0;
        self.nth(nodes, 0)?;
        while self.nth(nodes, 1)? != 0.0 {
            for node in nodes.iter().skip(3) {
                value = self.value(node)?;
            }
            self.nth(nodes, 2)?;
        }
        Ok(value)
    }

    /// The next of a row of numbers from 0 to 32767, which a variable stands for.
    fn random(&mut self, name: &str) -> i64 {
        let seed = self.variables.get(name).copied().unwrap_or(0.0);
        let next = (seed as i64).wrapping_mul(214_013).wrapping_add(2_531_011);
        // Cut to what a double holds exactly, so that the row does not get stuck.
        let next = next & ((1 << 48) - 1);
        self.set(name, next as f64);
        next >> 16 & 0x7fff
    }

    fn randomize(&mut self, name: &str) -> f64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.set(name, f64::from(now.subsec_nanos()) * (now.as_secs() % 100_003) as f64);
        0.0
    }
}
