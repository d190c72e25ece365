/*
 * make_items.c - writes the items of the load bench into a file, for other programs too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "item_file.h"
#include "real_items.h"
#include "stop.h"

enum { SHUFFLE_SEED = 1 };

int main(int argument_count, char **arguments)
{
    struct items made;
    struct items items;
    size_t count = argument_count == 5 ? (size_t)strtoull(arguments[3], NULL, 10) : 0;

    if (count == 0) {
        (void)fputs("usage: make_items mdb|tsv sorted|shuffled COUNT FILE\n", stderr);
        return EXIT_USAGE;
    }
    real_items_make(&made, REAL_ITEMS_TABLE, count);
    if (strcmp(arguments[2], "sorted") == 0)
        items_sorted(&items, &made);
    else
        items_shuffled(&items, &made, SHUFFLE_SEED);
    item_file_write(arguments[4], &items,
                    strcmp(arguments[1], "mdb") == 0 ? ITEM_FORMAT_MDB : ITEM_FORMAT_TSV);
    items_fini(&items);
    items_fini(&made);
    return EXIT_SUCCESS;
}
