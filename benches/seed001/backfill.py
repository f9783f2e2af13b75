"""Creates a code for every space, one space at a time, as seed 001 describes:
backfill.py ENGINE DATABASE

Scans all spaces. For each space without a code, it creates one with `secrets`,
checks that no invite has it, and inserts it. It commits every 1,000 codes.
ENGINE is `sqlite` with a file, or `postgres` or `mariadb` with a URL.
"""

import secrets
import string
import sys
import time
import uuid
from datetime import datetime, timezone
from urllib.parse import unquote, urlsplit

LETTERS = string.ascii_uppercase + string.digits
COMMIT_EACH = 1000

SCAN = "SELECT id FROM invite_spaces WHERE policy = 'space' ORDER BY id"
FIND = "SELECT 1 FROM invites WHERE slot = ?"
IS_TAKEN = "SELECT 1 FROM invites WHERE code_key = ?"
INSERT = (
    "INSERT INTO invites (id, space_id, role, code, code_key, created_at, slot, created_op)"
    " VALUES (?, ?, 'member', ?, ?, ?, ?, ?)"
)


def connect(engine, database):
    """Returns the connection, the parameter placeholder, and a clock."""
    if engine == "sqlite":
        import sqlite3

        connection = sqlite3.connect(database)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection, "?", lambda: time.time_ns() // 1000
    url = urlsplit(database)
    account = {"host": url.hostname, "port": url.port, "user": url.username, "password": unquote(url.password)}
    if engine == "postgres":
        import psycopg2

        connection = psycopg2.connect(dbname=url.path[1:], sslmode="disable", **account)
        return connection, "%s", lambda: datetime.now(timezone.utc)
    import pymysql

    connection = pymysql.connect(database=url.path[1:], charset="utf8mb4", **account)
    return connection, "%s", lambda: datetime.now(timezone.utc).replace(tzinfo=None)


def time_ordered_id():
    """Returns a UUIDv7: milliseconds, then random bits."""
    random_bits = secrets.randbits(74)
    value = (time.time_ns() // 1_000_000) << 80 | 7 << 76 | (random_bits >> 62) << 64 | 2 << 62 | random_bits & (2**62 - 1)
    return str(uuid.UUID(int=value))


def main(engine, database):
    connection, mark, now = connect(engine, database)
    find, is_taken, insert = (text.replace("?", mark) for text in (FIND, IS_TAKEN, INSERT))
    cursor = connection.cursor()
    cursor.execute(SCAN)
    spaces = [row[0] for row in cursor.fetchall()]
    operation = time_ordered_id()
    added = 0
    for space in spaces:
        slot = f"standing:{space}"
        cursor.execute(find, (slot,))
        if cursor.fetchone():
            continue
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(8))
            cursor.execute(is_taken, (code,))
            if not cursor.fetchone():
                break
        cursor.execute(insert, (time_ordered_id(), space, code, code, now(), slot, operation))
        added += 1
        if added % COMMIT_EACH == 0:
            connection.commit()
    connection.commit()
    print(f"processed {len(spaces)}, updated {added}")


if __name__ == "__main__":
    main(*sys.argv[1:])
