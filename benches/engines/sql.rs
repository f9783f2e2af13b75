//! SQL expressions that differ between engines.

use crate::testbed::Engine;

/// Number of codes of eight characters of A-Z and 0-9.
const CODES: u64 = 36_u64.pow(8);

/// A factor that maps numbers to codes: coprime to the number of codes, so that the codes
/// differ, and small enough that ten million times it does not overflow.
const SCATTER: u64 = 618_033_988_751;

const LETTERS: &str = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'";

/// ID of the operation that inserted the test data.
pub const SETUP_OPERATION: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// ID of the operation of a reference statement.
pub const REFERENCE_OPERATION: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

impl Engine {
    /// Returns a table of the numbers from 1, with the column `n`.
    pub fn numbers(self, last: u64) -> String {
        match self {
            Engine::Sqlite => format!("(SELECT value AS n FROM generate_series(1, {last}))"),
            Engine::Postgres => format!("generate_series(1, {last}::bigint) AS g(n)"),
            Engine::Mariadb => format!("(SELECT seq AS n FROM seq_1_to_{last}) AS g"),
        }
    }

    /// Returns an integer division.
    pub fn divided(self, what: &str, by: &str) -> String {
        let sign = if self == Engine::Mariadb { "DIV" } else { "/" };
        format!("({what} {sign} {by})")
    }

    /// Returns a number with leading zeros.
    pub fn padded(self, number: &str, width: u8) -> String {
        match self {
            Engine::Sqlite => format!("printf('%0{width}d', {number})"),
            Engine::Postgres => format!("lpad(({number})::text, {width}, '0')"),
            Engine::Mariadb => format!("lpad({number}, {width}, '0')"),
        }
    }

    /// Returns the current time plus a number of seconds.
    pub fn at(self, seconds: &str) -> String {
        match self {
            Engine::Sqlite => format!("((CAST(strftime('%s', 'now') AS INTEGER) + ({seconds})) * 1000000)"),
            Engine::Postgres => format!("(now() + ({seconds}) * interval '1 second')"),
            Engine::Mariadb => format!("(utc_timestamp(6) + INTERVAL ({seconds}) SECOND)"),
        }
    }

    /// Returns the code of a number; different numbers have different codes.
    pub fn code_of(self, number: &str) -> String {
        let scattered = format!("(({number}) * {SCATTER} % {CODES})");
        if self == Engine::Mariadb {
            return format!("lpad(conv({scattered}, 10, 36), 8, '0')");
        }
        let letter = |power: u32| format!("substr({LETTERS}, (1 + {scattered} / {} % 36)::int, 1)", 36_u64.pow(power));
        let text = (0..8).map(letter).collect::<Vec<_>>().join(" || ");
        if self == Engine::Sqlite { text.replace("::int", "") } else { text }
    }

    /// Returns a random code, a different one per evaluation.
    pub fn random_code(self) -> String {
        let letter = match self {
            Engine::Sqlite => format!("substr({LETTERS}, 1 + abs(random() % 36), 1)"),
            Engine::Postgres => format!("substr({LETTERS}, 1 + floor(random() * 36)::int, 1)"),
            Engine::Mariadb => return "lpad(conv(hex(random_bytes(5)), 16, 36), 8, '0')".to_owned(),
        };
        vec![letter; 8].join(" || ")
    }

    /// Returns a UUIDv7 that is ordered by a number: 1,000 IDs per millisecond, with random
    /// bits at the end.
    pub fn id_of(self, number: &str) -> String {
        let thousands = self.divided(number, "1000");
        match self {
            Engine::Sqlite => format!(
                "printf('0189%04x-%04x-7%03x-8%03x-%012x', {thousands} / 65536, {thousands} % 65536, {number} % 1000, \
                 random() & 4095, random() & 281474976710655)"
            ),
            Engine::Postgres => format!(
                "encode(int8send({base} + {thousands} * 65536 + 28672 + {number} % 1000) \
                 || set_byte(substr(uuid_send(gen_random_uuid()), 9), 0, 128), 'hex')::uuid",
                base = 0x0189_u64 << 48,
            ),
            Engine::Mariadb => format!(
                "lower(concat('0189', lpad(hex({thousands} DIV 65536), 4, '0'), '-', lpad(hex({thousands} % 65536), 4, '0'), \
                 '-7', lpad(hex({number} % 1000), 3, '0'), '-8', lpad(hex(floor(rand() * 4096)), 3, '0'), '-', \
                 lpad(hex(floor(rand() * 281474976710656)), 12, '0')))"
            ),
        }
    }

    /// Returns the literal of an ID.
    pub fn id(self, text: &str) -> String {
        if self == Engine::Postgres { format!("'{text}'::uuid") } else { format!("'{text}'") }
    }
}
