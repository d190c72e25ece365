/*
 * drivers.h - the engines of this build, and those whose library was not there.
 */
#ifndef FREEHOLD_BENCH_DRIVERS_H
#define FREEHOLD_BENCH_DRIVERS_H

#include "driver.h"

extern const struct driver driver_lmdb;
extern const struct driver driver_rocksdb;
extern const struct driver driver_leveldb;
extern const struct driver driver_wiredtiger;
extern const struct driver driver_sqlite;
extern const struct driver driver_bdb;
extern const struct driver driver_tkrzw;

/* All drivers of this build, LMDB first, ended by NULL. */
extern const struct driver *const drivers_table[];

/* The engines that are left out, by name, ended by NULL. */
extern const char *const drivers_absent[];

/* NULL: none of that name. */
const struct driver *drivers_named(const char *name);

#endif
