#!/bin/sh
# calls_test - a layer that goes past its ports to the C library is found.
. "$(dirname "$0")/house.sh"
build_house
passes compile
passes tools/check-calls build

source_file src/high/door.c <<'END'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *door_buy(void);
long door_look(int file, void *buffer, size_t bytes);
char *door_paint(char *door, const char *colour);

void *door_buy(void)
{
    return malloc(7);
}

long door_look(int file, void *buffer, size_t bytes)
{
    return pread(file, buffer, bytes, 0);
}

char *door_paint(char *door, const char *colour)
{
    return strcpy(door, colour);
}
END
passes compile
stops 'src/high/door.c: malloc: memory comes from base/memory' tools/check-calls build
stops 'src/high/door.c: pread[0-9]*: the system is touched in os/ alone' tools/check-calls build
stops 'src/high/door.c: strcpy: is never called' tools/check-calls build
