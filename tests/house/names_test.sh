#!/bin/sh
# names_test - a global function that begins with a foreign word is found.
. "$(dirname "$0")/house.sh"
build_house
passes compile
passes tools/check-names build

source_file src/high/door.c <<'END'
int open_door(void);
int high_door(void);
int doors(void);

int open_door(void)
{
    return 1;
}

int high_door(void)
{
    return 2;
}

int doors(void)
{
    return 3;
}
END
passes compile
stops 'src/high/door.c: open_door wants the prefix door_' tools/check-names build
stops 'doors wants the prefix' tools/check-names build
grep -q high_door output && echo 'high_door begins with its layer' && exit 1

# The same name in two layers.
rm src/high/door.c
passes compile
passes tools/check-names build
mkdir -p src/top
cp src/low/stone.h src/top/stone.h
stops 'stone.h: this name occurs twice' tools/check-names build
exit 0
