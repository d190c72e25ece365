#!/bin/sh
# links_test - a call that no USES declares does not link, and a front cannot see inside.
. "$(dirname "$0")/house.sh"
build_house
passes compile
passes build/freehold

# Sideways, by a declaration of one's own, so that no include tells.
source_file src/high/chimney.c <<'END'
int pond_depth(void);
int chimney_height(void);

int chimney_height(void)
{
    return pond_depth();
}
END
passes tools/check-layers
stops 'undefined reference to .pond_depth' compile
rm src/high/chimney.c

# Upwards.
source_file src/low/cellar.c <<'END'
int roof_weigh(void);
int cellar_depth(void);

int cellar_depth(void)
{
    return roof_weigh();
}
END
stops 'undefined reference to .roof_weigh' compile
rm src/low/cellar.c

# A front: the path has only include/, and the library hides the rest.
echo '#include "low/stone.h"' | add_lines front/cli/main.c
stops 'low/stone.h: No such file\|low/stone.h. file not found' compile
source_file front/cli/main.c <<'END'
int stone_weigh(int count);

int main(void)
{
    return stone_weigh(0);
}
END
stops 'undefined reference to .stone_weigh\|hidden symbol' compile
