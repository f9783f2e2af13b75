/* Redeems codes in a SQLite file: use-sqlite STATEMENTS CODES USES THREADS FILE */
#include <sqlite3.h>

#include "use.h"

static const char *file;

static void run(sqlite3 *database, sqlite3_stmt *prepared, const struct statement *statement, struct values *values) {
    for (int i = 1; i <= sqlite3_bind_parameter_count(prepared); i++)
        sqlite3_bind_text(prepared, i, value_of(values, sqlite3_bind_parameter_name(prepared, i) + 1), -1,
                          SQLITE_TRANSIENT);
    int result;
    while ((result = sqlite3_step(prepared)) == SQLITE_ROW)
        for (int i = 0; i < statement->kept_count; i++)
            set_value(values, statement->kept[i], "%s", (const char *)sqlite3_column_text(prepared, i));
    if (result != SQLITE_DONE) fail("%s\n%s", sqlite3_errmsg(database), statement->text);
    sqlite3_reset(prepared);
}

static void *work(void *argument) {
    (void)argument;
    sqlite3 *database;
    if (sqlite3_open(file, &database) != SQLITE_OK) fail("%s cannot be opened", file);
    sqlite3_busy_timeout(database, 15000);
    const char *settings = "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA foreign_keys = ON;";
    if (sqlite3_exec(database, settings, NULL, NULL, NULL) != SQLITE_OK) fail("%s", sqlite3_errmsg(database));
    sqlite3_stmt *prepared[MOST_STATEMENTS];
    for (int i = 0; i < statement_count; i++)
        if (sqlite3_prepare_v2(database, statements[i].text, -1, &prepared[i], NULL) != SQLITE_OK)
            fail("%s\n%s", sqlite3_errmsg(database), statements[i].text);
    pthread_barrier_wait(&ready);
    struct values values;
    while (begin_use(&values, 1))
        for (int i = 0; i < statement_count; i++) run(database, prepared[i], &statements[i], &values);
    for (int i = 0; i < statement_count; i++) sqlite3_finalize(prepared[i]);
    sqlite3_close(database);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 6) fail("use-sqlite STATEMENTS CODES USES THREADS FILE");
    read_statements(arguments[1]);
    read_codes(arguments[2]);
    use_count = atol(arguments[3]);
    file = arguments[5];
    run_threads(atol(arguments[4]));
    return 0;
}
