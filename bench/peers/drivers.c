/*
 * drivers.c - the engines of this build, and those whose library was not there.
 */
#include "drivers.h"

/* HAVE_... come from CMakeLists.txt: 1 where the library was found. */
const struct driver *const drivers_table[] = {&driver_lmdb,
                                              &driver_freehold,
#if HAVE_ROCKSDB
                                              &driver_rocksdb,
#endif
#if HAVE_LEVELDB
                                              &driver_leveldb,
#endif
#if HAVE_WIREDTIGER
                                              &driver_wiredtiger,
#endif
#if HAVE_SQLITE
                                              &driver_sqlite,
#endif
#if HAVE_BDB
                                              &driver_bdb,
#endif
#if HAVE_TKRZW
                                              &driver_tkrzw,
#endif
                                              NULL};

const char *const drivers_absent[] = {
#if !HAVE_ROCKSDB
    "rocksdb",
#endif
#if !HAVE_LEVELDB
    "leveldb",
#endif
#if !HAVE_WIREDTIGER
    "wiredtiger",
#endif
#if !HAVE_SQLITE
    "sqlite",
#endif
#if !HAVE_BDB
    "bdb",
#endif
#if !HAVE_TKRZW
    "tkrzw",
#endif
    NULL};

const struct driver *drivers_named(const char *name)
{
    if (strcmp(driver_freehold_lazy.name, name) == 0) return &driver_freehold_lazy;
    for (size_t i = 0; drivers_table[i] != NULL; i++)
        if (strcmp(drivers_table[i]->name, name) == 0) return drivers_table[i];
    return NULL;
}
