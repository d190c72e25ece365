/*
 * work.c - one row of the malloc bench, run and measured in a process of its own.
 *
 * usage: work ROW [EFFORT]     a line of numbers: see print_figures
 *        work --which          the file that malloc comes from
 *        work --list
 */
#define _GNU_SOURCE /* dladdr */
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "malloc/work.h"
#include "stop.h"

enum { PROC_BYTES = 4096, TABLE_COUNT = 3 };

static const struct row *const tables[TABLE_COUNT] = {small_rows, large_rows, threads_rows};

void *work_room(size_t size)
{
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (room == MAP_FAILED) stop("no room for %zu bytes", size);
    return room;
}

/* The number behind `label` in a file of /proc, in bytes; the file says it in KiB. */
static size_t proc_bytes(const char *path, const char *label)
{
    char text[PROC_BYTES] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
    const char *found = size > 0 ? strstr(text, label) : NULL;

    if (found == NULL) stop("%s does not tell %s", path, label);
    (void)close(file);
    return strtoul(found + strlen(label), NULL, 10) * KIB;
}

size_t work_resident_bytes(void)
{
    return proc_bytes("/proc/self/smaps_rollup", "\nRss:");
}

void *work_touched(void *block, size_t size)
{
    unsigned char *bytes = block;

    if (block == NULL) stop("no block of %zu bytes", size);
    bytes[0] = 1;
    bytes[size - 1] = 1;
    return block;
}

void work_touch_each(unsigned char *block, size_t size, size_t step)
{
    if (block == NULL) stop("no block of %zu bytes", size);
    for (size_t at = 0; at < size; at += step)
        ((volatile unsigned char *)block)[at] = 1;
}

size_t work_size_log(struct dice *dice, size_t low, size_t high)
{
    size_t doublings = 0;

    while (low << (doublings + 1) <= high)
        doublings++;
    low <<= dice_below(dice, doublings);
    return low + (size_t)dice_below(dice, low);
}

size_t work_size(struct dice *dice, size_t low, size_t high)
{
    return low + (size_t)dice_below(dice, high - low);
}

static uint64_t time_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_usec * 1000;
}

/* Of this process and of the children that it waited for. */
static uint64_t cpu_ns(void)
{
    struct rusage self;
    struct rusage children;

    if (getrusage(RUSAGE_SELF, &self) != 0 || getrusage(RUSAGE_CHILDREN, &children) != 0)
        stop("getrusage fails");
    return time_ns(self.ru_utime) + time_ns(self.ru_stime) + time_ns(children.ru_utime) +
           time_ns(children.ru_stime);
}

static uint64_t wall_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* wall ns, cpu ns, then bytes: peak, at the end, and the four of `told`. */
static void measure(const struct row *row, uint64_t effort)
{
    struct told told = {0};
    uint64_t wall = wall_ns();
    uint64_t cpu = cpu_ns();

    row->run(effort, &told);
    cpu = cpu_ns() - cpu;
    wall = wall_ns() - wall;
    printf("%" PRIu64 " %" PRIu64 " %zu %zu %zu %zu %zu %zu\n", wall, cpu,
           proc_bytes("/proc/self/status", "VmHWM:"), work_resident_bytes(), told.base_bytes,
           told.live_bytes, told.once_bytes, told.later_bytes);
}

static void print_which(void)
{
    void *(*function)(size_t) = malloc;
    Dl_info info;

    if (dladdr(*(void **)&function, &info) == 0) stop("malloc is in no file");
    (void)puts(info.dli_fname);
}

static const struct row *row_named(const char *name)
{
    for (size_t table = 0; table < TABLE_COUNT; table++)
        for (const struct row *row = tables[table]; row->name != NULL; row++)
            if (strcmp(row->name, name) == 0) return row;
    return NULL;
}

static void print_list(void)
{
    for (size_t table = 0; table < TABLE_COUNT; table++)
        for (const struct row *row = tables[table]; row->name != NULL; row++)
            printf("%-16s %s\n", row->name, row->words);
}

int main(int argument_count, char **arguments)
{
    const struct row *row = NULL;

    if (argument_count == 2 && strcmp(arguments[1], "--which") == 0) {
        print_which();
    } else if (argument_count == 2 && strcmp(arguments[1], "--list") == 0) {
        print_list();
    } else if ((argument_count == 2 || argument_count == 3) &&
               (row = row_named(arguments[1])) != NULL) {
        measure(row, argument_count == 3 ? strtoull(arguments[2], NULL, 10) : row->effort);
    } else {
        (void)fputs("usage: work ROW [EFFORT] | work --which | work --list\n", stderr);
        return EXIT_USAGE;
    }
    return EXIT_SUCCESS;
}
