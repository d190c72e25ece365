/*
 * scratch.h - folders that a bench makes, weighs and removes with everything in them.
 */
#ifndef FREEHOLD_BENCH_SCRATCH_H
#define FREEHOLD_BENCH_SCRATCH_H

#include <stdint.h>

enum { SCRATCH_PATH_BYTES = 1024 };

/* "FOLDER/NAME" into `path`, of SCRATCH_PATH_BYTES. */
void scratch_join(char *path, const char *folder, const char *name);

/* The folder is there and empty afterwards. */
void scratch_make(const char *folder);

/* The file or folder is not there afterwards. */
void scratch_remove(const char *path);

/*
 * A new folder in `folder`, of a name that nothing had, into `path` of SCRATCH_PATH_BYTES: a
 * bench removes only what it has made.
 */
void scratch_new(char *path, const char *folder);

/* What a file, or all files of a folder, take on the medium; 0 when there is none. */
uint64_t scratch_bytes(const char *path);

/* How long they are, holes included. */
uint64_t scratch_length(const char *path);

/* They are on the medium, and nothing of them is in memory afterwards. */
void scratch_cool(const char *path);

/* Private memory of this process, in bytes; what was freed is given back first. */
uint64_t scratch_memory(void);

/* Bytes that this process has given to write calls so far. */
uint64_t scratch_written(void);

/*
 * Touches and gives back this much memory: on a virtual machine the first touch of a page can
 * cost more than what is measured, and whoever runs first would pay it.
 */
void scratch_warm_memory(uint64_t megabytes);

#endif
