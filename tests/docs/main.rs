//! Runs every block of `sh` in the documents, in the order of the document, on
//! each engine of the document.
//!
//! HTML comments before a block control the run:
//!
//! - `<!-- test: skip REASON -->`: do not run the block. The tests below count the
//!   blocks of each document that run and that do not.
//! - `<!-- test: on sqlite postgres -->`: run it on these engines only [default: all
//!   engines of the document].
//! - `<!-- test: exit 8 -->`: expected exit code [default: 0].
//! - `<!-- test: shows TEXT -->`: text that the output must contain; may be repeated.
//! - `<!-- test: prepare`, lines of `sh`, `-->`: commands that run before the block.
//! - `<!-- test: instead TEXT := OTHER -->`: replace a text of the block; `@url` is
//!   the database, `@port` a free port.
//! - `<!-- test: fresh -->`: start with a new home folder and database.
//!
//! A block runs in a temporary home folder. `invite` is the binary of the tests, and
//! paths below `/etc` and `/var` are moved to a temporary folder. To add a document,
//! add a test here and run it.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

mod blocks;
mod scratch;

use blocks::{Block, Engine, parse};
use scratch::Scratch;

/// Runs the blocks of a document on one engine, and checks how many run and how many are
/// skipped.
fn play(document: &str, engine: Engine, run: usize, skipped: usize) {
    on(document, engine, &counted(document, run, skipped));
}

/// Reads a document, and checks how many blocks run and how many are skipped.
fn counted(document: &str, run: usize, skipped: usize) -> Vec<Block> {
    let text = std::fs::read_to_string(format!("{}/{document}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let blocks = parse(&text).unwrap_or_else(|error| panic!("{document}: {error}"));
    let counted = blocks.iter().filter(|block| block.skip.is_none()).count();
    assert_eq!(
        (counted, blocks.len() - counted),
        (run, skipped),
        "blocks of {document} that run, and that are skipped"
    );
    blocks
}

fn on(document: &str, engine: Engine, blocks: &[Block]) {
    let mut scratch = Scratch::on(engine);
    for block in blocks.iter().filter(|block| block.skip.is_none() && block.is_for(engine)) {
        if block.fresh {
            scratch = Scratch::on(engine);
        }
        for script in &block.prepare {
            scratch
                .run(script, 0, &[])
                .unwrap_or_else(|error| panic!("{document}, before {block}, {engine:?}: {error}"));
        }
        scratch
            .run(&scratch.instead(block), block.exit, &block.shows)
            .unwrap_or_else(|error| panic!("{document}, {block}, {engine:?}: {error}"));
    }
}

/// Defines a test per engine for each function.
macro_rules! every_engine {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                use crate::blocks::Engine;

                #[test]
                #[ignore = "needs the shell of SQLite: sh tests/run.sh"]
                fn sqlite() {
                    super::$test(Engine::Sqlite);
                }

                #[test]
                #[ignore = "needs PostgreSQL: sh tests/run.sh"]
                fn postgres() {
                    super::$test(Engine::Postgres);
                }

                #[test]
                #[ignore = "needs MariaDB: sh tests/run.sh"]
                fn mariadb() {
                    super::$test(Engine::Mariadb);
                }
            }
        )+
    };
}

every_engine! { readme, scaling, operations }

fn readme(engine: Engine) {
    play("README.md", engine, 4, 3);
}

fn scaling(engine: Engine) {
    play("docs/scaling.md", engine, 1, 0);
}

fn operations(engine: Engine) {
    play("docs/operations.md", engine, 20, 6);
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn supabase() {
    play("docs/supabase.md", Engine::Postgres, 2, 1);
}

#[test]
#[ignore = "needs the shell of SQLite: sh tests/run.sh"]
fn threat_model() {
    play("docs/threat-model.md", Engine::Sqlite, 1, 0);
}

/// Other tests run the contents of these documents; a new block must be counted here.
#[test]
fn documents_without_own_test_have_no_uncounted_block() {
    counted("docs/embedding.md", 0, 1);
    counted("docs/performance.md", 0, 2);
    counted("docs/policies.md", 0, 0);
    counted("docs/systems.md", 0, 0);
    counted("CONTRIBUTING.md", 0, 0);
}
