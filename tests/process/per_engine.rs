//! Macros that define one test per engine.

/// Defines a test per engine for each function. `sqlite needs "REASON";` ignores the tests of
/// SQLite too.
macro_rules! every_engine {
    (sqlite needs $reason:literal; $($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[test]
                #[ignore = $reason]
                fn sqlite() {
                    super::$test($crate::sandbox::Engine::Sqlite);
                }

                server_tests! { $test }
            }
        )+
    };
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[test]
                fn sqlite() {
                    super::$test($crate::sandbox::Engine::Sqlite);
                }

                server_tests! { $test }
            }
        )+
    };
}

/// Defines a test per engine that has a server for each function.
macro_rules! every_server {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                server_tests! { $test }
            }
        )+
    };
}

/// Defines a test for MariaDB and one for MySQL for each function.
macro_rules! mysql_family {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                mysql_family_tests! { $test }
            }
        )+
    };
}

macro_rules! server_tests {
    ($test:ident) => {
        #[test]
        #[ignore = "needs PostgreSQL: sh tests/run.sh"]
        fn postgres() {
            super::$test($crate::sandbox::Engine::Postgres);
        }

        mysql_family_tests! { $test }
    };
}

macro_rules! mysql_family_tests {
    ($test:ident) => {
        #[test]
        #[ignore = "needs MariaDB: sh tests/run.sh"]
        fn mariadb() {
            super::$test($crate::sandbox::Engine::Mariadb);
        }

        #[test]
        #[ignore = "needs MySQL: sh tests/run.sh"]
        fn mysql() {
            super::$test($crate::sandbox::Engine::Mysql);
        }
    };
}
