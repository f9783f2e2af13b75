use chrono::SecondsFormat;
use proptest::prelude::*;

use crate::calendar::*;

fn read(text: &str) -> Moment {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

#[test]
fn every_documented_time_format_is_parsed() {
    for text in [
        "2026-11-30T10:30:00Z",
        "2026-11-30t10:30:00z",
        "2026-11-30 10:30:00+00",
        "2026-11-30 10:30:00 +00:00",
        "2026-11-30 16:00:00+0530",
        "2026-11-30 16:00:00+05:30",
        "2026-11-30 16:00:00.000000+05:30:00",
        "2026-11-30 05:30-05",
        "2026-11-30T10:30:00.000000000Z",
        "2026-11-30T10:30:00,0Z",
        "2026-11-30 10:30 UTC",
        "2026-11-30 10:30Z",
        "  2026-11-30 10:30:00-00:00 ",
        "2026-11-30T07:00:00\u{2212}03:30",
    ] {
        assert_eq!(read(text).first(&Zone::UTC).unwrap(), at("2026-11-30T10:30:00Z"), "{text}");
        assert_eq!(read(text).last(&zone("Asia/Tokyo")).unwrap(), at("2026-11-30T10:30:00Z"), "{text}");
    }
    assert_eq!(read("2026-11-30 10:30").first(&zone("Asia/Tokyo")).unwrap(), at("2026-11-30T01:30:00Z"));
    assert_eq!(read("2026-11-30 10:30:00.1234567Z").first(&Zone::UTC).unwrap(), at("2026-11-30T10:30:00.123456Z"));
}

#[test]
fn date_is_a_whole_day_in_its_time_zone() {
    let day = read("2026-11-30");
    assert_eq!(day.first(&Zone::UTC).unwrap(), at("2026-11-30T00:00:00Z"));
    assert_eq!(day.last(&Zone::UTC).unwrap(), at("2026-11-30T23:59:59.999999Z"));
    let new_york = zone("America/New_York");
    assert_eq!(day.first(&new_york).unwrap(), at("2026-11-30T05:00:00Z"));
    assert_eq!(day.last(&new_york).unwrap(), at("2026-12-01T04:59:59.999999Z"));
    assert_eq!(read("9999-12-31").last(&Zone::UTC).unwrap(), at("9999-12-31T23:59:59.999999Z"));
}

#[test]
fn skipped_time_is_later_and_repeated_time_is_first() {
    let berlin = zone("Europe/Berlin");
    // 02:00 to 03:00 is skipped, so the time is one hour later.
    assert_eq!(read("2026-03-29 02:30").first(&berlin).unwrap(), at("2026-03-29T01:30:00Z"));
    // 02:00 to 03:00 occurs twice.
    assert_eq!(read("2026-10-25 02:30").first(&berlin).unwrap(), at("2026-10-25T00:30:00Z"));
    // One month later it stays in summer time, one month earlier in winter time.
    assert_eq!(berlin.months_later(at("2026-09-25T00:30:00Z"), 1), Some(at("2026-10-25T00:30:00Z")));
    assert_eq!(berlin.months_later(at("2026-11-25T01:30:00Z"), -1), Some(at("2026-10-25T01:30:00Z")));
    assert_eq!(read("2026-10-25").last(&berlin).unwrap(), at("2026-10-25T22:59:59.999999Z"));
    // A day that begins at one o'clock, and a day that a time zone skipped.
    assert_eq!(read("2018-11-04").first(&zone("America/Sao_Paulo")).unwrap(), at("2018-11-04T03:00:00Z"));
    assert_eq!(read("2011-12-30").first(&zone("Pacific/Apia")).unwrap(), at("2011-12-30T10:00:00Z"));
}

#[test]
fn invalid_time_is_refused_with_reason() {
    for (text, why) in [
        ("", "invalid time"),
        ("tomorrow", "invalid time"),
        ("31.12.2026", "invalid time"),
        ("2026-1-2", "invalid time"),
        ("2026-11-30T", "invalid time"),
        ("2026-11-30 10", "invalid time"),
        ("2026-11-30 10:30 Europe/Berlin", "invalid time"),
        ("2026-11-30 10:30+", "invalid time"),
        ("2026-11-30 10:30+01:00x", "invalid time"),
        ("2026-02-30", "the day does not exist"),
        ("2026-13-01", "the day does not exist"),
        ("2026-11-30 24:00", "the time of day does not exist"),
        ("2026-12-31T23:59:60Z", "leap seconds"),
        ("2026-11-30 10:30+24:00", "offset"),
        ("infinity", "infinity"),
        ("-Infinity", "Infinity"),
        ("12026-01-01", "1970 to 9999"),
        ("-2026-01-01", "1970 to 9999"),
        ("+12026-01-01", "1970 to 9999"),
    ] {
        let error = text.parse::<Moment>().unwrap_err();
        assert!(error.to_string().contains(why), "{text:?}: {error}");
        assert!(error.hint().is_some(), "{text:?}");
    }
    for text in ["1969-12-31", "0001-01-01", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00"] {
        let error = read(text).first(&Zone::UTC).unwrap_err().to_string();
        assert!(error.contains("1970 to 9999"), "{text}: {error}");
    }
    let long = "x".repeat(100_000).parse::<Moment>().unwrap_err().to_string();
    assert!(long.len() < 200 && !format!("{:?}", "\u{1b}[31m".parse::<Moment>()).contains('\u{1b}'));
}

#[test]
fn time_zone_is_found_in_any_letter_case() {
    assert_eq!(&zone("europe/berlin").to_string(), "Europe/Berlin");
    assert_eq!(&zone("utc"), &Zone::UTC);
    let error = Zone::named("Europe/Berlim").unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("Europe/Berlin")), "{error:?}");
    assert!(Zone::named("Mars/Olympus").is_err());
}

fn zones() -> impl Strategy<Value = Zone> {
    let names: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    prop::sample::select(names).prop_map(|name| zone(&name))
}

fn local_day(zone: &Zone, instant: DateTime<Utc>) -> NaiveDate {
    let offset = zone.0.to_offset(Timestamp::from_microsecond(instant.timestamp_micros()).unwrap());
    (instant.naive_utc() + TimeDelta::seconds(i64::from(offset.seconds()))).date()
}

proptest! {
    #[test]
    fn written_instant_is_parsed_back(micros in 0..253_402_300_799_000_000_i64, zone in zones()) {
        let instant = DateTime::from_timestamp_micros(micros).unwrap();
        for text in [
            instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            instant.with_timezone(&chrono::FixedOffset::east_opt(19_800).unwrap()).to_rfc3339(),
            instant.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string(),
        ] {
            if text.starts_with("10000") {
                continue;
            }
            prop_assert_eq!(read(&text).first(&zone).unwrap(), instant, "{}", text);
            prop_assert_eq!(read(&text).last(&zone).unwrap(), instant, "{}", text);
        }
    }

    #[test]
    fn consecutive_days_are_adjacent_in_every_zone(days in 800..40_000_i32, zone in zones()) {
        let day = NaiveDate::from_num_days_from_ce_opt(719_163 + days).unwrap();
        let (first, last) = (Moment::Day(day).first(&zone).unwrap(), Moment::Day(day).last(&zone).unwrap());
        let next = Moment::Day(day.succ_opt().unwrap()).first(&zone).unwrap();
        prop_assert_eq!(last + TimeDelta::microseconds(1), next);
        // A day that a time zone skipped is empty.
        prop_assert!(first <= next, "{} in {}", day, zone);
        if first < next {
            prop_assert_eq!(local_day(&zone, first), day);
            prop_assert_eq!(local_day(&zone, last), day);
        }
    }

    #[test]
    fn any_text_is_parsed_without_panic(text in ".{0,40}", tail in "[-+0-9TZ:. ]{0,30}") {
        let _ = text.parse::<Moment>();
        let _ = tail.parse::<Moment>();
        let _ = format!("2026-11-30{tail}").parse::<Moment>();
    }
}
