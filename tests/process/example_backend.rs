//! The example backend, requested over HTTP as in the four source documents.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;

use serde_json::{Value, json};

use crate::backend::{Backend, read};
use crate::mail_sandbox::{MailSandbox, link_in};
use crate::sandbox::{Engine, Sandbox, signal, wait_for};

every_engine! {
    spaces_document_requests_are_answered_as_documented,
    trees_document_requests_are_answered_as_documented,
    directors_document_requests_are_answered_as_documented,
    my_codes_show_revoked_and_expired_codes,
    backend_with_one_answer_discloses_no_reason,
    numbers_are_accepted_as_documented_clients_send_them,
    database_failure_is_answered_as_documented,
    rate_limited_client_and_user_get_retry_after,
    containers_document_requests_are_answered_as_documented,
    one_of_twelve_concurrent_users_redeems_single_use_code,
    malformed_request_gets_error_response,
    stopped_backend_answers_pending_requests,
}

every_engine! {
    sqlite needs "needs aiosmtpd: sh tests/run.sh";
    mailed_invitation_is_resent_by_id_at_most_three_times,
}

/// Creates a space with one member per role, named like the role.
fn sandbox(engine: Engine, policy: &str, space: &str, roles: &[&str]) -> Sandbox {
    let sandbox = Sandbox::on(engine);
    sandbox.succeed(&["space", "add", space, "--policy", policy, "--name", "My Journal"]);
    for role in roles {
        sandbox.succeed(&["member", "add", space, role, "--role", role]);
    }
    sandbox
}

fn detail(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["detail"].as_str().unwrap())
}

fn error(answer: &(u16, Value)) -> (u16, &str) {
    assert_eq!(answer.1["success"], false);
    (answer.0, answer.1["error"].as_str().unwrap())
}

/// The response of a backend that discloses no reason.
const UNUSABLE: (u16, &str) = (400, "This invite code is not valid");

/// The response for an unknown code in seed 004.
const UNKNOWN: (u16, &str) = (404, "Invalid invite code");

fn spaces_document_requests_are_answered_as_documented(engine: Engine) {
    let sandbox = sandbox(engine, "space", "abc123", &["owner", "admin", "member"]);
    let backend = Backend::start(&sandbox);
    let path = "/api/spaces/abc123/invite";
    let (status, first) = backend.post(path, Some("owner"), Value::Null);
    let code = first["invite_code"].as_str().unwrap();
    assert_eq!((status, code.len()), (200, 8));
    assert_eq!(first["invite_url"], format!("https://example.org/join/{code}"));
    let (status, second) = backend.post(path, Some("admin"), Value::Null);
    assert_eq!(status, 200);
    assert_ne!(second["invite_code"], code);

    let seen = backend.get("/api/spaces/abc123", Some("owner"));
    assert_eq!((seen.0, &seen.1["inviteCode"]), (200, &second["invite_code"]));
    assert_eq!(backend.get("/api/spaces/abc123", Some("member")).1["inviteCode"], second["invite_code"]);
    assert_eq!(backend.get("/api/spaces/abc123", Some("stranger")).0, 403);
    sandbox.succeed(&["space", "add", "def456", "--policy", "space", "--name", "Team Hub"]);
    let own = json!([{ "spaceId": "abc123", "name": "My Journal", "inviteCode": second["invite_code"] }]);
    assert_eq!(backend.get("/api/spaces", Some("owner")), (200, own), "only the user's own spaces");
    assert_eq!(backend.get("/api/spaces", None).0, 401);
    assert_eq!(detail(&backend.post(path, None, Value::Null)), (401, "Unauthorized"));
    for user in ["member", "stranger"] {
        let refused = backend.post(path, Some(user), Value::Null);
        assert_eq!(detail(&refused), (403, "Only owners and admins can regenerate invite codes"));
    }
    let unknown = backend.post("/api/spaces/nowhere/invite", Some("owner"), Value::Null);
    assert_eq!(detail(&unknown), (404, "Space nowhere not found"));
}

fn trees_document_requests_are_answered_as_documented(engine: Engine) {
    let sandbox = sandbox(engine, "tree", "t1", &["custodian", "viewer"]);
    for (user, email) in [("ann", "ann@example.org"), ("bob", "bob@example.org")] {
        sandbox.succeed(&["space", "add", user, "--policy", "tree", "--name", user]);
        sandbox.succeed(&["member", "add", user, user, "--role", "custodian", "--email", email]);
    }
    let backend = Backend::start(&sandbox);
    let custodian = Some("custodian");
    let wanted = json!({ "tree_id": "t1", "email": "Ann@example.org", "role": "viewer" });
    let (status, sent) = backend.post("/api/invites", custodian, wanted.clone());
    assert_eq!((status, &sent["sent"], &sent["email"]), (201, &json!(false), &json!("ann@example.org")));
    let first = sent["token"].as_str().unwrap();
    assert_eq!(detail(&backend.post("/api/invites", None, wanted.clone())).0, 401);
    let refused = backend.post("/api/invites", Some("viewer"), wanted.clone());
    assert_eq!(detail(&refused), (403, "Only custodians can create invites"));
    assert_eq!(backend.post("/api/invites", custodian, wanted).0, 409, "one is pending");
    assert_eq!(backend.post("/api/invites", custodian, json!({ "tree_id": "t1" })).0, 400);
    let elsewhere = json!({ "tree_id": "t9", "email": "a@example.org" });
    assert_eq!(backend.post("/api/invites", custodian, elsewhere).0, 404);

    let (status, again) = backend.post(&format!("/api/invites/{first}/resend"), custodian, Value::Null);
    assert_eq!(status, 200, "{again}");
    let token = again["token"].as_str().unwrap();
    assert_eq!(detail(&backend.get(&format!("/api/invites/{first}"), None)), UNKNOWN, "the old link is replaced");
    assert_eq!(detail(&backend.get("/api/invites/tree_nothing", None)), UNKNOWN);
    let id = again["id"].as_str().unwrap();
    assert_eq!(detail(&backend.get(&format!("/api/invites/{id}"), None)), UNKNOWN, "an ID grants no access");
    let (status, seen) = backend.get(&format!("/api/invites/{token}"), None);
    assert_eq!((status, &seen["tree_name"], &seen["role"]), (200, &json!("My Journal"), &json!("viewer")));
    assert!(!seen.to_string().contains("ann@"), "{seen}");

    let accept = format!("/api/invites/{token}/accept");
    assert_eq!(detail(&backend.post(&accept, None, Value::Null)).0, 401);
    let wrong_address = (400, "Invite is for another e-mail address");
    assert_eq!(detail(&backend.post(&accept, Some("bob"), Value::Null)), wrong_address);
    let (status, joined) = backend.post(&accept, Some("ann"), Value::Null);
    assert_eq!((status, &joined["tree_id"], &joined["role"]), (200, &json!("t1"), &json!("viewer")));
    assert_eq!(backend.post(&accept, Some("ann"), Value::Null).0, 200, "the first result");

    let list = backend.get("/api/trees/t1/invites", custodian);
    assert_eq!((list.0, &list.1[0]["status"], &list.1[1]), (200, &json!("used_up"), &Value::Null));
    assert_eq!(backend.get("/api/trees/t1/invites", Some("viewer")).0, 403);
    assert_eq!(backend.delete(&format!("/api/invites/{token}"), custodian).0, 400, "it is used up");
    let (_, other) = backend.post("/api/invites", custodian, json!({ "tree_id": "t1", "email": "c@example.org" }));
    let cancel = format!("/api/invites/{}", other["token"].as_str().unwrap());
    assert_eq!(backend.delete(&cancel, None).0, 401);
    assert_eq!(backend.delete(&cancel, Some("viewer")).0, 403);
    assert_eq!(backend.delete(&cancel, custodian), (204, Value::Null));
    assert_eq!(detail(&backend.get(&cancel, None)), (400, "Invite revoked"));
    assert_eq!(backend.delete("/api/invites/tree_nothing", custodian).0, 404);
}

fn mailed_invitation_is_resent_by_id_at_most_three_times(engine: Engine) {
    let mail_sandbox = MailSandbox::on(engine);
    let backend = Backend::like(&mail_sandbox.command(&[]));
    let custodian = Some("u1");
    let wanted = json!({ "tree_id": "smith", "email": "bob@example.org", "role": "contributor" });
    let (status, sent) = backend.post("/api/invites", custodian, wanted);
    assert_eq!((status, &sent["sent"], &sent["token"]), (201, &json!(true), &Value::Null), "{sent}");
    let resend = format!("/api/invites/{}/resend", sent["id"].as_str().unwrap());
    assert_eq!(backend.post(&resend, Some("u2"), Value::Null).0, 403);
    for _ in 0..3 {
        let (status, again) = backend.post(&resend, custodian, Value::Null);
        assert_eq!((status, &again["sent"], &again["token"]), (200, &json!(true), &Value::Null), "{again}");
    }
    let refused = backend.post(&resend, custodian, Value::Null);
    assert!(detail(&refused).1.contains("3 times, which is the maximum"), "{refused:?}");
    assert_eq!(refused.0, 400);

    let messages = mail_sandbox.server.wait_for(4);
    let path = |message| format!("/api{}", link_in(message).strip_prefix("https://example.org").unwrap());
    assert_eq!(detail(&backend.get(&path(&messages[0]), None)), UNKNOWN, "the first link is replaced");
    let (status, seen) = backend.get(&path(&messages[3]), None);
    assert_eq!((status, &seen["tree_name"], &seen["role"]), (200, &json!("Smith Family Tree"), &json!("contributor")));
    let list = backend.get("/api/trees/smith/invites", custodian);
    assert_eq!(list.1[0]["resends"], 3);
}

fn directors_document_requests_are_answered_as_documented(engine: Engine) {
    let sandbox = sandbox(engine, "director", "john", &["director"]);
    let backend = Backend::start(&sandbox);
    let (at, director) = ("/api/invite-codes", Some("director"));
    assert_eq!(error(&backend.post(&format!("{at}/generate"), None, Value::Null)), (401, "Unauthorized"));
    let no_profile = (404, "Director profile not found");
    assert_eq!(error(&backend.post(&format!("{at}/generate"), Some("nobody"), Value::Null)), no_profile);
    assert_eq!(error(&backend.get(&format!("{at}/my-codes"), Some("nobody"))), no_profile);
    let (status, made) = backend.post(&format!("{at}/generate"), director, Value::Null);
    assert_eq!((status, &made["success"]), (200, &json!(true)), "{made}");
    let data = &made["data"];
    let code = data["code"].as_str().unwrap();
    assert_eq!((code.len(), &code[3..4]), (7, "-"));
    assert!(data["expiresAt"].is_string() && data["formattedExpiration"].is_string(), "{data}");

    let (status, seen) = backend.post(&format!("{at}/validate"), None, json!({ "code": code }));
    assert_eq!((status, &seen["data"]["isValid"]), (200, &json!(true)));
    assert_eq!(seen["data"]["directorName"], "My Journal");
    assert_eq!(error(&backend.post(&format!("{at}/validate"), None, json!({}))).0, 400);
    let entry = json!({ "code": code, "userId": "u1" });
    let (status, used) = backend.post(&format!("{at}/use"), None, entry);
    assert_eq!((status, &used["data"]["directorId"]), (200, &json!("john")), "{used}");
    assert_eq!(used["data"]["relationshipCreated"], true);
    for (code, message) in [(code, "Invite code has already been used"), ("Zzz-999", "Invalid invite code")] {
        let (status, seen) = backend.post(&format!("{at}/validate"), None, json!({ "code": code }));
        let data = json!({ "isValid": false, "isExpired": false, "directorName": null, "message": message });
        assert_eq!((status, seen), (200, json!({ "success": true, "data": data })));
        let entry = json!({ "code": code, "userId": "u2" });
        assert_eq!(error(&backend.post(&format!("{at}/use"), None, entry)), (400, message));
    }

    let (_, made) = backend.post(&format!("{at}/generate"), director, Value::Null);
    let (status, list) = backend.get(&format!("{at}/my-codes"), director);
    let (fresh, used) = (&list["data"][0], &list["data"][1]);
    assert_eq!((status, &fresh["is_used"], &fresh["code"]), (200, &json!(false), &made["data"]["code"]));
    assert_eq!((&used["is_used"], &used["used_by"]), (&json!(true), &json!("u1")));
    assert_eq!(error(&backend.get(&format!("{at}/my-codes"), None)).0, 401);

    let one = |line: &Value| format!("{at}/{}", line["id"].as_str().unwrap());
    assert_eq!(error(&backend.delete(&one(used), director)), (400, "Cannot revoke used code"));
    assert_eq!(error(&backend.delete(&one(fresh), Some("u1"))), (403, "Permission denied"));
    let (status, revoked) = backend.delete(&one(fresh), director);
    assert_eq!((status, &revoked["message"]), (200, &json!("Invite code revoked successfully")));
    assert_eq!(error(&backend.delete(&format!("{at}/no-id"), director)), (404, "Code not found"));
}

fn my_codes_show_revoked_and_expired_codes(engine: Engine) {
    let sandbox = sandbox(engine, "director", "john", &["director"]);
    let backend = Backend::start(&sandbox);
    let (at, director) = ("/api/invite-codes", Some("director"));
    for _ in 0..3 {
        assert_eq!(backend.post(&format!("{at}/generate"), director, Value::Null).0, 200);
    }
    let ids = |list: &Value| -> Vec<String> {
        list["data"].as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    };
    let codes = ids(&backend.get(&format!("{at}/my-codes"), director).1);
    assert_eq!(backend.delete(&format!("{at}/{}", codes[0]), director).0, 200);
    sandbox.set(&format!("UPDATE invites SET expires_at = created_at WHERE id = '{}'", codes[1]));
    let list = backend.get(&format!("{at}/my-codes"), director).1;
    let states: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|line| &line["status"]).collect();
    assert_eq!(states, [&json!("revoked"), &json!("expired"), &json!("active")]);
    assert_eq!(ids(&list), codes);
    let code = list["data"][1]["code"].as_str().unwrap();
    let (_, seen) = backend.post(&format!("{at}/validate"), None, json!({ "code": code }));
    assert_eq!((&seen["data"]["isValid"], &seen["data"]["isExpired"]), (&json!(false), &json!(true)));
    assert_eq!(seen["data"]["message"], "Invite code has expired");
    let expired = backend.delete(&format!("{at}/{}", codes[1]), director);
    assert_eq!(error(&expired), (400, "The code is already expired"));
}

fn backend_with_one_answer_discloses_no_reason(engine: Engine) {
    let sandbox = sandbox(engine, "director", "john", &["director"]);
    let backend = Backend::start_with_one_answer(&sandbox);
    let (at, director) = ("/api/invite-codes", Some("director"));
    let (_, made) = backend.post(&format!("{at}/generate"), director, Value::Null);
    let code = made["data"]["code"].as_str().unwrap();
    let used = backend.post(&format!("{at}/use"), None, json!({ "code": code, "userId": "u1" }));
    assert_eq!(used.0, 200, "{used:?}");
    let look = |code: &str| backend.post(&format!("{at}/validate"), None, json!({ "code": code }));
    let seen = look(code);
    assert_eq!((seen.0, &seen.1["data"]["message"]), (200, &json!(UNUSABLE.1)));
    assert_eq!(look("Zzz-999"), seen);
    let entry = json!({ "code": code, "userId": "u2" });
    assert_eq!(error(&backend.post(&format!("{at}/use"), None, entry)), UNUSABLE);
    assert_eq!(detail(&backend.get("/api/invites/tree_nothing", None)), UNUSABLE);
    assert_eq!(detail(&backend.post("/invites/join?code=NOSUCH77", Some("u2"), Value::Null)), UNUSABLE);
}

fn numbers_are_accepted_as_documented_clients_send_them(engine: Engine) {
    let sandbox = sandbox(engine, "container", "1", &["admin"]);
    let backend = Backend::start(&sandbox);
    let admin = Some("admin");
    let create = |wanted: Value| backend.post("/invites", admin, wanted);
    for (hours, uses, max_uses) in [
        (json!("24"), json!("10"), json!(10)),
        (json!(24), json!(" 10 "), json!(10)),
        (json!(""), json!(""), Value::Null),
        (Value::Null, Value::Null, Value::Null),
    ] {
        let (status, made) = create(json!({ "container_id": "1", "expires_in_hours": hours, "max_uses": uses }));
        assert_eq!((status, &made["max_uses"], &made["container_id"]), (201, &max_uses, &json!(1)), "{made}");
        assert_eq!(made["expires_at"].is_null(), hours.is_null() || hours == "", "{made}");
    }
    for wrong in [json!("ten"), json!("1.5"), json!(1.5), json!([1]), json!(true), json!("0"), json!(-1)] {
        assert_eq!(create(json!({ "container_id": 1, "max_uses": wrong })).0, 400, "{wrong}");
    }
    let (_, made) = create(json!({ "container_id": 1 }));
    let join = format!("/invites/join?code={}", made["invite_code"].as_str().unwrap());
    let (_, joined) = backend.post(&join, Some("10"), Value::Null);
    assert_eq!(joined["membership"]["participant_id"], 10);
    assert_eq!(joined["container"]["container_id"], 1);
    let (_, joined) = backend.post(&join, Some("007"), Value::Null);
    assert_eq!(joined["membership"]["participant_id"], "007", "an ID with leading zeros stays a string");
}

fn database_failure_is_answered_as_documented(engine: Engine) {
    let sandbox = sandbox(engine, "space", "abc123", &["owner"]);
    let backend = Backend::start(&sandbox);
    // The view depends on the table.
    sandbox.set("DROP VIEW invite_overview");
    sandbox.set("ALTER TABLE invites RENAME TO invites_gone");
    let failed = backend.post("/api/spaces/abc123/invite", Some("owner"), Value::Null);
    assert_eq!(detail(&failed), (500, "Failed to regenerate invite code"));
    let failed = backend.post("/api/invite-codes/validate", None, json!({ "code": "Joh-456" }));
    assert_eq!(error(&failed), (503, "Server error"));
    let failed = backend.get("/api/invites/tree_nothing", None);
    assert_eq!(detail(&failed), (503, "The service is not available. Try again later"));
}

/// Repeats a request until it is rate limited; the window may end meanwhile.
fn until_limited(ask: impl Fn() -> (u16, Value)) -> (u16, Value) {
    (0..60).map(|_| ask()).find(|answer| answer.0 == 429).unwrap()
}

fn rate_limited_client_and_user_get_retry_after(engine: Engine) {
    let sandbox = sandbox(engine, "director", "john", &["director"]);
    let backend = Backend::start(&sandbox);
    let guess = json!({ "code": "Zzz-999", "userId": "u1" });
    let refused = until_limited(|| backend.post("/api/invite-codes/use", None, guess.clone()));
    assert!(error(&refused).1.starts_with("Too many attempts. Try again at "), "{refused:?}");
    let generate = "/api/invite-codes/generate";
    let made = sandbox.number("SELECT count(*) FROM invites");
    let refused = until_limited(|| backend.post(generate, Some("director"), Value::Null));
    assert!(error(&refused).1.contains("; retry after "), "{refused:?}");
    assert!(sandbox.number("SELECT count(*) FROM invites") - made >= 10);
}

fn containers_document_requests_are_answered_as_documented(engine: Engine) {
    let sandbox = sandbox(engine, "container", "1", &["admin", "member"]);
    let backend = Backend::start(&sandbox);
    let admin = Some("admin");
    let wanted = json!({ "container_id": 1, "expires_in_hours": 24, "max_uses": 1 });
    let (status, made) = backend.post("/invites", admin, wanted.clone());
    assert_eq!(status, 201, "{made}");
    let code = made["invite_code"].as_str().unwrap();
    assert_eq!(made["invite_link"], format!("https://example.org/invites/join?code={code}"));
    let fields = (&made["max_uses"], &made["current_uses"], &made["container_name"], &made["created_by"]);
    assert_eq!(fields, (&json!(1), &json!(0), &json!("My Journal"), &json!("admin")));
    assert_eq!(detail(&backend.post("/invites", Some("member"), wanted)), (403, "Only admins can create invites"));
    let forever = json!({ "container_id": "1", "expires_in_hours": null, "max_uses": null });
    let (_, open) = backend.post("/invites", admin, forever);
    assert_eq!((&open["expires_at"], &open["max_uses"]), (&Value::Null, &Value::Null));
    assert_eq!(backend.post("/invites", admin, json!({ "container_id": 1, "expires_in_hours": i64::MAX })).0, 400);

    let join = format!("/invites/join?code={code}");
    assert_eq!(detail(&backend.post(&join, None, Value::Null)).0, 401);
    assert_eq!(detail(&backend.post(&join, Some("member"), Value::Null)), (400, "Already a member"));
    let (status, joined) = backend.post(&join, Some("u1"), Value::Null);
    assert_eq!((status, &joined["container"]["name"]), (200, &json!("My Journal")));
    assert_eq!(joined["membership"]["role"], "member");
    assert_eq!(detail(&backend.post(&join, Some("u2"), Value::Null)), (400, "Max uses reached"));
    assert_eq!(detail(&backend.post("/invites/join?code=NOSUCH77", Some("u2"), Value::Null)), UNKNOWN);

    let (status, list) = backend.get("/invites/container/1", admin);
    assert_eq!((status, list.as_array().unwrap().len()), (200, 1), "one is used up: {list}");
    assert_eq!(list[0]["invite_code"], open["invite_code"]);
    assert_eq!(backend.get("/invites/container/1", Some("member")).0, 403);
    let one = format!("/invites/{}", open["invite_id"].as_str().unwrap());
    assert_eq!(backend.delete(&one, Some("member")).0, 403);
    let (status, gone) = backend.delete(&one, admin);
    assert_eq!((status, &gone["message"]), (200, &json!("Invite deactivated successfully")));
    let path = format!("/invites/join?code={}", open["invite_code"].as_str().unwrap());
    assert_eq!(detail(&backend.post(&path, Some("u2"), Value::Null)), (400, "Invite revoked"));
    assert_eq!(backend.delete(&one, admin).0, 200, "revoking it again changes nothing");
}

fn one_of_twelve_concurrent_users_redeems_single_use_code(engine: Engine) {
    let sandbox = sandbox(engine, "container", "1", &["admin"]);
    let backend = Backend::start(&sandbox);
    let (_, made) = backend.post("/invites", Some("admin"), json!({ "container_id": 1, "max_uses": 1 }));
    let join = format!("/invites/join?code={}", made["invite_code"].as_str().unwrap());
    let answers: Vec<(u16, Value)> = thread::scope(|scope| {
        let ask = |user: usize| {
            let (backend, join) = (&backend, &join);
            scope.spawn(move || backend.post(join, Some(&format!("u{user}")), Value::Null))
        };
        let asked: Vec<_> = (0..12).map(ask).collect();
        asked.into_iter().map(|answer| answer.join().unwrap()).collect()
    });
    let (inside, outside): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 200);
    assert_eq!(inside.len(), 1, "{answers:?}");
    for refused in outside {
        assert_eq!(detail(refused), (400, "Max uses reached"));
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 2);
}

fn malformed_request_gets_error_response(engine: Engine) {
    let sandbox = sandbox(engine, "container", "1", &[]);
    let backend = Backend::start(&sandbox);
    let long = "x".repeat(40_000);
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "404"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
        ("GET /%zz HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("POST /invites HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(), "400"),
        ("POST /invites HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n".to_owned(), "413"),
        ("POST /invites HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), "501"),
        (format!("GET / HTTP/1.1\r\nX: {long}\r\n\r\n"), "431"),
    ] {
        let mut stream = backend.connect();
        // The response may arrive and the connection close before the request is fully written.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(str::from_utf8(&answer).unwrap(), format!("HTTP/1.1 {status}"));
    }
}

fn stopped_backend_answers_pending_requests(engine: Engine) {
    let sandbox = sandbox(engine, "container", "1", &["admin"]);
    let mut backend = Backend::start(&sandbox);
    let (_, made) = backend.post("/invites", Some("admin"), json!({ "container_id": 1 }));
    let code = made["invite_code"].as_str().unwrap().to_owned();
    let holder = sandbox.lock_invites();
    let mut stream = backend.connect();
    stream.write_all(format!("POST /invites/join?code={code} HTTP/1.1\r\nX-User: u1\r\n\r\n").as_bytes()).unwrap();
    // Connections are accepted in order, so that one is accepted now.
    assert_eq!(backend.get("/", None).0, 404);
    signal(&backend.child, "TERM");
    wait_for("the backend to refuse connections", || TcpStream::connect(backend.address).is_err());
    holder.release();
    let answer = read(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(backend.child.wait().unwrap().code(), Some(0));
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_uses"), 1);
}
