//! Commands of each screen in `docs/screens`, at 80 and at 200 columns.

use std::path::Path;

use anstyle_svg::Term;

use crate::Check;
use crate::still::NOW;
use crate::terminal::Terminal;

/// A screen: the hidden preparation and the shown commands.
struct Scene {
    name: &'static str,
    before: &'static str,
    shown: &'static str,
    lines: u16,
    columns: &'static [u16],
}

/// Spaces of all policies, with a code in each status.
const BUSY: &str = "\
cp $SAMPLES/spaces.csv .
invite backfill --import spaces.csv -q
at 2027-03-01T09:00:00Z invite generate --space 1 --max-uses 10 --expires-in 24h --note 'Course of March' -q
at 2027-03-01T09:00:00Z invite generate --space 1 --max-uses 2 --expires-in 30d -o code > two
at 2027-03-01T09:00:00Z invite generate --space sarah -q
at 2027-03-01T09:00:00Z invite generate --space smith-tree --email ann@example.org --no-send -q
invite use $(cat two) --user u1 -q
invite revoke $(invite list --space abc123 -o code) -q
";

const BOTH: &[u16] = &[80, 200];

const SCENES: &[Scene] = &[
    Scene {
        name: "first-steps",
        before: "cp $SAMPLES/spaces.csv .\ninvite migrate -q\n",
        shown: "\
invite backfill --import spaces.csv --dry-run
invite backfill --import spaces.csv
invite list
invite validate $(invite list --space def456 -o code)
",
        lines: 50,
        columns: BOTH,
    },
    Scene {
        name: "list",
        before: BUSY,
        shown: "invite list\ninvite list --fields code,space_id,expires_at --status active\n",
        lines: 30,
        columns: BOTH,
    },
    Scene { name: "wide", before: BUSY, shown: "invite list -o wide --status active\n", lines: 30, columns: &[200] },
    Scene { name: "show", before: BUSY, shown: "invite show $(cat two)\n", lines: 40, columns: BOTH },
    Scene {
        name: "refusals",
        before: BUSY,
        shown: "\
invite use $(cat two) --user u1
invite use $(invite list --status revoked -o code) --user u2
invite generate --space jhon
invite list --fields code,stauts
",
        lines: 40,
        columns: BOTH,
    },
    Scene { name: "stats", before: BUSY, shown: "invite stats\n", lines: 64, columns: BOTH },
    Scene {
        name: "qr",
        before: BUSY,
        shown: "INVITE_BASE_URL=https://example.org invite show $(cat two) --qr\n",
        lines: 60,
        columns: &[80],
    },
    Scene { name: "help", before: "", shown: "invite -h\n", lines: 70, columns: BOTH },
];

pub fn all() -> Vec<Check> {
    let scenes = SCENES.iter().flat_map(|scene| scene.columns.iter().map(move |columns| (scene, *columns)));
    let check = |(scene, columns): (&'static Scene, u16)| -> Check {
        (format!("{}-{columns}", scene.name), Box::new(move || check(scene, columns)))
    };
    scenes.map(check).collect()
}

fn check(scene: &Scene, columns: u16) -> Result<(), String> {
    let this = std::env::current_exe().unwrap();
    let terminal = Terminal::new(columns, scene.lines, &this);
    let seen = terminal.plays(&script(scene));
    let text = seen.trim_end_matches('\n').to_owned() + "\n";
    let picture = Term::new().render_svg(&text);
    let name = format!("{}-{columns}.svg", scene.name);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screens").join(&name);
    if std::fs::read_to_string(&file).is_ok_and(|kept| kept == picture) {
        return Ok(());
    }
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::write(&file, picture).unwrap();
        return Ok(());
    }
    Err(format!(
        "docs/screens/{name} shows something else than this: UPDATE_SCREENS=1 cargo test --test screens\n{text}"
    ))
}

/// Returns a script that prints each command as typed, and then its output.
fn script(scene: &Scene) -> String {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut script = format!(
        "cd; export {NOW}=2027-03-02T08:00:00Z SAMPLES={}\nat() {{ local now=$1; shift; {NOW}=$now \"$@\"; }}\n\
         {{ :\n{}}} > /dev/null 2>&1\n",
        samples.display(),
        scene.before
    );
    for command in scene.shown.lines() {
        // Print the command as typed; the codes in it are already known.
        script.push_str(&format!("printf '\\e[1;32m$\\e[0m %s\\n' \"{command}\"\n{command}\necho\n"));
    }
    script
}
