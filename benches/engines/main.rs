//! The work of `invite` against the same work in each engine's own shell:
//! whole processes, in turns, on the same data. Started by `benches/run.sh`;
//! `docs/performance.md` says how to read what it prints.

#![expect(clippy::doc_markdown, reason = "MariaDB and PostgreSQL are names, not code")]

mod call;
mod clients;
mod contest;
mod data;
mod options;
mod place;
mod programs;
mod report;
mod sql;
mod users;
mod work;

use clap::Parser as _;

use options::Options;
use place::Place;
use work::Work;

fn main() {
    let options = Options::parse();
    if let (Some(codes), Some(url)) = (&options.use_codes, &options.use_url) {
        users::run(url, codes, options.uses);
        return;
    }
    report::machine(&options);
    if options.works().contains(&Work::Start) && !options.scale && !options.record {
        work::start(&options);
    }
    if options.works() == [Work::Start] {
        return;
    }
    for engine in options.engines() {
        let place = Place::open(*engine, &options);
        report::engine(&place);
        if options.record {
            work::record(&place);
            continue;
        }
        if options.scale {
            work::scale(&place, &options);
            continue;
        }
        report::head();
        for work in options.works() {
            work.run(&place, &options);
        }
    }
}
