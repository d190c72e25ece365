/*
 * trace_file.h - a recorded trace out of a file, gzip'd or not.
 */
#ifndef FREEHOLD_CLI_TRACE_FILE_H
#define FREEHOLD_CLI_TRACE_FILE_H

#include "freehold/lab.h"

#include "outcome.h"

/* `path` may be "-": standard input. The caller owns *ret_trace. A file that is no trace, or
 * not whole, is bad input. */
enum outcome trace_file_read(const char *path, fh_trace **ret_trace);

#endif
