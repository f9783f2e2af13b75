/* Shared code of the C clients that redeem codes without the library: reads the
 * statements of one use from a file, binds their values, runs the threads.
 *
 * A statement ends with `;` at the end of a line. It may be preceded by
 *   -- keep COLUMN...   stores the values of the row under these names
 *   -- plain            sends the statement as text, not prepared
 * Values are named `:name`. Each use sets the values code, user, use_id,
 * operation and now. */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { MOST_STATEMENTS = 32, MOST_NAMES = 32, LONGEST_NAME = 32, LONGEST_VALUE = 256 };

struct statement {
    char *text;                             /* with the values named */
    int plain;                              /* not to be prepared */
    char names[MOST_NAMES][LONGEST_NAME];   /* the values, in order; one may come twice */
    int name_count;
    char kept[MOST_NAMES][LONGEST_NAME];    /* the columns to keep, from the first */
    int kept_count;
};

struct value {
    char name[LONGEST_NAME];
    char text[LONGEST_VALUE];
};

struct values {
    struct value list[MOST_NAMES];
    int count;
};

static struct statement statements[MOST_STATEMENTS];
static int statement_count;
static char (*codes)[LONGEST_VALUE];
static long code_count;
static long use_count;
static atomic_long next_use;
static pthread_barrier_t ready;

/* Connects, prepares the statements, and redeems codes until all uses are done. */
static void *work(void *argument);

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)length + 1);
    if (!text || fread(text, 1, (size_t)length, file) != (size_t)length) fail("%s cannot be read", path);
    fclose(file);
    return text;
}

static void find_names(struct statement *statement) {
    for (const char *at = statement->text; (at = strchr(at, ':')); ) {
        size_t length = strspn(++at, "abcdefghijklmnopqrstuvwxyz_");
        if (length == 0) continue;
        if (length >= LONGEST_NAME || statement->name_count == MOST_NAMES) fail("too many values");
        memcpy(statement->names[statement->name_count++], at, length);
    }
}

static void read_statements(const char *path) {
    struct statement *current = &statements[0];
    char *rest = read_file(path), *line;
    while ((line = strsep(&rest, "\n"))) {
        if (strncmp(line, "-- keep ", 8) == 0) {
            char *words = line + 8, *word;
            while ((word = strsep(&words, " ")))
                snprintf(current->kept[current->kept_count++], LONGEST_NAME, "%s", word);
        } else if (strcmp(line, "-- plain") == 0) {
            current->plain = 1;
        } else if (*line && strncmp(line, "--", 2) != 0) {
            size_t before = current->text ? strlen(current->text) : 0, length = strlen(line);
            current->text = realloc(current->text, before + length + 2);
            if (!current->text) fail("no memory");
            memcpy(current->text + before, line, length);
            memcpy(current->text + before + length, " ", 2);
            if (line[length - 1] != ';') continue;
            current->text[before + length - 1] = '\0';
            find_names(current);
            if (++statement_count == MOST_STATEMENTS) fail("too many statements");
            current = &statements[statement_count];
        }
    }
}

static void read_codes(const char *path) {
    char *rest = read_file(path), *line;
    for (const char *at = rest; *at; at++) code_count += *at == '\n';
    codes = calloc((size_t)code_count, sizeof *codes);
    for (long i = 0; i < code_count && (line = strsep(&rest, "\n")); i++) snprintf(codes[i], sizeof *codes, "%s", line);
}

static const char *value_of(const struct values *values, const char *name) {
    for (int i = 0; i < values->count; i++)
        if (strcmp(values->list[i].name, name) == 0) return values->list[i].text;
    fail("no value has the name %s", name);
}

__attribute__((format(printf, 3, 4))) static void set_value(struct values *values, const char *name,
                                                              const char *format, ...) {
    int i = 0;
    while (i < values->count && strcmp(values->list[i].name, name) != 0) i++;
    if (i == MOST_NAMES) fail("too many values");
    if (i == values->count) snprintf(values->list[values->count++].name, LONGEST_NAME, "%s", name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(values->list[i].text, LONGEST_VALUE, format, arguments);
    va_end(arguments);
}

/* Generates a UUIDv7: milliseconds, and random bits. */
static void set_id(struct values *values, const char *name, const struct timespec *now) {
    uint64_t chance[2];
    if (getrandom(chance, sizeof chance, 0) != sizeof chance) fail("no randomness");
    uint64_t millis = (uint64_t)now->tv_sec * 1000 + (uint64_t)now->tv_nsec / 1000000;
    set_value(values, name, "%08x-%04x-7%03x-8%03x-%012llx", (unsigned)(millis >> 16), (unsigned)(millis & 0xffff),
              (unsigned)(chance[0] & 0xfff), (unsigned)(chance[0] >> 12 & 0xfff),
              (unsigned long long)(chance[1] & 0xffffffffffffULL));
}

/* Sets the values of the next use; returns 0 if all uses are done. */
static int begin_use(struct values *values, int micros) {
    long number = atomic_fetch_add(&next_use, 1);
    if (number >= use_count) return 0;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    values->count = 0;
    set_value(values, "code", "%s", codes[number % code_count]);
    set_value(values, "user", "user-%08ld", number);
    set_id(values, "use_id", &now);
    set_id(values, "operation", &now);
    if (micros) {
        set_value(values, "now", "%lld", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    } else {
        struct tm parts;
        gmtime_r(&now.tv_sec, &parts);
        char text[32];
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
        set_value(values, "now", "%s.%06ld", text, now.tv_nsec / 1000);
    }
    return 1;
}

static void run_threads(long threads) {
    pthread_t *all = calloc((size_t)threads, sizeof *all);
    pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
    for (long i = 0; i < threads; i++)
        if (pthread_create(&all[i], NULL, work, NULL)) fail("no thread");
    pthread_barrier_wait(&ready);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < threads; i++) pthread_join(all[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("seconds = %.6f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
}
