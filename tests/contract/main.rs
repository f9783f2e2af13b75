//! The contract: every behaviour of the store and the actions, on every engine.
//!
//! One module an area. A test says `for world in worlds().await`, and so runs
//! once for each engine of [`world::Engine::all`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod administrator;
mod backfill;
mod backfill_faults;
mod cells;
mod cleanup;
mod count_live;
mod databases;
mod engines_alike;
mod extend;
mod files;
mod files_identity;
mod generate;
mod generate_from;
mod generate_full;
mod generate_terms;
mod import_codes;
mod import_members;
mod import_spaces;
mod interrupted;
mod limits;
mod limits_made;
mod limits_races;
mod limits_regenerated;
mod limits_told;
mod list;
mod list_lost;
mod list_used;
mod list_whole;
mod locks;
mod lookup;
mod members;
mod model;
mod model_run;
mod operations;
mod own_space;
mod public;
mod purge;
mod races;
mod races_making;
mod raw;
mod recorder;
mod redeem;
mod redeem_refused;
mod regenerate;
mod require_actor;
mod revoke;
mod revoke_filter;
mod roles;
mod roles_hidden;
mod roles_none;
mod roles_races;
mod roles_sets;
mod schema;
mod schema_alike;
mod send;
mod server_access;
mod server_bulk;
mod server_faults;
mod shape;
mod show;
mod show_space;
mod spaces;
mod stats;
mod status;
mod steps;
mod steps_a;
mod steps_b;
mod steps_c;
mod steps_d;
mod uses_together;
mod world;
