//! The fuzz targets of fuzz/, run by cargo-fuzz on the stable compiler.

use crate::tools::{self, Failure};

/// How long a target runs unless told otherwise, seconds.
const SECONDS: u32 = 60;

/// `[TARGET] [SECONDS]`: runs that target, or each in turn, for so long.
///
/// # Errors
/// [`Failure::Usage`] when there is no such target, [`Failure::Status`] when one has a finding.
pub fn run(arguments: &[&str]) -> Result<(), Failure> {
    let (wanted, seconds) = parse(arguments)?;
    if !tools::is_there("cargo-fuzz") {
        tools::run(&mut tools::cargo(["install", "--locked", "cargo-fuzz"]))?;
    }
    let listed = tools::output(&mut tools::cargo(["fuzz", "list"]))?;
    let targets: Vec<&str> = listed.lines().filter(|target| wanted.is_none_or(|wanted| wanted == *target)).collect();
    if targets.is_empty() {
        let known = listed.split_whitespace().collect::<Vec<_>>().join(", ");
        return Err(Failure::Usage(format!("no fuzz target `{}`; there are: {known}", wanted.unwrap_or_default())));
    }
    for target in targets {
        println!("== {target}, {seconds} s");
        let limit = format!("-max_total_time={seconds}");
        // Without a sanitizer the stable compiler will do, and code without `unsafe` has little that one could find.
        tools::run(&mut tools::cargo(["fuzz", "run", "--sanitizer", "none", target, "--", &limit]))?;
    }
    Ok(())
}

fn parse<'a>(arguments: &[&'a str]) -> Result<(Option<&'a str>, u32), Failure> {
    let number = |word: &str| word.parse::<u32>().ok();
    match arguments {
        [] => Ok((None, SECONDS)),
        [one] => Ok(number(one).map_or((Some(*one), SECONDS), |seconds| (None, seconds))),
        [target, seconds] => match number(seconds) {
            Some(seconds) => Ok((Some(*target), seconds)),
            None => Err(Failure::Usage(format!("`{seconds}` is no number of seconds"))),
        },
        _ => Err(Failure::Usage("fuzz takes a target and a number of seconds".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_and_seconds_are_optional() {
        let check = |arguments: &[&str], expected| assert_eq!(parse(arguments).unwrap(), expected);
        check(&[], (None, 60));
        check(&["300"], (None, 300));
        check(&["sdp"], (Some("sdp"), 60));
        check(&["sdp", "300"], (Some("sdp"), 300));
        assert!(parse(&["sdp", "soon"]).is_err());
    }
}
