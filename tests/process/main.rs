//! The real binary in real processes, on a file and on servers: races, kills,
//! signals, pipes, full disks, and whatever can be wrong with a server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

/// Makes a test of each engine out of functions that take one.
macro_rules! on_each_engine {
    ($($test:ident),+ $(,)?) => {
        on_engines! { sqlite Sqlite, [$($test),+] }
        on_servers! { $($test),+ }
    };
}

/// Makes a test of each engine that has a server out of functions that take one.
macro_rules! on_servers {
    ($($test:ident),+ $(,)?) => {
        on_engines! { postgres Postgres, [$($test),+] }
        on_engines! { mariadb Mariadb, [$($test),+] }
        on_engines! { mysql Mysql, [$($test),+] }
    };
}

macro_rules! on_engines {
    ($folder:ident $engine:ident, [$($test:ident),+]) => {
        mod $folder {
            $(
                #[test]
                fn $test() {
                    if !$crate::workshop::Engine::$engine.is_left_out() {
                        super::$test($crate::workshop::Engine::$engine);
                    }
                }
            )+
        }
    };
}

mod archive;
mod backend;
mod completing;
mod disk;
mod example_backend;
mod few_files;
mod file_events;
mod holder;
mod kill;
mod kill_any_moment;
mod kinds_of_files;
mod limits;
mod logging;
mod mail_cut;
mod mail_faults;
mod mail_limits;
mod mailing;
mod measured_waits;
mod metrics;
mod pipe;
mod post_office;
mod proxy;
mod race;
mod said;
mod server_clock;
mod server_connections;
mod server_cut;
mod server_encoding;
mod server_failover;
mod server_input;
mod server_middle;
mod server_migrations;
mod server_named_schema;
mod server_pooler;
mod server_replica;
mod server_rights;
mod server_schema;
mod server_timeouts;
mod server_tls;
mod server_waits;
mod systems;
mod terminal;
mod unprivileged;
mod workshop;
