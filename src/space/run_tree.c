/*
 * run_tree.c - free runs in two balanced trees over one pool of nodes.
 *
 * A change goes down once and remembers the links it came by; then it climbs them, corrects
 * heights and longest runs, rotates, and stops at the first node that stays the same. A run
 * that becomes longer or shorter keeps its node and its place, so only its length moves; inside
 * the node follows the first unit.
 *
 * Nodes are read through run_tree_node, which inside looks at the seal, and written through
 * node_home, once they have been read: on the way down, or as a child that was measured.
 */
#include "space/run_tree.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/run_tree_internal.h"

enum {
    NODES_AT_FIRST = 64,
    NODES_INSIDE = 2 /* nobody's and the stand-in */
};

/* Links from the root down, each to a node that is to be corrected. */
struct path {
    uint32_t *links[PATH_MAX_COUNT];
    unsigned count;
};

static void add_run(struct run_tree *tree, struct run run);
static void drop_run(struct run_tree *tree, uint32_t id);
static void change_run(struct run_tree *tree, uint32_t id, struct run run);
static void insert(struct run_tree *tree, enum run_order order, uint32_t id);
static void withdraw(struct run_tree *tree, enum run_order order, uint32_t id);
static uint32_t *descend(struct run_tree *tree, enum run_order order, struct run run,
                         struct path *path);
static void climb(struct run_tree *tree, enum run_order order, const struct path *path,
                  unsigned first_stop);
static bool settle(struct run_tree *tree, enum run_order order, uint32_t *link);
static void lift(struct run_tree *tree, enum run_order order, uint32_t *link, unsigned side);
static void measure(struct run_tree *tree, enum run_order order, uint32_t id);
static void measure_from(const struct run_tree *tree, enum run_order order, uint32_t id,
                         const struct run_node *low, const struct run_node *high);
static void neighbours(const struct run_tree *tree, uint64_t unit, uint32_t *ret_at_or_before,
                       uint32_t *ret_behind);

/* Of a node that was read before, or is about to be made. */
static inline struct run_node *node_home(const struct run_tree *tree, uint32_t id)
{
    if (LIKELY(tree->inside == NULL)) return &tree->nodes[id];
    return (struct run_node *)(void *)(tree->inside + (id - UINT64_C(1)) * tree->unit_bytes);
}

/* Differs for two nodes that differ in one word, and is never 0 for a node of zeros. */
static uint32_t seal_of(const struct run_node *node, uint32_t id)
{
    const uint32_t *place = node->child[RUN_BY_PLACE];
    const uint32_t *length = node->child[RUN_BY_LENGTH];
    uint64_t heights = (uint64_t)node->height[0] << 8 | node->height[1];
    uint64_t sum = (id + heights * UINT32_MAX) * UINT64_C(0x9e3779b97f4a7c15);

    sum += node->run.first * UINT64_C(0xbf58476d1ce4e5b9);
    sum += node->run.count * UINT64_C(0x94d049bb133111eb);
    sum += node->longest * UINT64_C(0xd6e8feb86659fd93);
    sum += (place[0] | (uint64_t)place[1] << 32) * UINT64_C(0xa0761d6478bd642f);
    sum += (length[0] | (uint64_t)length[1] << 32) * UINT64_C(0xe7037ed1a0b428db);
    return (uint32_t)(sum >> 32) | 1;
}

static inline void seal(const struct run_tree *tree, uint32_t id)
{
    if (UNLIKELY(tree->inside != NULL))
        node_home(tree, id)->seal = seal_of(node_home(tree, id), id);
}

fh_status run_tree_init(struct run_tree *tree, uint64_t unit_count, bool has_lengths,
                        const struct policy_memory *memory)
{
    struct run_tree fresh = {.has_lengths = has_lengths, .node_count = NODES_AT_FIRST, .fresh = 1};

    if (memory != NULL) {
        fresh.inside = memory->units;
        fresh.unit_bytes = memory->unit_bytes;
        fresh.node_count = NODES_INSIDE;
    }
    TRY(run_tree_grow(&fresh, unit_count));
    fresh.nodes = memory_take(fresh.node_count, sizeof(*fresh.nodes));
    if (fresh.nodes == NULL) return fail(FH_NO_MEMORY, "%u nodes of runs", fresh.node_count);
    *tree = fresh;
    return FH_OK;
}

void run_tree_fini(struct run_tree *tree)
{
    memory_give(tree->nodes);
}

fh_status run_tree_grow(struct run_tree *tree, uint64_t unit_count)
{
    if (tree->inside != NULL && unit_count >= UINT32_MAX)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units, links hold 32 bits", unit_count);
    tree->unit_count = unit_count;
    return FH_OK;
}

void run_tree_shrink(struct run_tree *tree, uint64_t unit_count)
{
    tree->unit_count = unit_count;
}

fh_status run_tree_check(const struct run_tree *tree)
{
    if (LIKELY(!is_damaged(tree))) return FH_OK;
    return fail(FH_CORRUPT, "runs: a free unit was written into");
}

fh_status run_tree_reserve(struct run_tree *tree, uint64_t run_count)
{
    uint64_t spare_count = tree->node_count - 1 - tree->run_count;
    uint64_t node_count = (uint64_t)tree->node_count * 2;
    struct run_node *nodes;

    if (tree->inside != NULL || run_count <= spare_count) return FH_OK;
    if (run_count - spare_count > UINT32_MAX - tree->node_count)
        return fail(FH_TOO_LARGE, "%" PRIu64 " runs beside %" PRIu64 ", links hold 32 bits",
                    run_count, tree->run_count);
    node_count = larger(node_count, tree->node_count + (run_count - spare_count));
    if (node_count > UINT32_MAX) node_count = UINT32_MAX;
    nodes = memory_resize(tree->nodes, tree->node_count, node_count, sizeof(*nodes));
    if (nodes == NULL) return fail(FH_NO_MEMORY, "%" PRIu64 " nodes of runs", node_count);
    tree->nodes = nodes;
    tree->node_count = (uint32_t)node_count;
    return FH_OK;
}

struct run_node *run_tree_inside(const struct run_tree *tree, uint32_t id)
{
    if (id == 0) return tree->nodes;
    if (id <= tree->unit_count) {
        struct run_node *node = node_home(tree, id);

        if (node->seal == seal_of(node, id)) return node;
    }
    tree->nodes[1] = (struct run_node){.seal = 1};
    return &tree->nodes[1];
}

void run_tree_take_at(struct run_tree *tree, struct run run)
{
    uint32_t id;
    uint32_t behind;
    struct run outer;
    uint64_t left;
    uint64_t right;

    neighbours(tree, run.first, &id, &behind);
    if (is_damaged(tree)) return;
    outer = run_tree_node(tree, id)->run;
    left = run.first - outer.first;
    right = run_end(outer) - run_end(run);
    if (left == 0 && right == 0)
        drop_run(tree, id);
    else if (left == 0)
        change_run(tree, id, (struct run){run_end(run), right});
    else
        change_run(tree, id, (struct run){outer.first, left});
    if (left > 0 && right > 0) add_run(tree, (struct run){run_end(run), right});
    tree->free_units -= run.count;
}

void run_tree_give(struct run_tree *tree, struct run run)
{
    uint32_t before;
    uint32_t behind;
    struct run whole = run;

    neighbours(tree, run.first, &before, &behind);
    if (is_damaged(tree)) return;
    if (before != 0 && run_end(run_tree_node(tree, before)->run) == run.first) {
        whole.first = run_tree_node(tree, before)->run.first;
        whole.count += run_tree_node(tree, before)->run.count;
    } else {
        before = 0;
    }
    if (behind != 0 && run_tree_node(tree, behind)->run.first == run_end(run))
        whole.count += run_tree_node(tree, behind)->run.count;
    else
        behind = 0;

    if (before != 0 && behind != 0) drop_run(tree, behind);
    if (before != 0)
        change_run(tree, before, whole);
    else if (behind != 0)
        change_run(tree, behind, whole);
    else
        add_run(tree, whole);
    tree->free_units += run.count;
}

bool run_tree_lowest(struct run_tree *tree, uint64_t count, uint64_t from, struct run *ret_run)
{
    uint32_t id = tree->roots[RUN_BY_PLACE];
    uint32_t lowest = 0; /* itself or the tree of its higher child holds one */
    uint64_t looked = 1; /* the node that ends the way down counts too */
    const struct run_node *node;

    while ((node = run_tree_node(tree, id))->longest >= count && id != 0) {
        const uint32_t *child = node->child[RUN_BY_PLACE];

        looked++;
        if (node->run.first < from) {
            uint64_t skip = from - node->run.first;

            if (node->run.count > skip && node->run.count - skip >= count) {
                tree->looked_count += looked;
                *ret_run = (struct run){from, node->run.count - skip};
                return true;
            }
            id = child[1];
        } else {
            if (node->run.count >= count || run_tree_node(tree, child[1])->longest >= count)
                lowest = id;
            id = child[0];
        }
    }
    if (lowest == 0) {
        tree->looked_count += looked;
        return false;
    }

    for (node = run_tree_node(tree, lowest); node->run.count < count;) {
        const struct run_node *low;

        if (node->longest < count) return false; /* a stand-in */
        node = run_tree_node(tree, node->child[RUN_BY_PLACE][1]);
        looked++;
        while ((low = run_tree_node(tree, node->child[RUN_BY_PLACE][0]))->longest >= count) {
            node = low;
            looked++;
        }
    }
    tree->looked_count += looked;
    *ret_run = node->run;
    return true;
}

bool run_tree_shortest(struct run_tree *tree, struct run least, struct run *ret_run)
{
    uint32_t id = tree->roots[RUN_BY_LENGTH];
    uint32_t shortest = 0;
    uint64_t looked = 0;

    for (; id != 0; looked++) {
        const struct run_node *node = run_tree_node(tree, id);
        bool before = is_before(node->run, least, RUN_BY_LENGTH);

        if (!before) shortest = id;
        id = node->child[RUN_BY_LENGTH][before];
    }
    tree->looked_count += looked;
    if (shortest == 0) return false;
    *ret_run = run_tree_node(tree, shortest)->run;
    return true;
}

uint64_t run_tree_length_below(struct run_tree *tree, uint64_t count)
{
    uint32_t id = tree->roots[RUN_BY_LENGTH];
    uint64_t length = 0;
    uint64_t looked = 0;

    for (; id != 0; looked++) {
        const struct run_node *node = run_tree_node(tree, id);
        bool below = node->run.count < count;

        if (below) length = node->run.count;
        id = node->child[RUN_BY_LENGTH][below];
    }
    tree->looked_count += looked;
    return length;
}

bool run_tree_next_run(const struct run_tree *tree, uint64_t from, struct run *ret_run)
{
    uint32_t before;
    uint32_t behind;
    struct run run;

    neighbours(tree, from, &before, &behind);
    run = run_tree_node(tree, before)->run;
    if (before != 0 && run_end(run) > from) {
        *ret_run = (struct run){from, run_end(run) - from};
        return true;
    }
    if (behind == 0) return false;
    *ret_run = run_tree_node(tree, behind)->run;
    return true;
}

bool run_tree_around(const struct run_tree *tree, uint64_t unit, struct run *ret_run)
{
    uint32_t before;
    uint32_t behind;
    struct run run;

    neighbours(tree, unit, &before, &behind);
    run = run_tree_node(tree, before)->run;
    if (before == 0 || run_end(run) <= unit) return false;
    *ret_run = run;
    return true;
}

bool run_tree_is_free(const struct run_tree *tree, struct run run)
{
    struct run whole;

    return run_tree_around(tree, run.first, &whole) && run_holds(whole, run);
}

bool run_tree_is_taken(const struct run_tree *tree, struct run run)
{
    struct run free;

    return run_holds((struct run){0, tree->unit_count}, run) &&
           (!run_tree_next_run(tree, run.first, &free) || free.first >= run_end(run));
}

static void add_run(struct run_tree *tree, struct run run)
{
    uint32_t id = tree->spare;

    if (tree->inside != NULL) {
        id = (uint32_t)run.first + 1;
        *node_home(tree, id) = (struct run_node){.run = run};
        seal(tree, id);
    } else if (id != 0) {
        tree->spare = tree->nodes[id].child[RUN_BY_PLACE][0];
    } else {
        REQUIRE(tree->fresh < tree->node_count);
        id = tree->fresh++;
    }
    node_home(tree, id)->run = run;
    tree->run_count++;
    insert(tree, RUN_BY_PLACE, id);
    if (tree->has_lengths) insert(tree, RUN_BY_LENGTH, id);
}

static void drop_run(struct run_tree *tree, uint32_t id)
{
    withdraw(tree, RUN_BY_PLACE, id);
    if (tree->has_lengths) withdraw(tree, RUN_BY_LENGTH, id);
    tree->run_count--;
    if (tree->inside != NULL) return;
    tree->nodes[id].child[RUN_BY_PLACE][0] = tree->spare;
    tree->spare = id;
}

/* The node keeps its place among the others. */
static void change_run(struct run_tree *tree, uint32_t id, struct run run)
{
    struct path path;
    uint32_t *link = descend(tree, RUN_BY_PLACE, node_home(tree, id)->run, &path);

    if (is_damaged(tree)) return;
    path.links[path.count++] = link;
    if (tree->has_lengths) withdraw(tree, RUN_BY_LENGTH, id);
    if (tree->inside != NULL && id != (uint32_t)run.first + 1) {
        *link = (uint32_t)run.first + 1;
        *node_home(tree, *link) = *node_home(tree, id);
        id = *link;
    }
    node_home(tree, id)->run = run;
    climb(tree, RUN_BY_PLACE, &path, path.count - 1);
    if (tree->has_lengths) insert(tree, RUN_BY_LENGTH, id);
}

static void insert(struct run_tree *tree, enum run_order order, uint32_t id)
{
    struct run_node *node = node_home(tree, id);
    struct path path;
    uint32_t *link = descend(tree, order, node->run, &path);

    if (is_damaged(tree)) return;
    *link = id;
    node->child[order][0] = 0;
    node->child[order][1] = 0;
    measure(tree, order, id);
    climb(tree, order, &path, path.count);
}

/* A node with two children changes places with the lowest one above it. */
static void withdraw(struct run_tree *tree, enum run_order order, uint32_t id)
{
    struct run_node *node = node_home(tree, id);
    struct path path;
    uint32_t *link = descend(tree, order, node->run, &path);
    unsigned place = path.count;
    uint32_t *at = &node->child[order][1];
    struct run_node *heir;

    if (is_damaged(tree)) return;
    if (node->child[order][0] == 0 || *at == 0) {
        *link = node->child[order][*at != 0];
        climb(tree, order, &path, place);
        return;
    }
    path.links[path.count++] = link;
    while ((heir = run_tree_node(tree, *at))->child[order][0] != 0) {
        REQUIRE(path.count < PATH_MAX_COUNT);
        path.links[path.count++] = at;
        at = &heir->child[order][0];
    }
    if (is_damaged(tree)) return;
    *link = *at;
    *at = heir->child[order][1];
    heir->child[order][0] = node->child[order][0];
    heir->child[order][1] = node->child[order][1];
    seal(tree, id); /* it may still stand in the other order */
    heir->height[order] = node->height[order];
    if (order == RUN_BY_PLACE) heir->longest = node->longest;
    if (path.count > place + 1) path.links[place + 1] = &heir->child[order][1];
    climb(tree, order, &path, place);
}

/* The link to the node of `run`, or to where it belongs; `path` gets those above it. */
static uint32_t *descend(struct run_tree *tree, enum run_order order, struct run run,
                         struct path *path)
{
    uint32_t *link = &tree->roots[order];

    path->count = 0;
    while (*link != 0) {
        struct run_node *node = run_tree_node(tree, *link);

        if (node->run.first == run.first) break;
        REQUIRE(path->count + 1 < PATH_MAX_COUNT);
        path->links[path->count++] = link;
        link = &node->child[order][is_before(node->run, run, order)];
    }
    return link;
}

/* From the last link up; links behind number `first_stop` are corrected in any case. Where it
 * stops, the node above may have another child now. */
static void climb(struct run_tree *tree, enum run_order order, const struct path *path,
                  unsigned first_stop)
{
    for (unsigned at = path->count; at-- > 0;)
        if (!settle(tree, order, path->links[at]) && at <= first_stop) {
            if (at > 0) seal(tree, *path->links[at - 1]);
            return;
        }
}

/* Corrects one node whose children are correct; false: nothing changed for those above. */
static bool settle(struct run_tree *tree, enum run_order order, uint32_t *link)
{
    struct run_node *node = node_home(tree, *link);
    uint32_t *child = node->child[order];
    unsigned height = node->height[order];
    uint64_t longest = node->longest;
    const struct run_node *low = run_tree_node(tree, child[0]);
    const struct run_node *high = run_tree_node(tree, child[1]);
    int lean = high->height[order] - low->height[order];

    if (lean < -1 || lean > 1) {
        unsigned heavy = lean > 0;
        const uint32_t *grandchild = (heavy ? high : low)->child[order];
        bool lifts_twice = run_tree_node(tree, grandchild[!heavy])->height[order] >
                           run_tree_node(tree, grandchild[heavy])->height[order];

        if (is_damaged(tree)) return false;
        if (lifts_twice) lift(tree, order, &child[heavy], !heavy);
        lift(tree, order, link, heavy);
        node = node_home(tree, *link);
    } else {
        measure_from(tree, order, *link, low, high);
    }
    return node->height[order] != height || (order == RUN_BY_PLACE && node->longest != longest);
}

/* The child on `side` takes the place of the node, which becomes its child. */
static void lift(struct run_tree *tree, enum run_order order, uint32_t *link, unsigned side)
{
    uint32_t below = *link;
    uint32_t above = node_home(tree, below)->child[order][side];

    node_home(tree, below)->child[order][side] = node_home(tree, above)->child[order][!side];
    node_home(tree, above)->child[order][!side] = below;
    *link = above;
    measure(tree, order, below);
    measure(tree, order, above);
}

static void measure(struct run_tree *tree, enum run_order order, uint32_t id)
{
    const uint32_t *child = node_home(tree, id)->child[order];

    measure_from(tree, order, id, run_tree_node(tree, child[0]), run_tree_node(tree, child[1]));
}

/* A node from its children. */
static void measure_from(const struct run_tree *tree, enum run_order order, uint32_t id,
                         const struct run_node *low, const struct run_node *high)
{
    struct run_node *node = node_home(tree, id);

    node->height[order] = (uint8_t)(1 + larger(low->height[order], high->height[order]));
    if (order == RUN_BY_PLACE)
        node->longest = larger(node->run.count, larger(low->longest, high->longest));
    seal(tree, id);
}

/* The last run that begins at or before `unit`, and the one behind it; 0: none. */
static void neighbours(const struct run_tree *tree, uint64_t unit, uint32_t *ret_at_or_before,
                       uint32_t *ret_behind)
{
    uint32_t id = tree->roots[RUN_BY_PLACE];
    uint32_t found[2] = {0, 0};

    while (id != 0) {
        const struct run_node *node = run_tree_node(tree, id);
        bool before = node->run.first <= unit;

        found[before] = id;
        id = node->child[RUN_BY_PLACE][before];
    }
    *ret_at_or_before = found[1];
    *ret_behind = found[0];
}
