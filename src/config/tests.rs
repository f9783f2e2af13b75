use std::time::Duration;

use crate::config::*;

fn load(text: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::load(&Flags { config: Some(file), ..flags }, &environment, Path::new("/nonexistent"))
}

#[test]
fn flag_overrides_environment_overrides_file() {
    let file = "database_url = \"sqlite:///file.db\"\n";
    let variable = [("INVITE_DATABASE_URL", "sqlite:///variable.db")];
    let flag = Flags { database_url: vec!["sqlite:///flag.db".into()], ..Flags::default() };
    for (environment, flags, expected, origin) in [
        (&variable[..], flag, "/flag.db", FLAG),
        (&variable[..], Flags::default(), "/variable.db", "environment INVITE_DATABASE_URL"),
        (&[], Flags::default(), "/file.db", "file "),
    ] {
        let settings = load(file, environment, flags).unwrap();
        assert_eq!(settings.database.value.to_string(), expected);
        assert!(settings.database.origin.starts_with(origin), "{}", settings.database.origin);
    }
}

#[test]
fn profile_overrides_all_but_flags() {
    let home = ("HOME", "/home/op");
    let file = "database_url = \"sqlite:///file.db\"\nbase_url = \"https://file.example\"\n\
                [profile.staging]\ndatabase_url = \"sqlite:///staging.db\"\nrequire_actor = true\n";
    let variable = ("INVITE_DATABASE_URL", "sqlite:///variable.db");
    let staging = Flags { profile: Some("staging".into()), ..Flags::default() };
    let settings = load(file, &[home, variable], staging.clone()).unwrap();
    assert_eq!(settings.database.value.to_string(), "/staging.db");
    assert!(settings.database.origin.starts_with("profile staging of "), "{}", settings.database.origin);
    // Other settings come from other sources.
    assert_eq!(settings.base_url.value.as_deref(), Some("https://file.example"));
    assert!(settings.require_actor.value);
    let settings = load(file, &[home, ("INVITE_PROFILE", "staging"), variable], Flags::default()).unwrap();
    assert_eq!(settings.database.value.to_string(), "/staging.db");
    assert_eq!(settings.profile.origin, "environment INVITE_PROFILE");
    let flags = Flags { database_url: vec!["sqlite:///flag.db".into()], ..staging };
    assert_eq!(load(file, &[home], flags).unwrap().database.value.to_string(), "/flag.db");
}

#[test]
fn unknown_profile_is_refused() {
    let home = ("HOME", "/home/op");
    let file = "[profile.staging]\ndatabase_url = \"sqlite:///staging.db\"\n";
    for (text, name, why, hint) in [
        (file, "stagng", "unknown profile \"stagng\"", "did you mean staging?"),
        (file, "other", "unknown profile \"other\"", "profiles: staging"),
        ("", "staging", "flag --profile: unknown profile", "[profile.staging]"),
        ("[profile.x]\ndatabse_url = \"y\"\n", "x", "line 2: unknown key", "did you mean database_url?"),
        ("[profile.x.policy]\nlength = 3\n", "x", "unknown key \"policy\"", "keys: base_url"),
        ("profile = 3\n", "x", "line 1: profile must be a table of tables", ""),
    ] {
        let flags = Flags { profile: Some(name.into()), ..Flags::default() };
        let error = load(text, &[home], flags).unwrap_err();
        assert!(error.to_string().contains(why), "{text:?}: {error}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{text:?}: {:?}", error.hint());
    }
}

#[test]
fn password_in_url_is_detected() {
    for (url, is_shown) in [
        ("postgres://user:secret@host/db", true),
        ("mysql://u:p@h1,h2:3307/db", true),
        ("mysql://u@h1,h2:3307/db", false),
        ("postgres://host:5432/db", false),
        ("sqlite:///a:b@c.db", false),
        ("smtps://user:secret@mail.example.org", true),
        ("smtp://mail.example.org:25", false),
        ("not a URL", false),
    ] {
        assert_eq!(has_password(url), is_shown, "{url}");
    }
}

#[test]
fn default_database_is_embedded_file() {
    let settings = load("", &[("HOME", "/home/op")], Flags::default()).unwrap();
    assert_eq!(settings.database.value.to_string(), "/home/op/.local/share/invite/invite.db");
    assert!(settings.database.value.is_own());
    let moved = load("", &[("HOME", "/home/op"), ("XDG_DATA_HOME", "/data")], Flags::default()).unwrap();
    assert_eq!(moved.database.value.to_string(), "/data/invite/invite.db");
}

#[test]
fn frontend_url_of_seeds_sets_base_url() {
    let home = ("HOME", "/home/op");
    let seed = load("", &[home, ("FRONTEND_URL", "http://localhost:3000")], Flags::default()).unwrap();
    assert_eq!(seed.base_url.value.as_deref(), Some("http://localhost:3000"));
    let error = load("base_url = \"nonsense\"\n", &[home], Flags::default()).unwrap_err();
    assert!(error.to_string().contains("config.toml: invalid base URL: it has no scheme"), "{error}");
}

#[test]
fn file_can_require_actor() {
    let home = ("HOME", "/home/op");
    let settings = load("", &[home], Flags::default()).unwrap();
    assert_eq!((settings.require_actor.value, settings.require_actor.origin.as_str()), (false, "default"));
    let settings = load("require_actor = true\n", &[home], Flags::default()).unwrap();
    assert!(settings.require_actor.value && settings.require_actor.origin.starts_with("file "));
}

#[test]
fn invalid_file_is_refused_with_line() {
    let home = ("HOME", "/home/op");
    for (text, why) in [
        ("\ndatabse_url = \"x\"\n", "line 2: unknown key \"databse_url\""),
        ("base_url = 3\n", "line 1: base_url: write a string"),
        ("\nrequire_actor = \"yes\"\n", "line 2: require_actor: write true or false"),
        ("[policy.space]\nlength = 0\n", "line 2: policy.space: length: 0 is outside"),
        ("[[policy]]\n", "line 1: policy must be a table of tables"),
    ] {
        let error = load(text, &[home], Flags::default()).unwrap_err();
        assert!(error.to_string().contains(why), "{text:?}: {error}");
    }
}

#[test]
fn invalid_url_is_refused_without_password() {
    for (url, why) in [
        ("postgres://user:hunter2@host/db?sslmod=require", "unknown parameter: sslmod"),
        ("mysql://user:hunter2@host", "has no database"),
        ("mysql://:hunter2@host/db", "has no user"),
        ("mysql:user:hunter2@host/db", "must begin with mysql://"),
        ("postgres://user:hunter2@ho st/db", "invalid database URL"),
        ("postgres://user:hun?ter2hunter2@host/db", "invalid database URL"),
        ("postgres://user:5432/hunter2@host/db", "invalid database URL"),
        ("mysql://us@er:5432/hunter2@host/db", "invalid database URL"),
        ("oracle://user:hunter2@host/db", "unsupported scheme in database URL"),
    ] {
        let flags = Flags { database_url: vec![url.into()], ..Flags::default() };
        let error = load("", &[], flags).unwrap_err();
        assert!(error.to_string().contains(why), "{url}: {error}");
        assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("hunter2"));
    }
    let flags = Flags { database_url: vec!["postgres://user:hunter2@host/db".into()], ..Flags::default() };
    let settings = load("", &[("HOME", "/home/op")], flags).unwrap();
    assert_eq!(settings.database.value.url(), "postgres://user@host:5432/db");
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn several_hosts_form_one_cluster() {
    let home = [("HOME", "/home/op")];
    let one = Flags { database_url: vec!["mysql://u:p@h1,h2:3307,[::1]:3308/db".into()], ..Flags::default() };
    let settings = load("", &home, one).unwrap();
    assert_eq!(settings.database.value.url(), "mysql://u@h1:3306,h2:3307,[::1]:3308/db");
    let urls = ["mysql://u:p@h1/db", "mariadb://u:p@h2/db"].map(str::to_owned).to_vec();
    let settings = load("", &home, Flags { database_url: urls, ..Flags::default() }).unwrap();
    assert_eq!(settings.database.value.url(), "mysql://u@h1:3306,h2:3306/db");
    for urls in [["mysql://u@h1/a", "mysql://u@h2/b"], ["mysql://u@h1/a", "sqlite:a.db"]] {
        let flags = Flags { database_url: urls.map(str::to_owned).to_vec(), ..Flags::default() };
        load("", &home, flags).unwrap_err();
    }
}

#[test]
fn base_url_is_trimmed_or_refused_with_origin() {
    let home = ("HOME", "/home/op");
    for (value, shown) in
        [("https://example.org\r", "https://example.org"), (" https:example.org/ ", "https://example.org")]
    {
        let settings = load("", &[home, ("FRONTEND_URL", value)], Flags::default()).unwrap();
        assert_eq!(settings.base_url.value.as_deref(), Some(shown), "{value:?}");
    }
    let error = load("", &[home, ("FRONTEND_URL", "https://u:secret@example.org")], Flags::default()).unwrap_err();
    assert!(error.to_string().starts_with("environment FRONTEND_URL: invalid base URL"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn timeout_is_read_from_flag_variable_and_file() {
    let home = ("HOME", "/home/op");
    let file = "timeout = \"5m\"\n";
    let flag = Flags { timeout: Some(Duration::from_secs(7)), ..Flags::default() };
    for (text, variable, flags, seconds, origin) in [
        ("", None, Flags::default(), 60, "default"),
        (file, None, Flags::default(), 300, "file "),
        (file, Some("90s"), Flags::default(), 90, "environment INVITE_TIMEOUT"),
        (file, Some("90s"), flag, 7, "flag --timeout"),
    ] {
        let environment: Vec<_> = [home].into_iter().chain(variable.map(|value| ("INVITE_TIMEOUT", value))).collect();
        let timeout = load(text, &environment, flags).unwrap().timeout;
        assert_eq!((timeout.value, timeout.origin.starts_with(origin)), (Duration::from_secs(seconds), true));
    }
}

#[test]
fn timeout_out_of_range_is_refused_with_origin() {
    let home = ("HOME", "/home/op");
    for (text, why) in [
        ("0", "it is zero"),
        ("0s", "it is zero"),
        ("-5s", "it is negative"),
        ("10", "the unit is missing"),
        ("soon", "invalid duration"),
        ("", "it is empty"),
        ("999ms", "shorter than 1 second"),
        ("8d", "longer than 7 days"),
        ("1y", "longer than 7 days"),
        ("99999999999999999999s", "invalid duration"),
    ] {
        let error = load(&format!("timeout = \"{text}\"\n"), &[home], Flags::default()).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(why) && said.contains("config.toml, timeout: "), "{text}: {said}");
        assert!(error.hint().is_some_and(|hint| hint.contains("30s")), "{text}");
    }
    for text in ["1s", "1d", "24h", "7d", "1h 30m"] {
        load(&format!("timeout = \"{text}\"\n"), &[home], Flags::default()).unwrap();
    }
}
