use std::net::Ipv6Addr;

use proptest::prelude::*;

use crate::client::*;

fn read(text: &str) -> String {
    Client::parse(text).unwrap().to_string()
}

#[test]
fn every_spelling_of_address_is_one_client() {
    for (client, spellings) in [
        (
            "203.0.113.9",
            &[
                "203.0.113.9",
                " 203.0.113.9\n",
                "203.0.113.9:0",
                "203.0.113.9:65535",
                "::ffff:203.0.113.9",
                "::FFFF:CB00:7109",
                "[::ffff:203.0.113.9]:8080",
                "0:0:0:0:0:ffff:203.0.113.9",
                "64:ff9b::203.0.113.9",
                "64:ff9b::cb00:7109",
            ][..],
        ),
        (
            "2001:db8:0:7::/64",
            &[
                "2001:db8:0:7::1",
                "2001:0DB8:0000:0007:ffff:1:2:3",
                "2001:db8:0:7::/64",
                "[2001:db8:0:7::1]",
                "[2001:db8:0:7::2]:443",
                "2001:db8:0:7::1%eth0",
                "[2001:db8:0:7::1%25en0]:443",
            ],
        ),
        ("fe80::/64", &["fe80::1%eth0", "fe80::1%2", "FE80::abcd", "[fe80::1%wlan0]:53"]),
        ("::/64", &["::1", "[::1]:80", "::"]),
    ] {
        for spelling in spellings {
            assert_eq!(read(spelling), client, "{spelling:?}");
        }
    }
    assert_ne!(read("2001:db8:0:7::1"), read("2001:db8:0:8::1"));
}

#[test]
fn identifier_is_kept_unchanged() {
    for text in ["session-7", "user:42", "d41d8cd98f00b204", "42", "a.b@example.org", "k/9+_=~", "node1.example.org"] {
        assert_eq!(read(text), text);
    }
    assert_ne!(read("Session"), read("session"));
}

#[test]
fn list_of_addresses_is_refused_with_hint() {
    for text in ["198.51.100.7, 203.0.113.9", "a,b", ",", "203.0.113.9,", &"203.0.113.9, ".repeat(1_000)] {
        let error = Client::parse(text).unwrap_err();
        assert!(error.to_string().contains("is a list"), "{error}");
        assert!(error.hint().unwrap().contains("X-Forwarded-For"), "{:?}", error.hint());
    }
}

#[test]
fn malformed_address_is_not_an_identifier() {
    for text in [
        "203.0.113.09",
        "203.000.113.9",
        "010.0.0.1",
        "203.0.113",
        "203.0.113.9.",
        "203.0.113.999",
        "0x7f.0.0.1",
        "203.0.113.9:99999",
        "203.0.113.9:",
        "203.0.113.9:http",
        "203.0.113.9/32",
        "2001:db8::1::2",
        "2001:db8::/48",
        "[2001:db8::1",
        "2001:db8::1]",
        "[2001:db8::1]443",
        "[2001:db8::1]:99999",
        "[203.0.113.9]:80",
        "fe80::1%",
        "203.0.113.9%eth0",
        "12345::",
        ":",
        "...",
    ] {
        let error = Client::parse(text).unwrap_err();
        assert!(error.to_string().contains("invalid client address"), "{text:?} gave {error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn empty_long_and_malicious_clients_are_refused() {
    for (text, why) in [
        (String::new(), "empty"),
        ("  ".into(), "empty"),
        ("x".repeat(65), "65 characters (maximum 64)"),
        ("x".repeat(10_000), "10000 characters (maximum 64)"),
        ("a\u{7}b".into(), "U+0007"),
        ("session 7".into(), "U+0020"),
        ("for=\"[2001:db8::1]\"".into(), "U+0022"),
        ("\u{5c71}".into(), "U+5C71"),
        ("a\u{202e}b".into(), "U+202E"),
        ("_hidden".into(), "U+005F"),
        ("-x".into(), "U+002D"),
    ] {
        let error = Client::parse(&text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.len() < 200, "{error}");
    }
    assert_eq!(read(&"x".repeat(64)).len(), 64);
}

proptest! {
    #[test]
    fn canonical_client_is_parsed_unchanged(text in any::<String>(), address in any::<u128>(), port in any::<u16>()) {
        let address = Ipv6Addr::from(address);
        for text in [text, address.to_string(), format!("[{address}]:{port}")] {
            if let Ok(client) = Client::parse(&text) {
                prop_assert_eq!(Client::parse(client.as_str()).unwrap(), client);
            }
        }
    }

    #[test]
    fn port_does_not_change_client(four in any::<u32>(), six in any::<u128>(), port in any::<u16>()) {
        let four = std::net::Ipv4Addr::from(four);
        prop_assert_eq!(read(&four.to_string()), read(&format!("{four}:{port}")));
        let six = Ipv6Addr::from(six);
        prop_assert_eq!(read(&six.to_string()), read(&format!("[{six}]:{port}")));
        prop_assert_eq!(read(&six.to_string()), read(&format!("{six}%eth{port}")));
    }
}
