/*
 * survive.h - what fuzz targets do with a file of any bytes.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_SURVIVE_H
#define FREEHOLD_TESTS_SUPPORT_SURVIVE_H

#include "crash/sim_os.h"

#define SURVIVE_PATH "fuzz.fh"

/*
 * Opens the file, reads, checks, describes, changes, closes and opens it again. Any status is
 * fine. Aborts when a commit that was acknowledged is not there afterwards, if it `must_keep`
 * commits, or when somebody has stored through a map.
 */
void survive_open(struct sim *sim, unsigned flags, bool must_keep);

#endif
