/*
 * policy.c - the policies by name and by number.
 */
#include "space/policy.h"

#include <string.h>

#include "space/policy_table.h"

static const struct policy_ops *const policies[] = {
#define POLICY_ADDRESS(name) &name##_policy,
    POLICY_TABLE(POLICY_ADDRESS)
#undef POLICY_ADDRESS
};

const struct policy_ops *policy_find(const char *name)
{
    for (unsigned i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
        if (strcmp(policies[i]->name, name) == 0) return policies[i];
    return NULL;
}

const struct policy_ops *policy_at(unsigned n)
{
    return n < sizeof(policies) / sizeof(policies[0]) ? policies[n] : NULL;
}
