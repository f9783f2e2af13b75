//! Compares `invite` with each engine's own shell: whole processes that do the same work on
//! the same data, in alternating order. Run it with `benches/run.sh`; `docs/performance.md`
//! explains the output.

#![expect(clippy::doc_markdown, reason = "MariaDB and PostgreSQL are names, not code")]

mod call;
mod clients;
mod comparison;
mod data;
mod options;
mod report;
mod sql;
mod testbed;
mod tools;
mod users;
mod work;

use clap::Parser as _;

use options::Options;
use testbed::Testbed;
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
        let testbed = Testbed::open(*engine, &options);
        report::engine(&testbed);
        if options.record {
            work::record(&testbed);
            continue;
        }
        if options.scale {
            work::scale(&testbed, &options);
            continue;
        }
        report::table_head();
        for work in options.works() {
            work.run(&testbed, &options);
        }
    }
}
