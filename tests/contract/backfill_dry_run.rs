//! The dry run of a backfill has the counts of the run that follows.

use invite::Error;
use invite::batch::{Failure, Observer};
use invite::invites::generate::Terms;
use invite::spaces::backfill::{BackfillSummary, ImportPreview};
use invite::spaces::import::{ImportSpacesRequest, ImportedSpace};

use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::import_space_rows;
use crate::helpers::recorder::Recorder;

every_engine! {
    dry_run_predicts_run_of_limit_shard_and_named_spaces,
    dry_run_of_import_predicts_backfill_of_its_spaces,
    import_preview_refuses_spaces_shard_and_limit,
}

/// A new fixture with 40 spaces: every fourth has a code, and every tenth has another policy.
async fn forty_spaces(engine: Engine) -> Fixture {
    let fixture = Fixture::new(engine).await;
    many_spaces(&fixture.service, "space", 36).await;
    for number in (0..36).step_by(4) {
        create_one(&fixture.service, &format!("s{number:05}"), Terms::new()).await;
    }
    for number in 0..4 {
        space(&fixture.service, "tree", &format!("t{number}")).await;
    }
    fixture
}

async fn dry_run_predicts_run_of_limit_shard_and_named_spaces(engine: Engine) {
    let named = ["s00001", "s00004", "s00030"].map(str::to_owned).to_vec();
    let all = || backfill_all().batch_size(7);
    for request in [
        all().limit(5),
        all().shard("1/2".parse().unwrap()),
        all().shard("2/2".parse().unwrap()).limit(3),
        all().spaces(named),
        all().policy("space"),
    ] {
        let fixture = forty_spaces(engine).await;
        let dry_run = request.clone().dry_run(true);
        let (planned, dry) = run_backfill(&fixture.service, &dry_run).await;
        let (summary, run) = run_backfill(&fixture.service, &request).await;
        assert_eq!(planned, summary, "{request:?}");
        assert!(summary.added > 0, "{request:?}");
        let ids = |done: &[(String, Option<String>)]| done.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&dry.done), ids(&run.done), "{request:?}");
    }
}

/// Passes the imported spaces to a preview.
struct Previewing {
    preview: ImportPreview,
    /// The spaces that would get a code.
    planned: Vec<String>,
}

impl Observer<ImportedSpace> for Previewing {
    fn done(&mut self, item: &ImportedSpace) {
        self.planned.extend(self.preview.add(item).map(|planned| planned.space.id));
    }

    fn failed(&mut self, _: &Failure) {}
}

/// New spaces with and without a code, one that was renamed, and an invalid row.
const ROWS: &str = "id,policy,name,code\nn1,space,New,\nn2,space,Coded,aB3xZ9\nn3,tree,Tree,\n\
     s00001,space,Renamed,\nn4,container,C,\nn5,club,Unknown,\nn6,,Default,\n";

async fn dry_run_of_import_predicts_backfill_of_its_spaces(engine: Engine) {
    let planned = ["n1", "n6"];
    for policy in [None, Some("space")] {
        let fixture = forty_spaces(engine).await;
        let policy = policy.map(str::to_owned);
        let request = backfill_all().policy(policy).batch_size(7);
        let import = ImportSpacesRequest::new().default_policy("space").update(true);

        let preview = ImportPreview::new(&fixture.service, &request).unwrap();
        let mut observer = Previewing { preview, planned: Vec::new() };
        let dry_import = import.clone().dry_run(true);
        fixture.service.import_spaces(&operator(), &dry_import, csv(ROWS), &mut observer).await.unwrap();
        let stored = run_backfill(&fixture.service, &request.clone().dry_run(true)).await.0;
        let predicted = stored.plus(observer.preview.summary());

        import_space_rows(&fixture.service, &import, ROWS).await;
        let (summary, run): (BackfillSummary, Recorder<_>) = run_backfill(&fixture.service, &request).await;
        assert_eq!(predicted, summary, "{request:?}");
        assert_eq!(observer.planned, planned);
        assert!(planned.iter().all(|id| run.done.iter().any(|(space, _)| space == id)), "{:?}", run.done);
        fixture.raw().await.check_integrity().await;
    }
}

async fn import_preview_refuses_spaces_shard_and_limit(fixture: Fixture) {
    let of_policy = |name: &str| backfill_all().policy(name);
    for request in [
        backfill_all().limit(5),
        backfill_all().shard("1/2".parse().unwrap()),
        backfill_all().spaces(["n1"]),
        of_policy("tree"),
        of_policy("no-such"),
    ] {
        let error = ImportPreview::new(&fixture.service, &request).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{request:?}: {error:?}");
    }
}
