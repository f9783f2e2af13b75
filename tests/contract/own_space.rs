//! The default space for a user who specifies none.

use invite::Reason;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;

every_engine! {
    generate_without_space_uses_only_permitted_space,
}

async fn generate_without_space_uses_only_permitted_space(fixture: Fixture) {
    let (service, actor) = (&fixture.service, acting_for("d1"));
    space(service, "director", "john").await;
    space(service, "tree", "smith").await;
    member(service, "smith", "d1", "viewer", None).await;
    let error = service.default_space(&actor).await.unwrap_err();
    assert_eq!(
        (error.reason(), error.to_string().as_str()),
        (Reason::NotFound, "d1 may not create invites in any space")
    );
    assert!(error.hint().unwrap().contains("director (director)"), "{error:?}");
    member(service, "john", "d1", "director", None).await;
    assert_eq!(service.default_space(&actor).await.unwrap(), "john");
    member(service, "smith", "d1", "custodian", None).await;
    let error = service.default_space(&actor).await.unwrap_err();
    assert_eq!(error.reason(), Reason::InvalidInput);
    assert_eq!(error.to_string(), "d1 may create invites in several spaces: john, smith");
    for number in 0..9 {
        let id = format!("a{number}");
        space(service, "director", &id).await;
        member(service, &id, "d1", "director", None).await;
    }
    let error = service.default_space(&actor).await.unwrap_err().to_string();
    assert!(error.ends_with("a7, a8, john, and more"), "{error}");
    assert_eq!(service.default_space(&operator()).await.unwrap_err().reason(), Reason::InvalidInput);
}
