/*
 * commits.c - durable commits of one item by several threads, beside a bare loop on the same disk.
 *
 * usage: commits [--rounds N] [--seconds N] [--dir FOLDER] [--json]
 * The bare loop overwrites 4 KiB of a file in order and syncs, which is the least that one small
 * durable commit could do. Loop and threads take turns; medians of the rounds are printed, and
 * what each does for each commit of one thread and each turn of the loop.
 */
#include <fcntl.h>
#include <freehold/kv.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "argument.h"
#include "scratch.h"
#include "stop.h"
#include "stopwatch.h"

#define NS_PER_SECOND UINT64_C(1000000000)

enum { KEY_BYTES = 16, VALUE_BYTES = 100, BLOCK_BYTES = 4096, BLOCKS = 1024, ROUNDS_MAX = 99 };

static const char usage[] = "usage: commits [--rounds N] [--seconds N] [--dir FOLDER] [--json]\n";

/* 0 threads: the bare loop. */
static const unsigned thread_counts[] = {0, 1, 2, 4, 8, 16};
enum { ROWS = sizeof(thread_counts) / sizeof(thread_counts[0]), THREADS_MAX = 16, ONE_THREAD = 1 };

struct options {
    unsigned rounds;
    unsigned seconds;
    const char *folder;
    bool is_json;
};

/* One round of one row. */
struct work {
    fh_db *db;
    uint64_t until_ns;
    _Atomic uint64_t next_key;
    _Atomic uint64_t commits;
};

static void must(fh_status status, const char *what)
{
    if (status != FH_OK) stop("%s: %s (%s)", what, fh_strerror(status), fh_note());
}

/* Keys in no order, each one new. */
static void commit_one(struct work *work)
{
    uint64_t number = atomic_fetch_add(&work->next_key, 1);
    uint64_t words[] = {number * UINT64_C(0x9e3779b97f4a7c15), number};
    unsigned char key[KEY_BYTES], value[VALUE_BYTES];
    fh_txn *txn;

    memcpy(key, words, sizeof(key));
    memset(value, (int)(number & 0xff), sizeof(value));
    must(fh_begin(work->db, FH_WRITE, &txn), "begin");
    must(fh_put(txn, NULL, (fh_bytes){key, sizeof(key)}, (fh_bytes){value, sizeof(value)}, 0),
         "put");
    must(fh_commit_as(txn, FH_DURABLE, NULL), "commit");
}

static void *commit_until(void *argument)
{
    struct work *work = argument;
    uint64_t count = 0;

    for (; stopwatch_now() < work->until_ns; count++)
        commit_one(work);
    atomic_fetch_add(&work->commits, count);
    return NULL;
}

static void run_threads(struct work *work, unsigned count)
{
    pthread_t threads[THREADS_MAX];

    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, commit_until, work) != 0) stop("no thread");
    for (unsigned i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
}

static int make_bare_file(const char *path)
{
    static const char block[BLOCK_BYTES] = {1};
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (file < 0) stop("%s: cannot be made", path);
    for (off_t i = 0; i < BLOCKS; i++)
        if (pwrite(file, block, BLOCK_BYTES, i * BLOCK_BYTES) != BLOCK_BYTES) stop("%s", path);
    if (fsync(file) != 0) stop("%s: cannot be synced", path);
    return file;
}

static uint64_t run_bare(int file, uint64_t until_ns)
{
    char block[BLOCK_BYTES] = {2};
    uint64_t count = 0;

    for (; stopwatch_now() < until_ns; count++) {
        off_t at = (off_t)(count % BLOCKS) * BLOCK_BYTES;

        memcpy(block, &count, sizeof(count));
        if (pwrite(file, block, BLOCK_BYTES, at) != BLOCK_BYTES || fdatasync(file) != 0)
            stop("the bare loop cannot write");
    }
    return count;
}

/* Of one row, in one round: how many a second. */
static double measure(struct work *work, int file, unsigned thread_count, unsigned seconds)
{
    uint64_t began_ns = stopwatch_now();

    work->until_ns = began_ns + seconds * NS_PER_SECOND;
    atomic_store(&work->commits, 0);
    if (thread_count == 0)
        atomic_store(&work->commits, run_bare(file, work->until_ns));
    else
        run_threads(work, thread_count);
    return (double)atomic_load(&work->commits) * (double)NS_PER_SECOND /
           (double)(stopwatch_now() - began_ns);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(const double *figures, unsigned count)
{
    double sorted[ROUNDS_MAX];

    memcpy(sorted, figures, count * sizeof(*figures));
    qsort(sorted, count, sizeof(*sorted), compare);
    return sorted[count / 2];
}

/* Medians of what the row does for each of another row's, round by round. */
static double ratio(double figures[ROWS][ROUNDS_MAX], unsigned row, unsigned base, unsigned rounds)
{
    double ratios[ROUNDS_MAX] = {0};

    for (unsigned i = 0; i < rounds; i++)
        ratios[i] = figures[row][i] / figures[base][i];
    return median(ratios, rounds);
}

static void print(const struct options *options, double figures[ROWS][ROUNDS_MAX])
{
    if (!options->is_json)
        printf("durable commits of an item of %d + %d bytes, medians of %u rounds of %u s\n"
               "threads     a second  / bare loop  / one thread\n",
               KEY_BYTES, VALUE_BYTES, options->rounds, options->seconds);
    for (unsigned row = 0; row < ROWS; row++) {
        double rate = median(figures[row], options->rounds);
        double to_bare = ratio(figures, row, 0, options->rounds);
        double to_one = ratio(figures, row, ONE_THREAD, options->rounds);

        if (options->is_json)
            printf("{\"threads\":%u,\"a_second\":%.0f,\"to_bare_loop\":%.3f,\"to_one\":%.3f}\n",
                   thread_counts[row], rate, to_bare, to_one);
        else if (thread_counts[row] == 0)
            printf("bare loop %10.0f\n", rate);
        else
            printf("%-9u %10.0f %12.2f %13.2f\n", thread_counts[row], rate, to_bare, to_one);
    }
}

static struct options read_options(int count, char **words)
{
    struct options options = {.rounds = 5, .seconds = 1, .folder = "."};

    for (int i = 1; i < count; i++) {
        const char *next = i + 1 < count ? words[i + 1] : "";

        if (strcmp(words[i], "--json") == 0) {
            options.is_json = true;
            continue;
        }
        if (strcmp(words[i], "--rounds") == 0)
            options.rounds = (unsigned)argument_number(usage, words[i], next, ROUNDS_MAX);
        else if (strcmp(words[i], "--seconds") == 0)
            options.seconds = (unsigned)argument_number(usage, words[i], next, 3600);
        else if (strcmp(words[i], "--dir") == 0 && *next != '\0')
            options.folder = next;
        else
            argument_refuse(usage, "not understood", words[i]);
        i++;
    }
    return options;
}

int main(int argument_count, char **arguments)
{
    struct options options = read_options(argument_count, arguments);
    fh_options how = {.size = sizeof(how), .flags = FH_OPEN_NEW};
    char folder[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES];
    static double figures[ROWS][ROUNDS_MAX];
    struct work work = {.db = NULL};
    int file;

    scratch_new(folder, options.folder);
    scratch_join(path, folder, "bare");
    file = make_bare_file(path);
    scratch_join(path, folder, "commits.fh");
    must(fh_open(path, &how, &work.db), path);
    for (unsigned round = 0; round < options.rounds; round++)
        for (unsigned row = 0; row < ROWS; row++)
            figures[row][round] = measure(&work, file, thread_counts[row], options.seconds);
    must(fh_close(work.db), "close");
    (void)close(file);
    scratch_remove(folder);
    print(&options, figures);
    return EXIT_SUCCESS;
}
