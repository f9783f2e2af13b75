//! The causes of errors, as `source()` of the standard library returns them.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::time::Duration;

use invite::Reason;
use invite::invites::generate::Terms;
use invite::model::reference::Reference;
use invite::{Db, DbOptions, Error, Location, MissingFile};

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::*;

every_engine! {
    source_of_failed_statement_is_the_message_of_the_engine,
    error_of_refused_row_has_reason_and_source,
}

/// Returns the causes of an error, the nearest first.
fn causes(error: &Error) -> Vec<&(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source()).collect()
}

async fn source_of_failed_statement_is_the_message_of_the_engine(fixture: Fixture) {
    fixture.raw().await.run("ALTER TABLE invite_operations RENAME TO elsewhere").await;
    let listed = fixture.service.list_operations(None, |_| ControlFlow::Continue(())).await;
    let error = listed.unwrap_err();
    assert_eq!(error.reason(), Reason::DatabaseFailed);
    let causes: Vec<String> = causes(&error).iter().map(ToString::to_string).collect();
    let last = causes.last().unwrap();
    assert!(last.contains("invite_operations"), "{causes:?}");
    assert!(!error.to_string().contains(last), "{error}: {causes:?}");
    fixture.raw().await.run("ALTER TABLE elsewhere RENAME TO invite_operations").await;
}

async fn error_of_refused_row_has_reason_and_source(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create_one(&fixture.service, "c", Terms::new()).await;
    let mut raw = fixture.raw().await;
    raw.refuse("UPDATE", "invites", "NEW.closed_at IS NOT NULL").await;
    let error = fixture.service.revoke_one(&operator(), Reference::Id(issued.invite.id)).await.unwrap_err();
    assert_eq!((error.reason(), error.http_status()), (Reason::DatabaseFailed, 500));
    assert!(causes(&error).iter().any(|cause| cause.to_string().contains("unwanted")), "{error:?}");
    raw.refuse_no_more("UPDATE", "invites").await;
}

#[tokio::test]
async fn source_of_unreachable_server_is_an_io_error() {
    for scheme in ["postgres", "mysql", "mariadb"] {
        let location = Location::from_urls(&[format!("{scheme}://nobody@127.0.0.1:1/none")]).unwrap();
        let options = DbOptions::new(1).timeout(Duration::from_secs(1));
        let error = Db::open(location, MissingFile::Refuse, options).await.err().unwrap();
        assert_eq!(error.reason(), Reason::Unavailable, "{scheme}");
        let io = causes(&error).into_iter().find_map(|cause| cause.downcast_ref::<io::Error>());
        assert_eq!(io.map(io::Error::kind), Some(ErrorKind::ConnectionRefused), "{scheme}: {error:?}");
    }
}
