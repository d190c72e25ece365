/*
 * plugin.c - a library that allocates when it comes, while it is there, and when it goes.
 */
#include <stdlib.h>
#include <string.h>

enum { KEPT_COUNT = 100 };

__attribute__((visibility("default"))) void *plugin_take(size_t size);
__attribute__((visibility("default"))) void plugin_give(void *block);

static void *kept[KEPT_COUNT];
static _Thread_local char room[4096]; /* thread storage that comes after the program's start */

__attribute__((constructor)) static void come(void)
{
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        kept[i] = i % 2 == 0 ? malloc(i * 100 + 1) : calloc(i, 50);
        if (kept[i] == NULL) abort();
    }
    memset(room, 1, sizeof(room));
}

__attribute__((destructor)) static void go(void)
{
    for (size_t i = 0; i < KEPT_COUNT; i++)
        free(kept[i]);
}

void *plugin_take(size_t size)
{
    void *block = malloc(size);

    if (block != NULL) memset(block, 0x77, size);
    return block;
}

void plugin_give(void *block)
{
    memset(room, 2, sizeof(room));
    free(block);
}
