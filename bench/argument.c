/*
 * argument.c - numbers and engines that somebody asked for by a word.
 */
#include "argument.h"

#include <stdio.h>
#include <stdlib.h>

#include "drivers.h"
#include "stop.h"

_Noreturn void argument_refuse(const char *usage, const char *what, const char *word)
{
    (void)fprintf(stderr, "bench: %s: %s\n%s", word, what, usage);
    exit(EXIT_USAGE);
}

uint64_t argument_number(const char *usage, const char *option, const char *word, uint64_t largest)
{
    char *end = NULL;
    unsigned long long number = strtoull(word, &end, 10);

    if (*word < '0' || *word > '9' || *end != '\0' || number == 0 || number > largest)
        argument_refuse(usage, "wants a number, from 1 on and not too large", option);
    return number;
}

const struct driver *argument_engine(const char *usage, const char *word)
{
    const struct driver *driver = drivers_named(word);

    if (driver == NULL) argument_refuse(usage, "no such engine in this build", word);
    if (!driver->is_transactional) argument_refuse(usage, "has no transactions", word);
    return driver;
}

void argument_list_engines(int columns)
{
    for (size_t i = 0; drivers_table[i] != NULL; i++)
        if (drivers_table[i]->is_transactional)
            printf("engine    %-*s %s\n", columns, drivers_table[i]->name,
                   drivers_table[i]->version());
    for (size_t i = 0; drivers_absent[i] != NULL; i++)
        printf("left out  %-*s its library was not there\n", columns, drivers_absent[i]);
}
