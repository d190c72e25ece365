/*
 * scratch.c - folders that a bench makes, weighs and removes with everything in them.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stop.h"

enum { OPEN_FOLDERS = 16, BLOCK_BYTES = 512, TOUCH_STEP = 4096 };

/* Of the walk that is going on: nftw passes nothing along. */
static uint64_t weighed_bytes;
static uint64_t weighed_length;

void scratch_join(char *path, const char *folder, const char *name)
{
    int size = snprintf(path, SCRATCH_PATH_BYTES, "%s/%s", folder, name);

    if (size < 0 || size >= SCRATCH_PATH_BYTES) stop("%s/%s: the path is too long", folder, name);
}

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
    (void)stat;
    (void)kind;
    (void)place;
    return remove(path);
}

static int weigh_entry(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
    (void)path;
    (void)place;
    if (kind != FTW_F) return 0;
    weighed_bytes += (uint64_t)stat->st_blocks * BLOCK_BYTES;
    weighed_length += (uint64_t)stat->st_size;
    return 0;
}

static int cool_entry(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
    int file = kind == FTW_F ? open(path, O_RDONLY) : -1;

    (void)stat;
    (void)place;
    if (file < 0) return 0;
    (void)fsync(file);
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    (void)close(file);
    return 0;
}

void scratch_remove(const char *path)
{
    if (nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        stop("%s: cannot be removed: %s", path, strerror(errno));
}

void scratch_make(const char *folder)
{
    scratch_remove(folder);
    if (mkdir(folder, 0755) != 0) stop("%s: cannot be made: %s", folder, strerror(errno));
}

void scratch_new(char *path, const char *folder)
{
    scratch_join(path, folder, "freehold-bench-XXXXXX");
    if (mkdtemp(path) == NULL) stop("%s: cannot be made: %s", path, strerror(errno));
}

static void weigh(const char *path)
{
    weighed_bytes = 0;
    weighed_length = 0;
    if (nftw(path, weigh_entry, OPEN_FOLDERS, FTW_PHYS) != 0 && errno != ENOENT)
        stop("%s: cannot be read: %s", path, strerror(errno));
}

uint64_t scratch_bytes(const char *path)
{
    weigh(path);
    return weighed_bytes;
}

uint64_t scratch_length(const char *path)
{
    weigh(path);
    return weighed_length;
}

void scratch_cool(const char *path)
{
    if (nftw(path, cool_entry, OPEN_FOLDERS, FTW_PHYS) != 0)
        stop("%s: cannot be read: %s", path, strerror(errno));
}

uint64_t scratch_memory(void)
{
    FILE *file = NULL;
    char line[128];
    unsigned long long kilobytes = 0;

#if defined(__GLIBC__)
    (void)malloc_trim(0);
#endif
    file = stop_or_open("/proc/self/status", "r");
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0) kilobytes = strtoull(line + 8, NULL, 10);
    (void)fclose(file);
    return (uint64_t)kilobytes << 10;
}

uint64_t scratch_written(void)
{
    static const char label[] = "wchar:";
    FILE *file = stop_or_open("/proc/self/io", "r");
    uint64_t byte_count = 0;
    char line[128];

    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, label, strlen(label)) == 0)
            byte_count = strtoull(line + strlen(label), NULL, 10);
    (void)fclose(file);
    return byte_count;
}

void scratch_warm_memory(uint64_t megabytes)
{
    size_t size = (size_t)megabytes << 20;
    char *memory = size > 0 ? malloc(size) : NULL;
    volatile char *touched = memory;

    if (memory == NULL) return;
    for (size_t at = 0; at < size; at += TOUCH_STEP)
        touched[at] = 1;
    free(memory);
}
