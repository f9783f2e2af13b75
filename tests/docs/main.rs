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

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod blocks;
mod scratch;

use blocks::{Block, Engine, parse};
use scratch::Scratch;

const ALL: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mariadb];

/// Runs the blocks of a document, and checks how many run and how many are skipped.
fn play(document: &str, engines: &[Engine], run: usize, skipped: usize) {
    let text = std::fs::read_to_string(format!("{}/{document}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let blocks = parse(&text).unwrap_or_else(|error| panic!("{document}: {error}"));
    let counted = blocks.iter().filter(|block| block.skip.is_none()).count();
    assert_eq!(
        (counted, blocks.len() - counted),
        (run, skipped),
        "blocks of {document} that run, and that are skipped"
    );
    std::thread::scope(|scope| {
        for engine in engines {
            scope.spawn(|| on(document, *engine, &blocks));
        }
    });
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

#[test]
fn readme() {
    play("README.md", &ALL, 3, 3);
}

#[test]
fn scaling() {
    play("docs/scaling.md", &ALL, 1, 0);
    play("docs/threat-model.md", &[Engine::Sqlite], 1, 0);
}

/// Other tests run the contents of these documents; a new block must be counted here.
#[test]
fn embedding_performance_and_the_four_systems() {
    play("docs/embedding.md", &[], 0, 1);
    play("docs/performance.md", &[], 0, 2);
    play("docs/systems.md", &[], 0, 0);
    play("CONTRIBUTING.md", &[], 0, 0);
}

#[test]
fn operations() {
    play("docs/operations.md", &ALL, 19, 6);
}

#[test]
fn supabase() {
    play("docs/supabase.md", &[Engine::Postgres], 2, 1);
}
