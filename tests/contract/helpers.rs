//! Helpers of many tests.

pub mod actions;
pub mod application;
pub mod imports;
pub mod mail;
pub mod maintenance;
pub mod rate_limits;
pub mod raw;
pub mod recorder;
pub mod validation;
