/*
 * temp_dir.h - a directory of its own for a test, gone afterwards.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_TEMP_DIR_H
#define FREEHOLD_TESTS_SUPPORT_TEMP_DIR_H

#include <stddef.h>

/* Makes a new directory under TMPDIR, else /tmp, and writes its path into `path`. */
void temp_dir_make(char *path, size_t path_bytes);

/* Removes the directory, its files and its empty directories. */
void temp_dir_remove(const char *path);

#endif
