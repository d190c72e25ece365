/*
 * arena.c - a heap in memory of one's own: a list of names in a region that can be copied, to
 * another address or into a file, and is the same heap there.
 *
 * Inside the region a pointer is the distance from its beginning; the first one is the root.
 */
#include <freehold/heap.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct region {
    _Alignas(FH_ARENA_ALIGNMENT) unsigned char bytes[4096];
};

struct name {
    uint64_t next; /* 0: this is the last */
    char text[];
};

static void must(fh_status status)
{
    if (status == FH_OK) return;
    fprintf(stderr, "arena: %s: %s\n", fh_status_name(status), fh_note());
    exit(EXIT_FAILURE);
}

static void add(fh_arena *arena, struct region *region, const char *text)
{
    struct name *first = fh_arena_root(arena);
    void *pointer;
    struct name *name;

    must(fh_arena_alloc(arena, sizeof(*name) + strlen(text) + 1, &pointer));
    name = pointer;
    name->next = first == NULL ? 0 : (uint64_t)((unsigned char *)first - region->bytes);
    memcpy(name->text, text, strlen(text) + 1);
    must(fh_arena_set_root(arena, name));
}

static unsigned print(const fh_arena *arena, const struct region *region)
{
    const struct name *name = fh_arena_root(arena);
    unsigned count = 0;

    for (; name != NULL; count++) {
        printf("%s\n", name->text);
        name = name->next == 0 ? NULL : (const void *)(region->bytes + name->next);
    }
    return count;
}

int main(void)
{
    static struct region here, there;
    fh_arena_options options = {.size = sizeof(options), .policy = "first", .order = "addr"};
    fh_arena arena, copy;
    fh_arena_info info;
    unsigned count;

    must(fh_arena_new(here.bytes, sizeof(here.bytes), &options, &arena));
    add(&arena, &here, "Knuth");
    add(&arena, &here, "Wilson");
    add(&arena, &here, "Johnstone");

    /* The same bytes at another address; in a shared mapping nothing would be copied. */
    memcpy(&there, &here, sizeof(there));
    memset(&here, 0, sizeof(here));
    must(fh_arena_open(there.bytes, sizeof(there.bytes), NULL, &copy));
    count = print(&copy, &there);

    /* A wrong pointer is an answer and no accident. */
    if (fh_arena_free(&copy, (char *)fh_arena_root(&copy) + 8) != FH_OK)
        printf("refused: %s\n", fh_note());
    must(fh_arena_free(&copy, fh_arena_root(&copy)));
    must(fh_arena_stat(&copy, &info));
    printf("%" PRIu64 " blocks in %" PRIu64 " of %" PRIu64 " bytes\n", info.used_count,
           info.used_bytes, info.bytes);
    return count == 3 && info.used_count == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
