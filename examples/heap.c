/*
 * heap.c - a heap for one task: its memory is limited, and goes all at once.
 */
#include <stdio.h>
#include <string.h>

#include <freehold/heap.h>

struct word {
    struct word *next;
    char text[];
};

int main(void)
{
    fh_heap_options options = {.size = sizeof(options), .limit_bytes = 1 << 20};
    struct word *words = NULL;
    unsigned count = 0;
    fh_heap_info info;
    fh_heap *heap;

    if (fh_heap_new(&options, &heap) != FH_OK) {
        (void)fprintf(stderr, "heap: %s\n", fh_note());
        return 1;
    }
    for (;;) {
        struct word *word = fh_heap_malloc(heap, sizeof(*word) + 100);

        if (word == NULL) break; /* the limit */
        memset(word->text, 'w', 100);
        word->next = words;
        words = word;
        count++;
    }
    fh_heap_stat(heap, &info);
    printf("%u words in %llu KiB\n", count, (unsigned long long)(info.page_bytes >> 10));

    fh_heap_delete(heap); /* every word with it */
    return 0;
}
