/*
 * free_list.c - a file of pages whose free pages are their own list: a stack that survives the
 * process, costs no page of its own, and cannot be followed anywhere once it is damaged.
 *
 * Page 0 holds the head and is never free. The file is mapped twice, at two addresses.
 */
#include <freehold/space.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, PAGES = 64 };

static void must(fh_status status)
{
    if (status == FH_OK) return;
    fprintf(stderr, "free_list: %s: %s\n", fh_status_name(status), fh_note());
    exit(EXIT_FAILURE);
}

static unsigned char *map(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT, 0666);
    void *pages = MAP_FAILED;

    if (file >= 0 && ftruncate(file, (off_t)PAGES * PAGE_BYTES) == 0)
        pages = mmap(NULL, (size_t)PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file >= 0) (void)close(file); /* the mapping keeps it */
    if (pages != MAP_FAILED) return pages;
    perror(path);
    exit(EXIT_FAILURE);
}

static fh_space_options options_of(unsigned char *pages)
{
    return (fh_space_options){
        .size = sizeof(fh_space_options),
        .policy = "lifo",
        .memory = pages,
        .unit_bytes = PAGE_BYTES,
        .head = pages,
    };
}

static uint64_t take(fh_space *space)
{
    fh_unit_run run;

    must(fh_space_take(space, 1, NULL, &run));
    return run.first;
}

/* Pages 1 to 63 are free, then 20, 10 and 30 are given last. */
static void fill(unsigned char *pages)
{
    const fh_space_options options = options_of(pages);
    const uint64_t given[] = {20, 10, 30};
    fh_space *space;

    must(fh_space_open_with(&options, PAGES, &space));
    must(fh_space_give(space, (fh_unit_run){1, PAGES - 1}));
    for (unsigned i = 0; i < 3; i++)
        must(fh_space_take_at(space, (fh_unit_run){given[i], 1}));
    for (unsigned i = 0; i < 3; i++) {
        memset(pages + given[i] * PAGE_BYTES, 'x', PAGE_BYTES);
        must(fh_space_give(space, (fh_unit_run){given[i], 1}));
    }
    fh_space_close(space);
}

int main(void)
{
    unsigned char *old = map("pages");
    fh_space_options options;
    unsigned char *pages;
    fh_space *space = NULL;
    fh_space_info info;
    fh_unit_run run;
    uint64_t taken[3];
    fh_status status;

    fill(old);
    pages = map("pages"); /* somewhere else: the old mapping is still there */
    (void)munmap(old, (size_t)PAGES * PAGE_BYTES);

    options = options_of(pages);
    must(fh_space_attach(&options, PAGES, &space));
    must(fh_space_stat(space, &info));
    printf("%" PRIu64 " pages free\n", info.free_units);
    for (unsigned i = 0; i < 3; i++)
        taken[i] = take(space);
    printf("taken: %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", taken[0], taken[1], taken[2]);

    /* Eight pages side by side: the stack has no runs, its index by address has. */
    must(fh_space_take(space, 8, NULL, &run));
    printf("a run of %" PRIu64 " at %" PRIu64 "\n", run.count, run.first);

    /* A write through a stale pointer, into the page that is next. */
    must(fh_space_give(space, (fh_unit_run){30, 1}));
    memset(pages + (size_t)30 * PAGE_BYTES, 'x', 64);
    status = fh_space_take(space, 1, NULL, &run);
    printf("%s: %s\n", fh_status_name(status), fh_note());
    fh_space_close(space);

    /* The next process is told as well, before it changes anything. */
    space = NULL;
    if (fh_space_attach(&options, PAGES, &space) == FH_OK) fh_space_close(space);
    printf("%s\n", fh_note());
    (void)munmap(pages, (size_t)PAGES * PAGE_BYTES);
    return status == FH_CORRUPT && space == NULL && taken[0] == 30 && taken[1] == 10 &&
                   taken[2] == 20
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
