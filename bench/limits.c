/*
 * limits.c - what this machine can do at best: a sync, a copy, a load, a fault, a write.
 */
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "stop.h"

int main(int argument_count, char **arguments)
{
    bool is_json = false;
    const char *folder = ".";
    struct machine machine;

    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            is_json = true;
        } else if (strcmp(arguments[i], "--dir") == 0 && i + 1 < argument_count) {
            folder = arguments[++i];
        } else {
            (void)fprintf(stderr,
                          "bench: %s: not understood\nusage: limits [--json] [--dir FOLDER]\n",
                          arguments[i]);
            return EXIT_USAGE;
        }
    }
    machine_measure(&machine, folder);
    if (is_json)
        machine_print_json(&machine, stdout);
    else
        machine_print(&machine, stdout);
    return EXIT_SUCCESS;
}
