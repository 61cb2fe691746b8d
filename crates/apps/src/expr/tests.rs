use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &str) {
    assert_eq!(evaluate(text).as_deref(), Ok(expected), "{text}");
}

#[test]
fn sums() {
    check("6*7", "42");
    check("1+2*3", "7");
    check("(1+2)*3", "9");
    check("2/4", "0.5");
    check("1/3", "0.3333333333");
    check("10-2-3", "5");
    check("2^3^2", "64");
    check("-2^2", "4");
    check("2^-1", "0.5");
    check("2*-3", "-6");
    check("--4", "4");
    check("100", "100");
    check("0", "0");
    check("1.5e2 + .5 # a comment", "150.5");
    check(" 1 + 1 ; ", "2");
}

#[test]
fn variables_and_functions() {
    check("y=5+2;g=4+6;y*g", "70");
    check("x=y=3|x+y", "6");
    check("unset+1", "1");
    check("sin(0)", "0");
    check("cos(0)", "1");
    check("if(above(5,3),1,2)", "1");
    check("select(above(0.55, 0) - 0.5, 514, 515)", "515");
    check("select(below(0.55, 0) - 0.5, 514, 515)", "514");
    check("select(0,1,2,3)", "2");
    check("min(3,1,2)+max(3,1,2)+avg(1,2,3)", "6");
    check("and(1,0)+or(1,0)+not(0)+equal(2,2)", "3");
    check("mod(7,4)", "3");
    check("poly(2,1,2,3)", "11");
    check("clamp(370,0,360)", "10");
    check("pntchange(0,10,0,100,5)", "50");
    check("for(i=0,below(i,5),i=i+1,s=s+i)", "10");
    check("many(1,2,3)", "3");
    check("floor(M_PI)+ipart(-1.5)", "2");
    check("s=1;equal(rand(&s),rand(&s))", "0");
}

#[test]
fn what_is_random_stays_in_its_range() {
    let drawn: f64 = evaluate("randomize(&x);ceil(random(0,100,&x))").unwrap().parse().unwrap();
    assert!((0.0..=100.0).contains(&drawn));
}

#[test]
fn what_is_no_expression_is_refused() {
    for text in [
        "",
        ";",
        "1+",
        "1 2",
        "(1",
        "1)",
        "nosuch(1)",
        "abs()",
        "abs(1,2)",
        "rand(1)",
        "M_PI=3",
        "1..2",
        "a b",
        "é",
        "1;;2",
    ] {
        assert!(matches!(evaluate(text), Err(ExprError::Syntax { .. })), "{text}");
    }
    assert_eq!(evaluate("1/0"), Err(ExprError::NotFinite));
    assert_eq!(evaluate("sqrt(0-1)"), Err(ExprError::NotFinite));
    assert_eq!(evaluate("10^999"), Err(ExprError::NotFinite));
    assert_eq!(evaluate("for(0,1,0,0)"), Err(ExprError::TooLong));
    assert_eq!(evaluate(&"(".repeat(100_000)), Err(ExprError::TooLarge));
    assert_eq!(evaluate(&"abs(".repeat(100_000)), Err(ExprError::TooLarge));
    assert_eq!(evaluate(&"1+".repeat(100_000)), Err(ExprError::TooLarge));
    assert_eq!(evaluate(&"x=".repeat(100_000)), Err(ExprError::TooLarge));
    assert_eq!(evaluate(&"1;".repeat(100_000)), Err(ExprError::TooLarge));
}

proptest! {
    #[test]
    fn sums_are_those_of_arithmetic(a in -1000_i32..1000, b in -1000_i32..1000, c in 1_i32..1000) {
        check(&format!("{a}+{b}*{c}"), &(a + b * c).to_string());
        check(&format!("({a}-{b})*{c}"), &((a - b) * c).to_string().replace("-0", "0"));
        check(&format!("x={a};above(x,{b})"), &i32::from(a > b).to_string());
    }

    #[test]
    fn any_text_has_a_value_or_none(text in "[-+*/^()=;,&a-cx.0-9 |#]{0,60}", any in ".{0,40}") {
        for text in [text, any] {
            if let Ok(value) = evaluate(&text) {
                prop_assert!(value.parse::<f64>().is_ok(), "{} {}", text, value);
            }
        }
    }
}
