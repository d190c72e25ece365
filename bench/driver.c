/*
 * driver.c - the engines of this build.
 */
#include "driver.h"

#include <string.h>

const struct driver *const driver_table[] = {&driver_lmdb, &driver_freehold, NULL};

const struct driver *driver_named(const char *name)
{
    for (size_t i = 0; driver_table[i] != NULL; i++)
        if (strcmp(driver_table[i]->name, name) == 0) return driver_table[i];
    return NULL;
}
