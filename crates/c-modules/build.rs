//! Compiles the few functions that must be C: those that C modules call with arguments of any number.

fn main() {
    let include = concat!(env!("CARGO_MANIFEST_DIR"), "/../../include");
    println!("cargo::rerun-if-changed={include}");
    cc::Build::new().file("src/shim.c").include(include).warnings(true).compile("strowger_shim");
    println!("cargo::rerun-if-changed=src/shim.c");
}
