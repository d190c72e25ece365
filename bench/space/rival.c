/*
 * rival.c - every allocator of this build.
 */
#include "rival.h"

#include "freehold/space.h"
#include "stop.h"

unsigned rival_all(struct rival *ret_rivals)
{
    unsigned count = 0;

    for (; fh_space_policy(count) != NULL; count++) {
        const char *policy = fh_space_policy(count);

        if (count + 2 >= RIVALS_MAX) stop("more policies than the bench has room for");
        ret_rivals[count] = rival_freehold(policy, fh_space_policy_idea(policy));
    }
    ret_rivals[count++] = rival_offset;
    ret_rivals[count++] = rival_list;
    return count;
}
