//! Macros that define one test per engine.

use std::pin::Pin;

use tokio::runtime::Builder;

use crate::fixture::{Engine, Fixture};

/// Defines a test per engine for each function. `threads N;` runs them on a runtime with N threads.
macro_rules! every_engine {
    (threads $threads:literal; $($test:ident),+ $(,)?) => {
        $(
            mod $test {
                sqlite_test! { $test, $threads }
                server_tests! { $test, $threads }
            }
        )+
    };
    ($($test:ident),+ $(,)?) => {
        every_engine! { threads 0; $($test),+ }
    };
}

/// Defines a test per engine for each function, all of which send e-mails.
macro_rules! every_engine_with_mail_server {
    (threads $threads:literal; $($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[test]
                #[ignore = "needs aiosmtpd: sh tests/run.sh"]
                fn sqlite() {
                    $crate::per_engine::run($crate::fixture::Engine::Sqlite, $threads, super::$test);
                }

                server_tests! { $test, $threads }
            }
        )+
    };
    ($($test:ident),+ $(,)?) => {
        every_engine_with_mail_server! { threads 0; $($test),+ }
    };
}

/// Defines a test per engine that has a server for each function.
macro_rules! every_server {
    (threads $threads:literal; $($test:ident),+ $(,)?) => {
        $(
            mod $test {
                server_tests! { $test, $threads }
            }
        )+
    };
    ($($test:ident),+ $(,)?) => {
        every_server! { threads 0; $($test),+ }
    };
}

/// Defines a test for MariaDB and one for MySQL for each function.
macro_rules! mysql_family {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                mysql_family_tests! { $test, 0 }
            }
        )+
    };
}

/// Returns a summary with some fields set.
macro_rules! with {
    ($summary:expr; $($field:ident: $value:expr),+ $(,)?) => {{
        let mut summary = $summary;
        $(summary.$field = $value;)+
        summary
    }};
}

macro_rules! sqlite_test {
    ($test:ident, $threads:literal) => {
        #[test]
        fn sqlite() {
            $crate::per_engine::run($crate::fixture::Engine::Sqlite, $threads, super::$test);
        }
    };
}

macro_rules! server_tests {
    ($test:ident, $threads:literal) => {
        #[test]
        #[ignore = "needs PostgreSQL: sh tests/run.sh"]
        fn postgres() {
            $crate::per_engine::run($crate::fixture::Engine::Postgres, $threads, super::$test);
        }

        mysql_family_tests! { $test, $threads }
    };
}

macro_rules! mysql_family_tests {
    ($test:ident, $threads:literal) => {
        #[test]
        #[ignore = "needs MariaDB: sh tests/run.sh"]
        fn mariadb() {
            $crate::per_engine::run($crate::fixture::Engine::Mariadb, $threads, super::$test);
        }

        #[test]
        #[ignore = "needs MySQL: sh tests/run.sh"]
        fn mysql() {
            $crate::per_engine::run($crate::fixture::Engine::Mysql, $threads, super::$test);
        }
    };
}

/// The argument of a test function.
pub trait Argument {
    async fn on(engine: Engine) -> Self;
}

impl Argument for Engine {
    async fn on(engine: Engine) -> Self {
        engine
    }
}

impl Argument for Fixture {
    async fn on(engine: Engine) -> Self {
        Fixture::new(engine).await
    }
}

/// Runs a test function on a runtime with this many threads; 0 is the current thread alone.
pub fn run<A: Argument + 'static, F: Future<Output = ()> + 'static>(
    engine: Engine,
    threads: usize,
    test: impl FnOnce(A) -> F + 'static,
) {
    block_on(threads, Box::pin(async move { test(A::on(engine).await).await }));
}

// Not generic, which makes the tests compile faster.
fn block_on(threads: usize, test: Pin<Box<dyn Future<Output = ()>>>) {
    let mut builder = if threads == 0 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    if threads > 0 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().unwrap().block_on(test);
}
