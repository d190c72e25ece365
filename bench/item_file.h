/*
 * item_file.h - items as the files that other programs load.
 */
#ifndef FREEHOLD_BENCH_ITEM_FILE_H
#define FREEHOLD_BENCH_ITEM_FILE_H

#include "items.h"

enum item_format {
    ITEM_FORMAT_MDB, /* what mdb_dump prints and mdb_load reads */
    ITEM_FORMAT_TSV  /* key TAB value, as freehold load reads it */
};

void item_file_write(const char *path, const struct items *items, enum item_format format);

#endif
