/*
 * lab_names.c - the textbook's policies and orders by name.
 */
#include "lab/lab_names.h"

#include <string.h>

#include "base/note.h"

static const char *const policies[] = {
    [SIMULATOR_BEST] = "best", [SIMULATOR_WORST] = "worst", [SIMULATOR_FIRST] = "first",
    [SIMULATOR_NEXT] = "next", [SIMULATOR_BUDDY] = "buddy",
};

static const char *const orders[] = {
    [SIMULATOR_BY_ADDRESS] = "addr",     [SIMULATOR_SMALLEST_FIRST] = "size+",
    [SIMULATOR_LARGEST_FIRST] = "size-", [SIMULATOR_AT_FRONT] = "front",
    [SIMULATOR_AT_BACK] = "back",
};

fh_status lab_names_policy(const char *name, enum simulator_policy *ret_policy)
{
    for (unsigned i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (strcmp(policies[i], name) != 0) continue;
        *ret_policy = (enum simulator_policy)i;
        return FH_OK;
    }
    return fail(FH_INVALID, "there is no policy \"%s\" (best, worst, first, next, buddy)", name);
}

fh_status lab_names_order(const char *name, enum simulator_order *ret_order)
{
    for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (strcmp(orders[i], name) != 0) continue;
        *ret_order = (enum simulator_order)i;
        return FH_OK;
    }
    return fail(FH_INVALID, "there is no order \"%s\" (addr, size+, size-, front, back)", name);
}
