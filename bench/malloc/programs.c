/*
 * programs.c - real programs as rows of the malloc bench.
 */
#include "malloc/programs.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 256 };

const struct program programs_table[] = {
    {"gcc", "gcc -O1 -S of a generated file", "gcc",
     "awk -v function_count=120 -f \"$PROGRAMS/large_source.awk\" >\"$SCRATCH/large.c\"",
     "exec gcc -O1 -S -o /dev/null \"$SCRATCH/large.c\"", NULL},
    {"python", "words, json, patterns; PYTHONMALLOC=malloc", "/usr/bin/python3", NULL,
     "PYTHONMALLOC=malloc PYTHONHASHSEED=0 exec /usr/bin/python3 \"$PROGRAMS/work.py\"", NULL},
    {"lua", "strings, tables, closures", "lua5.4", NULL, "exec lua5.4 \"$PROGRAMS/work.lua\" 3",
     NULL},
    {"perl", "words, records, patterns", "perl", NULL, "exec perl \"$PROGRAMS/work.pl\" 2", NULL},
    {"sqlite", "tables, indexes, joins in memory", "sqlite3", NULL,
     "exec sqlite3 :memory: \".read $PROGRAMS/work.sql\"", NULL},
    {"git", "repack of a small repository", "git",
     "sh \"$PROGRAMS/repository.sh\" \"$SCRATCH/repository\" 40 >/dev/null 2>&1",
     "exec git -C \"$SCRATCH/repository\" -c pack.threads=1 repack -a -d -f -q --depth=50 "
     "--window=50",
     NULL},
    {"redis", "the server's time under redis-benchmark", "redis-server", NULL,
     "cd \"$SCRATCH\" && exec redis-server --port 0 --unixsocket socket --save '' --appendonly no"
     " --daemonize no --loglevel warning",
     "sh \"$PROGRAMS/redis_load.sh\" \"$SCRATCH/socket\""},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

bool programs_is_here(const struct program *program)
{
    char line[LINE_BYTES];

    (void)snprintf(line, sizeof(line), "command -v %s >/dev/null 2>&1", program->command);
    if (system(line) == 0) return true; /* NOLINT(cert-env33-c): a fixed line of our own */
    (void)fprintf(stderr, "bench: no %s here: no row for it\n", program->command);
    return false;
}

const struct program *programs_named(const char *name)
{
    for (const struct program *program = programs_table; program->name != NULL; program++)
        if (strcmp(program->name, name) == 0) return program;
    return NULL;
}
