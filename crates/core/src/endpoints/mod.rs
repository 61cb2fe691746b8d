//! Endpoints that need no signalling of their own.

mod error;
mod group;
mod loopback;
mod pickup;
mod user;

use std::sync::Arc;

pub use error::ErrorEndpoint;
pub use group::{GroupEndpoint, group_call};
pub use loopback::LoopbackEndpoint;
pub use pickup::{PickupEndpoint, Pickups};
pub use user::UserEndpoint;

use crate::null::NullEndpoint;
use crate::registry::Registries;

/// Adds `null`, `error`, `loopback`, `pickup`, `user` and `group`.
pub fn register(registries: &Registries) {
    registries.endpoint(Arc::new(NullEndpoint));
    registries.endpoint(Arc::new(ErrorEndpoint));
    registries.endpoint(Arc::new(LoopbackEndpoint));
    registries.endpoint(Arc::new(PickupEndpoint));
    registries.endpoint(Arc::new(UserEndpoint));
    registries.endpoint(Arc::new(GroupEndpoint));
}
