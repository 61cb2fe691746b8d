//! Modules for Strowger in Rust.

pub mod abi;
