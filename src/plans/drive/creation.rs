//! Actions that create invites, spaces and members.

use crate::invites::generate::{GenerateRequest, Terms};
use crate::members::import::ImportMembersRequest;
use crate::members::{AddMember, User};
use crate::plans::drive::fixtures::{Watcher, member_of, operator, rows, space, step, user};
use crate::service::Service;
use crate::spaces::Space;
use crate::spaces::backfill::BackfillRequest;
use crate::spaces::import::ImportSpacesRequest;

pub(crate) async fn invites(service: &Service) {
    for (name, number, terms) in [
        ("generate for a space", 600, Terms::default()),
        ("generate for a director", 608, Terms::default()),
        ("generate for a container", 609, Terms { note: Some("for a friend".into()), ..Terms::default() }),
        ("generate for an address", 607, Terms { email: Some("new@example.org".into()), ..Terms::default() }),
    ] {
        step(name);
        let request = GenerateRequest { space_id: space(number), count: 1, terms };
        let mut told = Watcher::default();
        service.generate(&member_of(number), &request, &mut told).await.unwrap();
        assert_eq!(told.done, 1);
    }
    step("generate --from");
    let people = format!("space_id,email\n{},a@example.org\n{},b@example.org\n", space(617), space(627));
    let made = service
        .generate_from(&operator(), None, &Terms::default(), rows(people), &mut Watcher::default())
        .await
        .unwrap();
    assert_eq!((made.created, made.failed), (2, 0));
    step("generate --from for one space");
    let people = (0..120)
        .fold("space_id,email\n".to_owned(), |text, number| text + &format!("{},p{number}@example.org\n", space(637)));
    let made = service
        .generate_from(&operator(), None, &Terms::default(), rows(people), &mut Watcher::default())
        .await
        .unwrap();
    assert_eq!((made.created, made.failed), (120, 0));
    step("generate --from --as");
    let people = "email\nc@example.org\n".to_owned();
    let actor = member_of(607);
    let made =
        service.generate_from(&actor, None, &Terms::default(), rows(people), &mut Watcher::default()).await.unwrap();
    assert_eq!(made.created, 1);
    Box::pin(backfills(service)).await;
}

async fn backfills(service: &Service) {
    let some = BackfillRequest {
        policy: None,
        spaces: Vec::new(),
        shard: None,
        limit: Some(20),
        batch_size: None,
        dry_run: false,
    };
    let named = vec![space(100), space(101)];
    for (name, actor, request, added) in [
        ("backfill --dry-run", operator(), BackfillRequest { dry_run: true, ..some.clone() }, 20),
        ("backfill", operator(), some.clone(), 20),
        (
            "backfill of a shard",
            operator(),
            BackfillRequest { shard: Some("1/2".parse().unwrap()), ..some.clone() },
            20,
        ),
        ("backfill --space", operator(), BackfillRequest { spaces: named.clone(), ..some.clone() }, 2),
        ("backfill --as", member_of(102), BackfillRequest { spaces: vec![space(102)], ..some.clone() }, 1),
        ("backfill of a taken slot", operator(), BackfillRequest { spaces: vec![space(470)], ..some.clone() }, 1),
        // Enough rows for a bulk load; expired invites still hold some of the slots.
        ("backfill of many", operator(), BackfillRequest { limit: Some(500), ..some.clone() }, 500),
        // The first page is complete, so the statement over all spaces runs.
        ("backfill again", operator(), BackfillRequest { batch_size: Some(10), limit: Some(1), ..some.clone() }, 1),
        ("backfill --space again", operator(), BackfillRequest { spaces: named, batch_size: Some(1), ..some }, 0),
    ] {
        step(name);
        let summary = service.backfill(&actor, &request, &mut Watcher::default()).await.unwrap();
        assert_eq!(summary.added, added, "{name}");
    }
}

pub(crate) async fn spaces_and_members(service: &Service) {
    step("space import");
    let request =
        ImportSpacesRequest { default_policy: Some("space".into()), update: true, ..ImportSpacesRequest::default() };
    let text = format!("id,name,code\nn1,New,KEPT-0001\nn2,New,\n{},Another,\n", space(600));
    let taken = service.import_spaces(&operator(), &request, rows(text), &mut Watcher::default()).await.unwrap();
    assert_eq!((taken.added, taken.updated), (2, 1));
    step("member import");
    let request = ImportMembersRequest { update: true, dry_run: false };
    let text = format!(
        "space_id,user_id,role,name,email\nn1,v1,member,One,one@example.org\n{},{},member,Two,two@example.org\n",
        space(601),
        user(601)
    );
    let taken = service.import_members(&operator(), request, rows(text), &mut Watcher::default()).await.unwrap();
    assert_eq!((taken.added, taken.updated), (1, 1));
    many_of_one_space(service).await;
    step("space add");
    let new = Space { id: "n3".into(), policy: "space".into(), name: "New".into() };
    service.add_space(&operator(), &new).await.unwrap();
    step("member add");
    for role in ["member", "owner"] {
        let user = User { id: "v2".into(), name: Some("Two".into()), email: None };
        let request = AddMember { space_id: "n3".into(), user, role: Some(role.into()) };
        service.add_member(&operator(), &request).await.unwrap();
    }
    step("member remove");
    service.remove_member(&operator(), "n3", "v2").await.unwrap();
    step("space remove");
    service.remove_space(&operator(), &space(603)).await.unwrap();
    step("space restore");
    service.restore_space(&operator(), &space(603)).await.unwrap();
    service.remove_space(&operator(), &space(603)).await.unwrap();
}

/// Adds many members of one space and changes their roles: the space is then a single value, and not a
/// column of the rows.
async fn many_of_one_space(service: &Service) {
    for (role, counts) in [("member", (120, 0)), ("owner", (0, 120))] {
        step(if counts.0 > 0 { "member import for one space" } else { "member import --update for one space" });
        let text = (0..120)
            .fold("space_id,user_id,role\n".to_owned(), |text, number| text + &format!("n1,w{number},{role}\n"));
        let request = ImportMembersRequest { update: true, dry_run: false };
        let taken = service.import_members(&operator(), request, rows(text), &mut Watcher::default()).await.unwrap();
        assert_eq!((taken.added, taken.updated), counts);
    }
}
