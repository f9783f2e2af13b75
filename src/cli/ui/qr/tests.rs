use proptest::prelude::*;
use rqrr::PreparedImage;

use crate::cli::ui::qr::*;
use crate::links::Links;
use crate::model::code::{Code, sample};
use crate::policy::Policies;

const JOURNAL: &str = "https://trips.example.org/invites/join?code=TGTA7E9B";
const TREE: &str = "https://familytree.example.org/invites/tree_-7ixAdng7IVhDVx0qIfR1PuNKKc6R19AGSaGv-tXGIY";

/// Decodes a code from its modules.
pub(crate) fn scanned(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
    let pixels = 5;
    let pixel = |x: usize, y: usize| if is_dark(x / pixels, y / pixels) { 20 } else { 235 };
    let mut image = PreparedImage::prepare_from_greyscale(side * pixels, side * pixels, pixel);
    let found = image.detect_grids();
    assert_eq!(found.len(), 1, "number of codes in the image");
    found[0].decode().unwrap().1
}

/// Decodes a code from the block characters of a terminal.
pub(crate) fn scanned_blocks(blocks: &str, drawn_is_dark: bool) -> String {
    let plain = blocks.replace(BLACK_ON_WHITE, "").replace(RESET, "");
    let lines: Vec<Vec<char>> = plain.lines().map(|line| line.chars().collect()).collect();
    scanned(lines[0].len(), |x, y| {
        let is_drawn = match (lines.get(y / 2).map_or(' ', |line| line[x]), y % 2) {
            ('█', _) | ('▀', 0) | ('▄', 1) => true,
            (' ' | '▀' | '▄', _) => false,
            (other, _) => panic!("{other:?} is no half block"),
        };
        is_drawn == drawn_is_dark
    })
}

/// Decodes a code from an SVG path of rectangles.
pub(crate) fn scanned_path(svg: &str) -> String {
    let attribute = |name: &str| {
        let (_, rest) = svg.rsplit_once(name).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let side: usize = attribute("viewBox=\"0 0 ").split(' ').next().unwrap().parse().unwrap();
    let mut dark = vec![vec![false; side]; side];
    for run in attribute(" d=\"M").split('M') {
        let numbers: Vec<usize> =
            run.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        let [x, y, width, 1, back] = numbers[..] else { panic!("{run} is no rectangle") };
        assert_eq!(width, back);
        dark[y][x..x + width].fill(true);
    }
    scanned(side, |x, y| dark[y][x])
}

#[test]
fn every_form_of_qr_code_scans_as_its_link() {
    for link in [JOURNAL, TREE, "https://example.org/join/A1B2C3D4", "HTTP://EXAMPLE.ORG/12345678901234567890"] {
        for code in [Qr::for_screen(link).unwrap(), Qr::for_paper(link).unwrap()] {
            assert_eq!(scanned(code.side(), |x, y| code.is_dark(x, y)), link);
            assert_eq!(scanned_blocks(&code.blocks(true), true), link);
            assert_eq!(scanned_blocks(&code.blocks(false), false), link);
            assert_eq!(scanned_path(&code.svg_file("Invite")), link);
        }
    }
}

#[test]
fn quiet_zone_is_light() {
    let code = Qr::for_screen(JOURNAL).unwrap();
    let edge = |at: usize| at < QUIET_ZONE || at >= code.side() - QUIET_ZONE;
    let modules = (0..code.side()).flat_map(|x| (0..code.side()).map(move |y| (x, y)));
    assert!(modules.filter(|(x, y)| edge(*x) || edge(*y)).all(|(x, y)| !code.is_dark(x, y)));
    // Without color, the light modules are drawn.
    let width = code.side();
    assert!(code.blocks(false).lines().take(2).all(|line| line == "█".repeat(width)));
}

#[test]
fn every_colored_line_sets_and_resets_colors() {
    let blocks = Qr::for_screen(JOURNAL).unwrap().blocks(true);
    assert!(blocks.lines().all(|line| line.starts_with(BLACK_ON_WHITE) && line.ends_with(RESET)));
    assert!(!Qr::for_screen(JOURNAL).unwrap().blocks(false).contains('\u{1b}'));
}

#[test]
fn token_link_fits_terminal_of_80_by_24() {
    let code = Qr::for_screen(TREE).unwrap();
    assert!(code.side() <= 80);
    assert!(code.blocks(true).lines().count() < 24);
    // A printed code recovers at least 15 %.
    let paper = Qr::for_paper(TREE).unwrap();
    assert!(matches!(paper.0.error_correction_level(), EcLevel::M | EcLevel::Q | EcLevel::H));
}

#[test]
fn non_ascii_link_scans_as_browser_sends_it() {
    for (link, sent) in [
        ("https://пример.рф/join/A1B2C3D4", "https://xn--e1afmkfd.xn--p1ai/join/A1B2C3D4"),
        ("https://example.org/招待/A1B2C3D4", "https://example.org/%E6%8B%9B%E5%BE%85/A1B2C3D4"),
    ] {
        let code = Qr::for_paper(link).unwrap();
        assert_eq!(scanned(code.side(), |x, y| code.is_dark(x, y)), sent);
    }
}

#[test]
fn too_long_link_is_refused_and_not_repeated() {
    let secret = "s".repeat(3_000);
    let error = Qr::for_screen(&format!("https://example.org/{secret}")).err().unwrap();
    assert!(matches!(error, Error::Invalid(_)) && !error.to_string().contains(&secret));
}

#[test]
fn svg_file_has_escaped_title_and_no_script() {
    let file = Qr::for_paper(JOURNAL).unwrap().svg_file("Invite to <b>&\"'");
    assert!(file.contains("<title>Invite to &lt;b&gt;&amp;&quot;&#39;</title>"), "{file}");
    assert!(file.starts_with("<?xml") && file.ends_with("</svg>\n"));
    assert!(!file.contains("script") && !file.contains("href"));
}

#[test]
fn sample_code_has_qr_size_of_its_policy() {
    let policies = Policies::built_in().unwrap();
    let links = Links::below(Some("https://example.org")).unwrap();
    for (policy, code) in [("space", "A1B2C3D4"), ("tree", TREE.rsplit_once('/').unwrap().1), ("container", "23456789")]
    {
        let policy = policies.get(policy).unwrap();
        let of = |code: &Code| Qr::for_screen(&links.link(policy, code).unwrap()).unwrap().side();
        let sample = sample(&policy.code, "My Workspace");
        assert_eq!(sample.reveal().len(), code.len());
        assert_eq!(of(&sample), of(&Code::new(code)));
    }
    let director = policies.get("director").unwrap();
    assert_eq!(sample(&director.code, "John Smith").reveal().len(), "Joh-456".len());
}

proptest! {
    #[test]
    fn qr_size_depends_on_link_length_only(code in "[A-Za-z0-9_-]{1,60}") {
        let link = |code: &str| Qr::for_screen(&format!("https://example.org/join/{code}")).unwrap();
        let drawn = link(&code);
        prop_assert_eq!(drawn.side(), link(&"x".repeat(code.len())).side());
        prop_assert_eq!(scanned_blocks(&drawn.blocks(true), true), format!("https://example.org/join/{code}"));
    }
}
