//! The database servers that this test program starts, one of each engine.

use crate::world::Engine;

/// The address of a database for the tool's own account.
pub fn url(engine: Engine, database: &str) -> String {
    format!("{}://invite:pencil%20sharpener@{}/{database}", scheme(engine), place(engine))
}

/// The same for an account that may do everything.
pub fn admin_url(engine: Engine, database: &str) -> String {
    format!("{}://harness:harness@{}/{database}", scheme(engine), place(engine))
}

fn scheme(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => unreachable!("a file has no server"),
        Engine::Postgres => "postgres",
        Engine::Mariadb => "mysql",
    }
}

fn place(engine: Engine) -> String {
    let server = match engine {
        Engine::Sqlite => unreachable!("a file has no server"),
        Engine::Postgres => ::servers::postgres(),
        Engine::Mariadb => ::servers::mariadb(),
    };
    format!("127.0.0.1:{}", server.port())
}
