/*
 * run_tree_audit.c - counts a tree of runs again: order, balance, lengths, figures, nodes.
 */
#include <inttypes.h>

#include "base/check.h"
#include "base/note.h"
#include "space/run_tree_internal.h"

static fh_status audit_order(const struct run_tree *tree, enum run_order order);
static fh_status audit_node(const struct run_tree *tree, enum run_order order, uint32_t id);
static uint32_t find_by_place(const struct run_tree *tree, uint64_t first);

fh_status run_tree_audit(const struct run_tree *tree)
{
    uint64_t spare_count = 0;

    TRY(audit_order(tree, RUN_BY_PLACE));
    if (tree->has_lengths) TRY(audit_order(tree, RUN_BY_LENGTH));
    if (tree->inside != NULL) return run_tree_check(tree);
    for (uint32_t id = tree->spare; id != 0; id = tree->nodes[id].child[RUN_BY_PLACE][0])
        if (id >= tree->fresh || ++spare_count >= tree->fresh)
            return fail(FH_CORRUPT, "runs: node %u among the spare ones", id);
    if (tree->fresh > tree->node_count || tree->run_count + spare_count + 1 != tree->fresh)
        return fail(FH_CORRUPT, "runs: %" PRIu64 " runs, %" PRIu64 " spare nodes, %u used",
                    tree->run_count, spare_count, tree->fresh);
    return FH_OK;
}

/* Every node in order, without recursion. */
static fh_status audit_order(const struct run_tree *tree, enum run_order order)
{
    uint32_t waiting[PATH_MAX_COUNT];
    unsigned depth = 0;
    uint32_t id = tree->roots[order];
    const struct run_node *previous = NULL;
    uint64_t run_count = 0;
    uint64_t free_units = 0;

    for (; id != 0 || depth > 0; id = run_tree_node(tree, id)->child[order][1]) {
        for (; id != 0; id = run_tree_node(tree, id)->child[order][0]) {
            if ((tree->inside == NULL && id >= tree->fresh) || depth == PATH_MAX_COUNT)
                return fail(FH_CORRUPT, "runs: node %u, %u levels down", id, depth);
            waiting[depth++] = id;
        }
        id = waiting[--depth];
        TRY(audit_node(tree, order, id));
        TRY(run_tree_check(tree));
        if (previous != NULL && !is_before(previous->run, run_tree_node(tree, id)->run, order))
            return fail(FH_CORRUPT, "runs: run %" PRIu64 " out of order", previous->run.first);
        if (previous != NULL && order == RUN_BY_PLACE &&
            run_end(previous->run) >= run_tree_node(tree, id)->run.first)
            return fail(FH_CORRUPT, "runs: run %" PRIu64 " reaches the next", previous->run.first);
        previous = run_tree_node(tree, id);
        free_units += previous->run.count;
        run_count++;
    }
    if (run_count != tree->run_count || free_units != tree->free_units)
        return fail(FH_CORRUPT,
                    "runs: %" PRIu64 " units in %" PRIu64 " runs, the figures say %" PRIu64
                    " in %" PRIu64,
                    free_units, run_count, tree->free_units, tree->run_count);
    return FH_OK;
}

static fh_status audit_node(const struct run_tree *tree, enum run_order order, uint32_t id)
{
    const struct run_node *node = run_tree_node(tree, id);
    const struct run_node *low = run_tree_node(tree, node->child[order][0]);
    const struct run_node *high = run_tree_node(tree, node->child[order][1]);

    if (node->run.count == 0 || !run_holds((struct run){0, tree->unit_count}, node->run))
        return fail(FH_CORRUPT, "runs: run %" PRIu64 " of %" PRIu64 " units", node->run.first,
                    node->run.count);
    if (node->height[order] != 1 + larger(low->height[order], high->height[order]))
        return fail(FH_CORRUPT, "runs: node %u has a wrong height", id);
    if (low->height[order] > high->height[order] + 1 ||
        high->height[order] > low->height[order] + 1)
        return fail(FH_CORRUPT, "runs: node %u is out of balance", id);
    if (order == RUN_BY_PLACE &&
        node->longest != larger(node->run.count, larger(low->longest, high->longest)))
        return fail(FH_CORRUPT, "runs: node %u has a wrong longest run", id);
    if (find_by_place(tree, node->run.first) != id)
        return fail(FH_CORRUPT, "runs: node %u is not found by its place", id);
    return FH_OK;
}

/* The number of the node of the run that begins at `first`; 0: none. */
static uint32_t find_by_place(const struct run_tree *tree, uint64_t first)
{
    uint32_t id = tree->roots[RUN_BY_PLACE];
    const struct run_node *node = run_tree_node(tree, id);

    while (id != 0 && node->run.first != first) {
        id = node->child[RUN_BY_PLACE][node->run.first < first];
        node = run_tree_node(tree, id);
    }
    return id;
}
