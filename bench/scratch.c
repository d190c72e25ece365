/*
 * scratch.c - folders that a bench makes, weighs and removes with everything in them.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include "scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "stop.h"

enum { OPEN_FOLDERS = 16, BLOCK_BYTES = 512, TOUCH_STEP = 4096 };

static uint64_t weighed_bytes; /* of the walk that is going on: nftw passes nothing along */

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
    if (kind == FTW_F) weighed_bytes += (uint64_t)stat->st_blocks * BLOCK_BYTES;
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

uint64_t scratch_bytes(const char *path)
{
    weighed_bytes = 0;
    if (nftw(path, weigh_entry, OPEN_FOLDERS, FTW_PHYS) != 0 && errno != ENOENT)
        stop("%s: cannot be read: %s", path, strerror(errno));
    return weighed_bytes;
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
