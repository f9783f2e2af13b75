//! Built-in templates, and mistakes in an operator's own.

use std::fs;

use crate::mail::templates::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn words(files: &[(&str, &str)], message: &Message) -> Rendered {
    Templates::in_folder(folder(files).path()).unwrap().render(message).unwrap()
}

/// Returns the error for these files without their folder, and its hint.
fn complaint(files: &[(&str, &str)]) -> (String, String) {
    let folder = folder(files);
    let error = Templates::in_folder(folder.path()).unwrap_err();
    assert_eq!(error.reason(), crate::error::Reason::InvalidInput);
    let said = error.to_string().replace(&format!("{}/", folder.path().display()), "");
    (said, error.hint().unwrap_or_default().into_owned())
}

#[test]
fn built_in_templates_render_every_field() {
    let words = Templates::built_in().render(&full_sample()).unwrap();
    assert_eq!(words.subject, "Invitation to Sample");
    assert_eq!(
        words.text,
        "Hello,\n\nSomeone invites you to join Sample as viewer.\n\nTo accept, open this \
         link:\n\nhttps://example.org/SAMPLECODE0123456789\n\nThe invitation is valid until 1 January 1970, 00:00 \
         UTC.\n\nIf you did not expect this invitation, ignore this e-mail: nothing happens unless the link is used."
    );
    for part in ["Someone", "<b>Sample</b> as viewer", "1 January 1970", SAMPLE_CODE] {
        assert!(words.html.contains(part), "{part}");
    }
}

#[test]
fn built_in_templates_omit_missing_fields() {
    let words = Templates::built_in().render(&bare_sample()).unwrap();
    assert_eq!(
        words.text,
        "Hello,\n\nyou are invited to join Sample as viewer.\n\nTo accept, open this \
         link:\n\nhttps://example.org/SAMPLECODE0123456789\n\nIf you did not expect this invitation, ignore this \
         e-mail: nothing happens unless the link is used."
    );
    for text in [&words.text, &words.html] {
        assert!(!text.contains("none") && !text.contains("until"), "{text}");
    }
    assert!(Templates::built_in().check().is_ok());
}

#[test]
fn html_is_escaped_and_text_is_not() {
    let message =
        Message { space_name: "<b>&\"Tom\"".to_owned(), invited_by: Some("<script>".to_owned()), ..bare_sample() };
    let words = Templates::built_in().render(&message).unwrap();
    assert!(words.text.contains("join <b>&\"Tom\" as"), "{}", words.text);
    assert!(words.html.contains("&lt;b&gt;&amp;&quot;Tom&quot;"), "{}", words.html);
    assert!(!words.html.contains("<script>"));
    assert_eq!(words.subject, "Invitation to <b>&\"Tom\"");
}

#[test]
fn each_file_replaces_one_template() {
    let message = full_sample();
    let own = words(&[(SUBJECT, "Come to {{ space_name }}, {{ role }}\r\n")], &message);
    assert_eq!(own.subject, "Come to Sample, viewer");
    assert!(own.text.starts_with("Hello,"));
    let own = words(&[(TEXT, "\u{feff}{{ to }} {{ link }}\r\n{{ policy }} {{ space_id }}{{ invited_by }}")], &message);
    assert_eq!(own.text, "someone@example.org https://example.org/SAMPLECODE0123456789\nsample sampleSomeone");
    let own = words(&[(HTML, "<a href='{{ link }}'>{{ invited_by }}</a>{{ expires_at }}")], &bare_sample());
    assert!(own.html.ends_with("SAMPLECODE0123456789'></a>"), "{}", own.html);
}

#[test]
fn template_error_names_file_and_line() {
    let every = "variables: expires_at, invited_by, link, policy, role, space_id, space_name, to";
    let (said, help) = complaint(&[(TEXT, "{{ link }}\n\nfor {{ spce_name }}")]);
    assert_eq!((said.as_str(), help.as_str()), ("invitation.txt, line 3: unknown variable spce_name", every));
    // In a branch that the sample messages do not reach.
    let (said, _) = complaint(&[(HTML, "{{ link }}{% if role == 'x' %}\n{{ nmae }}{% endif %}")]);
    assert_eq!(said, "invitation.html, line 2: unknown variable nmae");
    let (said, help) = complaint(&[(SUBJECT, "{{ link }}")]);
    assert_eq!(said, "invitation.subject.txt, line 1: unknown variable link");
    assert!(!help.contains("link"), "{help}");
    let (said, _) = complaint(&[(TEXT, "{{ link }}\n{% if invited_by %}")]);
    assert!(said.starts_with("invitation.txt, line 2: syntax error: "), "{said}");
    let (said, _) = complaint(&[(TEXT, "{{ link }}\n{{ role.length.bits }}")]);
    assert!(said.starts_with("invitation.txt, line 2: undefined value"), "{said}");
    let (said, _) = complaint(&[(TEXT, "{{ link }}\n{{ role|shout }}")]);
    assert!(said.starts_with("invitation.txt, line 2: unknown filter"), "{said}");
    let (said, _) = complaint(&[(TEXT, "{{ link }}{% include 'more.txt' %}")]);
    assert!(said.starts_with("invitation.txt, line 1: "), "{said}");
}

#[test]
fn template_without_link_or_with_long_subject_is_refused() {
    assert_eq!(complaint(&[(TEXT, "Come!")]).0, "invitation.txt: the link is missing");
    assert_eq!(
        complaint(&[(HTML, "{% if invited_by %}{{ link }}{% endif %}")]).0,
        "invitation.html: the link is missing"
    );
    assert_eq!(complaint(&[(SUBJECT, "a\nb")]).0, "invitation.subject.txt: the subject must be one line of text");
    assert_eq!(
        complaint(&[(SUBJECT, "{{ role }}\n{{ to }}")]).0,
        "invitation.subject.txt: the subject must be one line of text"
    );
}

#[test]
fn folder_without_templates_is_refused() {
    let (said, help) = complaint(&[("invitation.htm", "{{ link }}")]);
    assert!(said.starts_with("the folder of mail templates contains no template"), "{said}");
    assert!(help.contains("invitation.html"));
    let error = Templates::in_folder(Path::new("/nowhere/at/all")).unwrap_err();
    assert_eq!(error.to_string(), "the folder of mail templates does not exist: /nowhere/at/all");
    let folder = folder(&[]);
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Templates::in_folder(&folder.path().join("file")).unwrap_err();
    assert!(error.to_string().starts_with("the folder of mail templates does not exist"), "{error}");
    fs::write(folder.path().join(TEXT), b"\xff{{ link }}").unwrap();
    let error = Templates::in_folder(folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the mail template"), "{error}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures how long a refusal takes")]
fn endless_and_huge_templates_are_refused_in_time() {
    let link = "{{ link }}";
    for (text, why) in [
        (
            format!("{link}{{% for a in range(100000) %}}{{% for b in range(100000) %}}{{% endfor %}}{{% endfor %}}"),
            "fuel",
        ),
        (format!("{link}{{% for a in range(1000) %}}{{{{ 'x' * 10000 }}}}{{% endfor %}}"), "longer than"),
        (format!("{link}{{% include 'invitation.txt' %}}{{% include 'invitation.txt' %}}"), ""),
        (format!("{link}{}", "x".repeat(MAX_TEXT)), "longer than"),
    ] {
        let begin = std::time::Instant::now();
        let (said, _) = complaint(&[(TEXT, &text)]);
        assert!(said.starts_with(TEXT) && said.contains(why), "{said}");
        assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{why}: {:?}", begin.elapsed());
    }
}
