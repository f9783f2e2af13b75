//! What the documents tell people to type: every block of `sh` in them is run,
//! in the order of the document, on each engine that it is for.
//!
//! A comment before a block, which no reader sees, says how it is run:
//!
//! - `<!-- test: skip REASON -->`: not at all, and why. Each document below says
//!   how many blocks are run and how many are not.
//! - `<!-- test: on sqlite postgres -->`: only on these engines; without it on
//!   each that the document is for.
//! - `<!-- test: exit 8 -->`: its exit code; without it 0.
//! - `<!-- test: shows TEXT -->`: a text that it prints; may stand several times.
//! - `<!-- test: prepare`, lines of `sh`, `-->`: what is there before, when a
//!   reader comes to this block.
//! - `<!-- test: instead TEXT := OTHER -->`: what is run in the place of a text
//!   that stands in it; `@url` is the database, `@port` a port that is free.
//! - `<!-- test: fresh -->`: it goes on from nothing, and not from what the
//!   blocks before it left behind.
//!
//! A block runs in a home folder of its own; `invite` is the binary of the tests,
//! and files below `/etc` and `/var` lie below a scratch folder. To add a
//! document, add a test here and run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod blocks;
mod scratch;

use blocks::{Block, Engine, parse};
use scratch::Scratch;

const ALL: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mariadb];

/// Runs a document of which so many blocks are run, on whichever engine, and so
/// many are not.
fn play(document: &str, engines: &[Engine], run: usize, skipped: usize) {
    let text = std::fs::read_to_string(format!("{}/{document}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let blocks = parse(&text).unwrap_or_else(|error| panic!("{document}: {error}"));
    let counted = blocks.iter().filter(|block| block.skip.is_none()).count();
    assert_eq!((counted, blocks.len() - counted), (run, skipped), "blocks of {document} that are run, and are not");
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

/// What they show is run otherwise; a block that is added must say how.
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
