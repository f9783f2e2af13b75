use crate::cli::commands::generate::cards::*;
use crate::cli::ui::qr::tests::scanned_path;
use crate::invites::issue::Issued;
use crate::model::code::{Code, CodeKey};
use crate::model::invite::Invite;

/// Returns the page of invites at a fixed instant, and the mode of its file.
fn page(invites: &[Issued]) -> (String, u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.html");
    let mut cards =
        Cards::create(&path, invites.first().map(|issued| issued.invite.space_name.as_str()), now()).unwrap();
    for issued in invites {
        cards.push(&InviteView::issued(issued, now()), issued.code.reveal());
    }
    assert_eq!(cards.finish().finish().unwrap(), Some(path.clone()));
    (std::fs::read_to_string(&path).unwrap(), path.metadata().unwrap().permissions().mode() & 0o777)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn issued(code: &str, link: Option<&str>) -> Issued {
    let invite = Invite {
        id: uuid::Uuid::from_u128(1),
        space_id: "1".to_owned(),
        space_name: "<b>&\"' Journal".to_owned(),
        policy: "container".to_owned(),
        role: "member".to_owned(),
        code: Some(Code::new(code)),
        code_key: CodeKey::new(code.to_owned()),
        email: None,
        note: Some("</article><script>alert(1)</script>".to_owned()),
        created_by: None,
        created_at: now(),
        starts_at: None,
        expires_at: DateTime::from_timestamp(1_790_086_401, 0),
        max_uses: Some(1_000),
        uses: 0,
        closed: None,
        sends: 0,
        resends: 0,
        last_sent_at: None,
        last_send_error: None,
        send_after: None,
        created_op: uuid::Uuid::from_u128(2),
        closed_op: None,
    };
    Issued { invite, code: Code::new(code), link: link.map(str::to_owned), invited_by: None, is_mailed: false }
}

fn link(code: &str) -> String {
    format!("https://trips.example.org/invites/join?code={code}&x='")
}

#[test]
fn card_has_terms_and_qr_code_of_its_invite() {
    let codes = ["AAAA2222", "BBBB3333", "CCCC4444"];
    let (page, mode) = page(&codes.map(|code| issued(code, Some(&link(code)))));
    assert_eq!(mode, 0o600, "mode of a file with codes");
    let cards: Vec<&str> = page.split("<article>").skip(1).collect();
    assert_eq!(cards.len(), 3);
    for (card, code) in cards.iter().zip(codes) {
        assert!(card.contains(&format!("<p class=\"code\">{code}</p>")));
        assert!(card.contains("<dt>Expires</dt><dd dir=\"auto\">2026-09-22 14:13:21 UTC</dd>"), "{card}");
        assert!(card.contains("<dt>Uses</dt><dd dir=\"auto\">1,000</dd>"));
        assert!(card.contains("<dt>Role</dt><dd dir=\"auto\">member</dd>"));
        assert!(card.contains("<h2 dir=\"auto\">&lt;b&gt;&amp;&quot;&#39; Journal</h2>"));
        assert!(card.contains(&format!("<p class=\"link\">{}</p>", escaped(&link(code)))));
        let svg = card.split("</svg>").next().unwrap();
        assert_eq!(scanned_path(svg), link(code));
    }
}

#[test]
fn page_with_markup_in_values_stays_well_formed() {
    for count in [1, 2, 3, 4] {
        let (page, _) = page(&vec![issued("AAAA2222", Some(&link("AAAA2222"))); count]);
        for tag in ["html", "head", "body", "main", "div", "article", "dl", "p", "svg", "h2"] {
            let open = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag} of {count}");
        }
        assert!(!page.contains("<b>") && !page.contains("<script"), "{page}");
        // The page loads nothing.
        assert!(!page.contains("src=") && !page.contains("href=") && !page.contains("url("));
    }
}

#[test]
fn code_without_link_has_card_without_qr_code() {
    let (page, _) = page(&[issued("Joh-456", None)]);
    assert!(page.contains("<p class=\"code\">Joh-456</p>"));
    assert!(!page.contains("<svg") && !page.contains("class=\"link\""));
}

#[test]
fn long_code_has_smaller_font() {
    for (code, class) in [("ABCDEFGHJK", "code"), ("ABCDEFGHJKL", "code longer"), (&"a".repeat(48), "code longest")] {
        let (page, _) = page(&[issued(code, None)]);
        assert!(page.contains(&format!("<p class=\"{class}\">{code}</p>")), "{code}");
    }
}

#[test]
fn file_without_cards_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.html");
    let cards = Cards::create(&path, None, now()).unwrap();
    assert!(path.exists(), "the file is created before the first invite");
    assert_eq!(cards.finish().finish().unwrap(), None);
    assert!(!path.exists());
    drop(Cards::create(&path, None, now()).unwrap());
    assert!(!path.exists());
}
