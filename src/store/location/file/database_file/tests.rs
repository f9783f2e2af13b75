use crate::store::location::file::database_file::*;

fn path_of(url: &str) -> PathBuf {
    DatabaseFile::from_url(url).unwrap().path().to_owned()
}

#[test]
fn file_url_is_percent_decoded_and_encoded_again() {
    for (url, path) in [
        ("sqlite:a%20b.db", "a b.db"),
        ("sqlite:///data/a%20b.db", "/data/a b.db"),
        ("sqlite:///data/what%3F.db", "/data/what?.db"),
        ("sqlite:100%25.db?mode=ro", "100%.db"),
        ("sqlite:///d%C3%A9pot/%e6%97%a5.db", "/d\u{e9}pot/\u{65e5}.db"),
        ("sqlite:plain.db", "plain.db"),
        ("sqlite:./file:x.db", "./file:x.db"),
    ] {
        let file = DatabaseFile::from_url(url).unwrap();
        assert_eq!(file.path(), Path::new(path), "{url}");
        assert_eq!(DatabaseFile::from_url(&file.url()).unwrap(), file, "{url}");
    }
    let raw = path_of("sqlite:///data/%ff%FE.db");
    assert_eq!(raw.as_os_str().as_bytes(), b"/data/\xff\xfe.db");
    assert_eq!(path_of(&DatabaseFile::at(&raw).url()), raw);
}

#[test]
fn url_without_file_is_refused_with_hint() {
    for (url, part) in [
        ("sqlite:", "contains no file"),
        ("sqlite::memory:", "contains no file"),
        ("sqlite://:memory:", "contains no file"),
        ("sqlite:file:", "file:"),
        ("sqlite:file:x?mode=memory", "file:"),
        ("sqlite://file:/data/x.db", "file:"),
        ("sqlite:100%.db", "percent escape"),
        ("sqlite:a%2", "percent escape"),
        ("sqlite:a%zz.db", "percent escape"),
        ("sqlite:a%00b.db", "NUL"),
        ("sqlite:a?b.db", "unknown parameter: ?b.db"),
        ("sqlite:a.db?cache=shared", "unknown parameter"),
    ] {
        let Err(error) = DatabaseFile::from_url(url) else { panic!("{url} was accepted") };
        assert!(error.to_string().contains(part), "{url}: {error}");
        assert!(error.hint().is_some(), "{url}: {error}");
    }
}
