//! Macros that define one test per engine.

/// Defines a test per engine that has a server for each function.
macro_rules! every_server {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs PostgreSQL: sh tests/run.sh"]
                async fn postgres() {
                    super::$test(servers::Kind::Postgres).await;
                }

                mysql_family_tests! { $test }
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

macro_rules! mysql_family_tests {
    ($test:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "needs MariaDB: sh tests/run.sh"]
        async fn mariadb() {
            super::$test(servers::Kind::MariaDb).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "needs MySQL: sh tests/run.sh"]
        async fn mysql() {
            super::$test(servers::Kind::MySql).await;
        }
    };
}
