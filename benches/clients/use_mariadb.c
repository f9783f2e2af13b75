/* Redeems codes on a MariaDB server with prepared statements:
 * use-mariadb STATEMENTS CODES USES THREADS PORT USER PASSWORD DATABASE */
#include <mysql.h>

#include "use.h"

static unsigned port;
static const char *user, *password, *database;

static void run_plain(MYSQL *connection, const struct statement *statement) {
    if (mysql_query(connection, statement->text)) fail("%s\n%s", mysql_error(connection), statement->text);
    int more;
    do {
        MYSQL_RES *result = mysql_store_result(connection);
        if (result) mysql_free_result(result);
        more = mysql_next_result(connection);
        if (more > 0) fail("%s\n%s", mysql_error(connection), statement->text);
    } while (more == 0);
}

static void run(MYSQL_STMT *prepared, const struct statement *statement, struct values *values) {
    MYSQL_BIND given[MOST_NAMES] = {0}, row[MOST_NAMES] = {0};
    for (int i = 0; i < statement->name_count; i++) {
        given[i].buffer_type = MYSQL_TYPE_STRING;
        given[i].buffer = (void *)value_of(values, statement->names[i]);
        given[i].buffer_length = strlen(given[i].buffer);
    }
    char texts[MOST_NAMES][LONGEST_VALUE];
    unsigned long lengths[MOST_NAMES];
    int columns = (int)mysql_stmt_field_count(prepared);
    if (columns > MOST_NAMES) fail("too many columns");
    for (int i = 0; i < columns; i++) {
        row[i].buffer_type = MYSQL_TYPE_STRING;
        row[i].buffer = texts[i];
        row[i].buffer_length = LONGEST_VALUE;
        row[i].length = &lengths[i];
    }
    if ((statement->name_count && mysql_stmt_bind_param(prepared, given)) || mysql_stmt_execute(prepared) ||
        (columns && mysql_stmt_bind_result(prepared, row)))
        fail("%s\n%s", mysql_stmt_error(prepared), statement->text);
    while (columns) {
        int result = mysql_stmt_fetch(prepared);
        if (result == MYSQL_NO_DATA) break;
        if (result == 1) fail("%s\n%s", mysql_stmt_error(prepared), statement->text);
        for (int i = 0; i < statement->kept_count; i++)
            set_value(values, statement->kept[i], "%.*s", (int)lengths[i], texts[i]);
    }
    mysql_stmt_free_result(prepared);
}

/* Replaces named values by question marks. */
static MYSQL_STMT *prepare(MYSQL *connection, const struct statement *statement) {
    char *text = strdup(statement->text), *to = text;
    for (const char *from = statement->text; *from; from++) {
        size_t length = *from == ':' ? strspn(from + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
        *to++ = length ? '?' : *from;
        from += length;
    }
    MYSQL_STMT *prepared = mysql_stmt_init(connection);
    if (mysql_stmt_prepare(prepared, text, (unsigned long)(to - text))) fail("%s\n%s", mysql_stmt_error(prepared), text);
    free(text);
    return prepared;
}

static MYSQL *connect_to_server(void) {
    MYSQL *connection = mysql_init(NULL);
    unsigned protocol = MYSQL_PROTOCOL_TCP;
    my_bool no = 0;
    mysql_options(connection, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(connection, MYSQL_OPT_SSL_ENFORCE, &no);
    mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(connection, "127.0.0.1", user, password, database, port, NULL, CLIENT_MULTI_STATEMENTS |
                            CLIENT_FOUND_ROWS))
        fail("%s", mysql_error(connection));
    struct statement settings = {
        .text = "SET autocommit = 1, time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'; "
                "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    };
    run_plain(connection, &settings);
    return connection;
}

static void *work(void *argument) {
    (void)argument;
    MYSQL *connection = connect_to_server();
    MYSQL_STMT *prepared[MOST_STATEMENTS] = {0};
    for (int i = 0; i < statement_count; i++)
        if (!statements[i].plain) prepared[i] = prepare(connection, &statements[i]);
    pthread_barrier_wait(&ready);
    struct values values;
    while (begin_use(&values, 0))
        for (int i = 0; i < statement_count; i++) {
            if (statements[i].plain) run_plain(connection, &statements[i]);
            else run(prepared[i], &statements[i], &values);
        }
    mysql_close(connection);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 9) fail("use-mariadb STATEMENTS CODES USES THREADS PORT USER PASSWORD DATABASE");
    read_statements(arguments[1]);
    read_codes(arguments[2]);
    use_count = atol(arguments[3]);
    port = (unsigned)atol(arguments[5]);
    user = arguments[6], password = arguments[7], database = arguments[8];
    mysql_library_init(0, NULL, NULL);
    run_threads(atol(arguments[4]));
    return 0;
}
