/*
 * load.c - `freehold load` against `mdb_load`: a million real-shaped items out of a file.
 *
 * Both commands are run as anybody runs them and end with everything on the medium. Then the
 * two loaded files are read by their libraries, all items in random order.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "drivers.h"
#include "item_file.h"
#include "real_items.h"
#include "scratch.h"
#include "stop.h"
#include "workload.h"

enum { SHUFFLE_SEED = 1, READ_SEED = 2, WORDS_MAX = 8, ENGINES = 2 };

static const char usage[] =
    "usage: load [--items N] [--rounds N] [--freehold COMMAND] [--unicode FILE] [--dir FOLDER]\n"
    "            [--json]\n";

enum maker { MAKER_MDB_LOAD, MAKER_FREEHOLD };

/* The files that are loaded, as `struct wishes` keeps their paths. */
enum input { INPUT_SORTED_MDB, INPUT_SORTED_TSV, INPUT_SHUFFLED_TSV, INPUTS };

struct row {
    const char *name;
    enum maker maker;
    enum input input;
};

/* The first is the base of all ratios. */
static const struct row rows[] = {
    {"mdb_load sorted mdb", MAKER_MDB_LOAD, INPUT_SORTED_MDB},
    {"freehold sorted mdb", MAKER_FREEHOLD, INPUT_SORTED_MDB},
    {"freehold sorted tsv", MAKER_FREEHOLD, INPUT_SORTED_TSV},
    {"freehold shuffled tsv", MAKER_FREEHOLD, INPUT_SHUFFLED_TSV},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* The engines whose files are read afterwards, and the rows that made these files. */
static const struct driver *const engines[ENGINES] = {&driver_lmdb, &driver_freehold};
static const unsigned engine_row[ENGINES] = {0, 1};

struct bench {
    /* The caller's wishes. */
    size_t item_count;
    unsigned round_count;
    const char *command;
    const char *table_path;
    const char *folder;
    bool is_json;

    struct items made;    /* owns what the course's items point to */
    struct course course; /* `reads` alone */
    char input[INPUTS][SCRATCH_PATH_BYTES];
    char database[ROWS][SCRATCH_PATH_BYTES];
    struct sample loads[ROWS][ROUNDS_MAX];
    struct sample reads[ENGINES][ROUNDS_MAX];
};

static void prepare(struct bench *bench)
{
    struct items *made = &bench->made;
    struct items sorted;
    struct items shuffled;

    for (unsigned row = 0; row < ROWS; row++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "load-%u.db", row);
        scratch_join(bench->database[row], bench->folder, name);
    }
    scratch_join(bench->input[INPUT_SORTED_MDB], bench->folder, "sorted.mdb");
    scratch_join(bench->input[INPUT_SORTED_TSV], bench->folder, "sorted.tsv");
    scratch_join(bench->input[INPUT_SHUFFLED_TSV], bench->folder, "shuffled.tsv");
    real_items_make(made, bench->table_path, bench->item_count);
    items_sorted(&sorted, made);
    items_shuffled(&shuffled, made, SHUFFLE_SEED);
    item_file_write(bench->input[INPUT_SORTED_MDB], &sorted, ITEM_FORMAT_MDB);
    item_file_write(bench->input[INPUT_SORTED_TSV], &sorted, ITEM_FORMAT_TSV);
    item_file_write(bench->input[INPUT_SHUFFLED_TSV], &shuffled, ITEM_FORMAT_TSV);
    items_shuffled(&bench->course.reads, made, READ_SEED);
    items_fini(&shuffled);
    items_fini(&sorted);
}

static void remove_database(const struct bench *bench, unsigned row)
{
    char lock[SCRATCH_PATH_BYTES];

    if (snprintf(lock, sizeof(lock), "%s-lock", bench->database[row]) >= (int)sizeof(lock))
        stop("%s: the path is too long", bench->database[row]);
    scratch_remove(bench->database[row]);
    scratch_remove(lock);
}

/* One command, timed; making an empty Freehold database before it is not. */
static struct sample load(const struct bench *bench, unsigned row)
{
    const char *database = bench->database[row];
    const char *input = bench->input[rows[row].input];
    const char *with_lmdb[WORDS_MAX] = {"mdb_load", "-n", "-f", input, database, NULL};
    const char *init[WORDS_MAX] = {bench->command, "init", database, NULL};
    const char *with_freehold[WORDS_MAX] = {bench->command, "load", database, input, NULL};
    struct sample sample;

    remove_database(bench, row);
    if (rows[row].maker == MAKER_FREEHOLD) command_run(init);
    sample = command_run(rows[row].maker == MAKER_FREEHOLD ? with_freehold : with_lmdb);
    sample.op_count = bench->item_count;
    sample.file_bytes = scratch_bytes(database);
    return sample;
}

static struct sample read_file(const struct bench *bench, unsigned engine)
{
    const struct driver *driver = engines[engine];
    void *database = driver->open(bench->database[engine_row[engine]], DURABILITY_SYNC);
    struct sample sample =
        workload_measure(workload_named("read-rand"), driver, database, &bench->course, 1, 1);

    driver->close(database);
    return sample;
}

static void run(struct bench *bench)
{
    for (unsigned round = 0; round < bench->round_count; round++)
        for (unsigned turn = 0; turn < ROWS; turn++) {
            unsigned row = (round + turn) % ROWS;

            bench->loads[row][round] = load(bench, row);
        }
    for (unsigned round = 0; round < bench->round_count; round++)
        for (unsigned turn = 0; turn < ENGINES; turn++) {
            unsigned engine = (round + turn) % ENGINES;

            bench->reads[engine][round] = read_file(bench, engine);
        }
}

static void print_table(const struct bench *bench)
{
    unsigned count = bench->round_count;

    printf("load: %zu real-shaped items from a file, by the commands, everything synced; %u "
           "rounds\n",
           bench->item_count, count);
    printf("%-22s %8s %8s %10s %10s %8s %8s\n", "row", "wall s", "cpu s", "speed x", "by cpu x",
           "file MB", "file x");
    for (unsigned row = 0; row < ROWS; row++) {
        const struct sample *rounds = bench->loads[row];
        double items = (double)bench->item_count;

        printf("%-22s %8.2f %8.2f %10.2f %10.2f %8.1f %8.3f\n", rows[row].name,
               figures_median(rounds, count, figures_wall) * items / 1e9,
               figures_median(rounds, count, figures_cpu) * items / 1e9,
               1 / figures_ratio(rounds, bench->loads[0], count, figures_wall).median,
               1 / figures_ratio(rounds, bench->loads[0], count, figures_cpu).median,
               figures_median(rounds, count, figures_bytes) / 1e6,
               figures_ratio(rounds, bench->loads[0], count, figures_bytes).median);
    }
    puts(
        "speed x = times as fast as the first row; file x = its file as a multiple of the first\n");
    puts("the loaded files: gets of all items in random order, one transaction");
    for (unsigned engine = 0; engine < ENGINES; engine++) {
        struct spread ratio =
            figures_ratio(bench->reads[engine], bench->reads[0], count, figures_cpu);

        printf("%-22s cpu us %6.3f   cpu x %.2f  (%.2f - %.2f)   wall x %.2f\n",
               engines[engine]->name,
               figures_median(bench->reads[engine], count, figures_cpu) / 1e3, ratio.median,
               ratio.low, ratio.high,
               figures_ratio(bench->reads[engine], bench->reads[0], count, figures_wall).median);
    }
}

static void print_object(const char *row, const char *engine, const struct sample *rounds,
                         const struct sample *base, unsigned count)
{
    printf("{\"bench\":\"load\",\"row\":\"%s\",\"engine\":\"%s\",\"item_count\":%" PRIu64
           ",\"cpu_ns\":%.1f,\"wall_ns\":%.1f,\"file_bytes\":%.0f,\"cpu_ratio\":%.3f"
           ",\"wall_ratio\":%.3f,\"file_ratio\":%.3f}\n",
           row, engine, rounds[0].op_count, figures_median(rounds, count, figures_cpu),
           figures_median(rounds, count, figures_wall),
           figures_median(rounds, count, figures_bytes),
           figures_ratio(rounds, base, count, figures_cpu).median,
           figures_ratio(rounds, base, count, figures_wall).median,
           figures_ratio(rounds, base, count, figures_bytes).median);
}

static void print_json(const struct bench *bench)
{
    for (unsigned row = 0; row < ROWS; row++)
        print_object(rows[row].name, rows[row].maker == MAKER_FREEHOLD ? "freehold" : "lmdb",
                     bench->loads[row], bench->loads[0], bench->round_count);
    for (unsigned engine = 0; engine < ENGINES; engine++)
        print_object("read-rand", engines[engine]->name, bench->reads[engine], bench->reads[0],
                     bench->round_count);
}

static _Noreturn void refuse(const char *option)
{
    (void)fprintf(stderr, "bench: %s: not understood\n%s", option, usage);
    exit(EXIT_USAGE);
}

static void take_value(struct bench *bench, const char *option, const char *word)
{
    if (strcmp(option, "--items") == 0)
        bench->item_count = (size_t)strtoull(word, NULL, 10);
    else if (strcmp(option, "--rounds") == 0)
        bench->round_count = (unsigned)strtoul(word, NULL, 10);
    else if (strcmp(option, "--freehold") == 0)
        bench->command = word;
    else if (strcmp(option, "--unicode") == 0)
        bench->table_path = word;
    else if (strcmp(option, "--dir") == 0)
        bench->folder = word;
    else
        refuse(option);
    if (bench->item_count == 0 || bench->round_count == 0 || bench->round_count > ROUNDS_MAX)
        refuse(word);
}

static void read_arguments(struct bench *bench, int argument_count, char **arguments)
{
    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            bench->is_json = true;
            continue;
        }
        if (i + 1 == argument_count) refuse(arguments[i]);
        take_value(bench, arguments[i], arguments[i + 1]);
        i++;
    }
}

int main(int argument_count, char **arguments)
{
    struct bench *bench = stop_or_memory(sizeof(*bench));
    char place[SCRATCH_PATH_BYTES];

    memset(bench, 0, sizeof(*bench));
    bench->item_count = 1000000;
    bench->round_count = 5;
    bench->command = "freehold";
    bench->table_path = REAL_ITEMS_TABLE;
    bench->folder = ".";
    read_arguments(bench, argument_count, arguments);
    scratch_new(place, bench->folder);
    bench->folder = place;
    prepare(bench);
    run(bench);
    scratch_remove(place);
    if (bench->is_json)
        print_json(bench);
    else
        print_table(bench);
    items_fini(&bench->course.reads);
    items_fini(&bench->made);
    free(bench);
    return EXIT_SUCCESS;
}
