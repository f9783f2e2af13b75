//! Pieces of SQL that the engines write differently.

use crate::place::Engine;

/// How many codes of eight of A-Z and 0-9 there are.
const CODES: u64 = 36_u64.pow(8);

/// Has no factor in common with the number of codes, so that a multiple of it
/// tells numbers apart, and is small enough for ten million times it.
const SCATTER: u64 = 618_033_988_751;

const LETTERS: &str = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'";

/// The id of the operation that laid the data.
pub const LAID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// The id of the operation that a reference statement records.
pub const REFERENCE: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

impl Engine {
    /// The numbers from 1, as a table whose column is `n`.
    pub fn numbers(self, last: u64) -> String {
        match self {
            Engine::Sqlite => format!("(SELECT value AS n FROM generate_series(1, {last}))"),
            Engine::Postgres => format!("generate_series(1, {last}::bigint) AS g(n)"),
            Engine::Mariadb => format!("(SELECT seq AS n FROM seq_1_to_{last}) AS g"),
        }
    }

    /// A whole number divided, without a rest.
    pub fn divided(self, what: &str, by: &str) -> String {
        let sign = if self == Engine::Mariadb { "DIV" } else { "/" };
        format!("({what} {sign} {by})")
    }

    /// A number with leading zeros.
    pub fn padded(self, number: &str, width: u8) -> String {
        match self {
            Engine::Sqlite => format!("printf('%0{width}d', {number})"),
            Engine::Postgres => format!("lpad(({number})::text, {width}, '0')"),
            Engine::Mariadb => format!("lpad({number}, {width}, '0')"),
        }
    }

    /// Now, and so many seconds more.
    pub fn at(self, seconds: &str) -> String {
        match self {
            Engine::Sqlite => format!("((CAST(strftime('%s', 'now') AS INTEGER) + ({seconds})) * 1000000)"),
            Engine::Postgres => format!("(now() + ({seconds}) * interval '1 second')"),
            Engine::Mariadb => format!("(utc_timestamp(6) + INTERVAL ({seconds}) SECOND)"),
        }
    }

    /// A different code for each number.
    pub fn code_of(self, number: &str) -> String {
        let scattered = format!("(({number}) * {SCATTER} % {CODES})");
        if self == Engine::Mariadb {
            return format!("lpad(conv({scattered}, 10, 36), 8, '0')");
        }
        let place = |power: u32| format!("substr({LETTERS}, (1 + {scattered} / {} % 36)::int, 1)", 36_u64.pow(power));
        let text = (0..8).map(place).collect::<Vec<_>>().join(" || ");
        if self == Engine::Sqlite { text.replace("::int", "") } else { text }
    }

    /// A code by chance; another one each time that it is written.
    pub fn random_code(self) -> String {
        let letter = match self {
            Engine::Sqlite => format!("substr({LETTERS}, 1 + abs(random() % 36), 1)"),
            Engine::Postgres => format!("substr({LETTERS}, 1 + floor(random() * 36)::int, 1)"),
            Engine::Mariadb => return "lpad(conv(hex(random_bytes(5)), 16, 36), 8, '0')".to_owned(),
        };
        vec![letter; 8].join(" || ")
    }

    /// An id in the order of a number, as UUIDv7 is in the order of time: a
    /// thousand a millisecond, and the rest by chance.
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

    /// A text that is an id.
    pub fn id(self, text: &str) -> String {
        if self == Engine::Postgres { format!("'{text}'::uuid") } else { format!("'{text}'") }
    }
}
