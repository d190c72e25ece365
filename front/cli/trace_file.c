/*
 * trace_file.c - a recorded trace out of a file, gzip'd or not.
 *
 * zlib sees by the first bytes which it is. It tells a file that is cut short only behind the
 * last byte it could read, so a trace is complete when zlib says so, not when it looks so.
 */
#include "trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "failure.h"
#include "progress.h"

enum { BLOCK_BYTES = 1 << 16 };

struct trace_file {
    const char *name; /* borrowed */
    gzFile gz;
    uint64_t total_bytes; /* of a regular file, as it is stored; 0: not known */
    fh_trace *trace;
};

static enum outcome open_gz(const char *path, struct trace_file *file)
{
    struct stat stat_of_file;
    int descriptor = STDIN_FILENO;

    file->name = path;
    if (strcmp(path, "-") == 0) {
        file->name = "standard input";
        descriptor = dup(STDIN_FILENO);
    } else {
        descriptor = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (descriptor < 0) return failure_system(file->name, errno);
    if (fstat(descriptor, &stat_of_file) == 0 && S_ISREG(stat_of_file.st_mode))
        file->total_bytes = (uint64_t)stat_of_file.st_size;
    file->gz = gzdopen(descriptor, "rb");
    if (file->gz != NULL) return OUTCOME_DONE;
    (void)close(descriptor);
    return failure_memory(file->name);
}

/* What stopped zlib, if something did. */
static enum outcome check_gz(const struct trace_file *file)
{
    int error = Z_OK;
    const char *why = gzerror(file->gz, &error);

    switch (error) {
    case Z_OK:
    case Z_STREAM_END:
        return OUTCOME_DONE;
    case Z_ERRNO:
        return failure_system(file->name, errno);
    case Z_MEM_ERROR:
        return failure_memory(file->name);
    case Z_BUF_ERROR:
        return failure_wrong(file->name, "the compressed file is cut short (copy it again)");
    default:
        return failure_wrong(file->name, "damaged: %s (copy it again)", why);
    }
}

/* The trace's own fault: its note tells the line. */
static enum outcome refuse(const struct trace_file *file, fh_status status)
{
    if (status == FH_INVALID) return failure_wrong(file->name, "%s", fh_note());
    return failure_status(file->name, status);
}

static enum outcome read_all(struct trace_file *file, struct progress *progress)
{
    char *block = malloc(BLOCK_BYTES);
    enum outcome outcome = block != NULL ? OUTCOME_DONE : failure_memory(file->name);
    fh_status status = FH_OK;
    int count = 1;

    while (outcome == OUTCOME_DONE && count > 0) {
        count = gzread(file->gz, block, BLOCK_BYTES);
        if (count > 0) status = fh_trace_add(file->trace, block, (size_t)count);
        if (status != FH_OK)
            outcome = refuse(file, status);
        else if (count <= 0)
            outcome = check_gz(file);
        progress_step(progress, (uint64_t)gzoffset(file->gz), file->total_bytes);
    }
    free(block);
    if (outcome != OUTCOME_DONE) return outcome;
    status = fh_trace_end(file->trace);
    return status == FH_OK ? OUTCOME_DONE : refuse(file, status);
}

enum outcome trace_file_read(const char *path, fh_trace **ret_trace)
{
    struct trace_file file = {.gz = NULL};
    struct progress progress;
    enum outcome outcome;
    fh_status status;

    PASS(open_gz(path, &file));
    status = fh_trace_new(&file.trace);
    if (status == FH_OK) {
        progress_init(&progress, file.name);
        outcome = read_all(&file, &progress);
        progress_fini(&progress);
    } else {
        outcome = failure_status(file.name, status);
    }
    (void)gzclose_r(file.gz);
    if (outcome == OUTCOME_DONE)
        *ret_trace = file.trace;
    else
        fh_trace_delete(file.trace);
    return outcome;
}
