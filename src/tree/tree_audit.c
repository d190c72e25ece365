/*
 * tree_audit.c - every node of a tree looked at, without recursion.
 */
#include "base/bits.h"
#include "base/check.h"
#include "base/note.h"
#include "tree/tree_internal.h"

struct audit_step {
    const uint8_t *node;
    page_no page;
    unsigned next; /* the child to visit */
};

struct walk {
    const struct tree *tree;
    struct tree_audit *audit;
    struct audit_step steps[TREE_LEVELS_MAX];
    unsigned depth;
    struct tree_state counted;
};

static bool reach(struct walk *walk, struct run run)
{
    struct tree_audit *audit = walk->audit;

    if (run_end(run) > audit->page_count) {
        fault_add(audit->faults, "%s: page %llu is beyond the end", audit->name,
                  (unsigned long long)run.first);
        return false;
    }
    if (bits_count(audit->reached, run.first, run.count) != 0) {
        fault_add(audit->faults, "I5: %s: page %llu (%llu pages) is reached twice", audit->name,
                  (unsigned long long)run.first, (unsigned long long)run.count);
        return false;
    }
    bits_fill(audit->reached, run.first, run.count, true);
    audit->used_pages += run.count;
    return true;
}

/* A fence against what the parent says of it: separator i of the node, or the node's own fence. */
static bool fence_is(const struct walk *walk, const struct audit_step *parent, struct span fence,
                     int i)
{
    uint8_t room[SEPARATOR_SHORT];
    struct span prefix = node_prefix(parent->node);
    struct span rest;

    if (i < 0) return span_equals(fence, node_lower(parent->node));
    if (i == (int)node_count(parent->node)) return span_equals(fence, node_upper(parent->node));
    if (!node_separator(parent->node, walk->tree->page_bytes, (unsigned)i, room, &rest))
        return false;
    return fence.size == prefix.size + rest.size &&
           span_equals(span_of(fence.data, prefix.size), prefix) &&
           span_equals(span_of(fence.data + prefix.size, rest.size), rest);
}

static void audit_fences(struct walk *walk, const uint8_t *node, page_no page)
{
    struct tree_audit *audit = walk->audit;
    const struct audit_step *parent = walk->depth > 1 ? &walk->steps[walk->depth - 2] : NULL;
    bool is_open = node_is_open(node);

    if (node_prefix_bytes(node) != node_prefix_between(node_lower(node), node_upper(node), is_open))
        fault_add(audit->faults, "%s: page %u: its prefix is not what its fences share",
                  audit->name, page);
    if (parent == NULL) {
        if (node_lower(node).size != 0 || !is_open)
            fault_add(audit->faults, "%s: page %u: the root has fences", audit->name, page);
        return;
    }
    if (!fence_is(walk, parent, node_lower(node), (int)parent->next - 2) ||
        !fence_is(walk, parent, node_upper(node), (int)parent->next - 1) ||
        is_open != (node_is_open(parent->node) && parent->next == node_count(parent->node) + 1))
        fault_add(audit->faults, "%s: page %u: its fences are not its parent's separators",
                  audit->name, page);
    if (node_epoch(node) > node_epoch(parent->node))
        fault_add(audit->faults, "I4: %s: page %u is younger than its parent", audit->name, page);
}

static void audit_bounds(struct walk *walk, const uint8_t *node, page_no page)
{
    struct span prefix = node_prefix(node), lower = node_lower(node), upper = node_upper(node);
    unsigned count = node_count(node);
    struct cell low, high;
    bool is_inside;

    if (count == 0 || !node_cell(node, walk->tree->page_bytes, 0, &low) ||
        !node_cell(node, walk->tree->page_bytes, count - 1, &high))
        return;
    is_inside =
        span_compare(low.rest, span_of(lower.data + prefix.size, lower.size - prefix.size)) >= 0;
    if (!node_is_open(node))
        is_inside &= span_compare(high.rest,
                                  span_of(upper.data + prefix.size, upper.size - prefix.size)) < 0;
    if (!is_inside)
        fault_add(walk->audit->faults, "%s: page %u: keys beyond its fences", walk->audit->name,
                  page);
}

/* What is said of a page: in memory while no checkpoint has written it; false: nothing proven. */
static bool find_slot(struct pager *pager, page_no page, struct slot *ret_slot)
{
    bool is_proven;

    return pager_draft(pager, page, ret_slot) ||
           (pager_slot(pager, page, ret_slot, &is_proven) == FH_OK && is_proven);
}

/* I15: the slot says what the node is. Whether it proves itself is the pager's part. */
static void audit_slot(struct walk *walk, const uint8_t *node, page_no page)
{
    struct slot slot;

    if (!find_slot(walk->audit->pager, page, &slot)) return;
    if (slot.tag != node[NODE_KIND_AT] || slot.level != node_level(node) ||
        slot.tree_id != walk->tree->state.tree_id || slot.epoch != node_epoch(node) ||
        slot.run_pages != 1)
        fault_add(walk->audit->faults, "I15: %s: page %u: its slot tells of another page",
                  walk->audit->name, page);
}

static void audit_run_slot(struct walk *walk, struct run run)
{
    struct slot slot;

    if (!find_slot(walk->audit->pager, (page_no)run.first, &slot)) return;
    if (slot.tag != PAGE_RUN_HEAD || slot.run_pages != run.count ||
        slot.tree_id != walk->tree->state.tree_id)
        fault_add(walk->audit->faults, "I15: %s: page %llu: its slot tells of another run",
                  walk->audit->name, (unsigned long long)run.first);
}

static void audit_extents(struct walk *walk, const struct txn_extents *extents)
{
    for (uint32_t i = 0; i < extents->count; i++) {
        if (!reach(walk, extents->runs[i])) continue;
        walk->counted.run_pages += extents->runs[i].count;
        audit_run_slot(walk, extents->runs[i]);
    }
}

static void audit_leaf(struct walk *walk, const uint8_t *node, page_no page)
{
    const struct tree *tree = walk->tree;

    walk->counted.leaf_pages++;
    audit_bounds(walk, node, page);
    for (unsigned i = 0; i < node_count(node); i++) {
        struct txn_extents extents;
        struct cell cell;
        uint64_t bytes;

        if (!node_cell(node, tree->page_bytes, i, &cell)) continue; /* node_validate has said so */
        bytes = cell.payload.size;
        if (cell.is_extents) {
            if (overflow_decode(tree, cell.payload, &bytes, &extents) != FH_OK) {
                fault_add_note(walk->audit->faults, "%s: page %u: item %u", walk->audit->name, page,
                               i);
                continue;
            }
            audit_extents(walk, &extents);
        }
        walk->counted.items++;
        walk->counted.payload_bytes += node_prefix_bytes(node) + cell.rest.size + bytes;
    }
}

/* The next node down; false when it cannot be looked at. */
static bool enter(struct walk *walk, page_no page, unsigned level)
{
    struct tree_audit *audit = walk->audit;
    struct audit_step *step = &walk->steps[walk->depth];
    const uint8_t *node;

    if (tree_node(walk->tree, page, level, &node) != FH_OK) {
        fault_add_note(audit->faults, "%s", audit->name);
        return false;
    }
    if (!reach(walk, (struct run){page, 1})) return false;
    walk->depth++;
    *step = (struct audit_step){.node = node, .page = page};
    if (node_validate(node, walk->tree->page_bytes) != FH_OK)
        fault_add_note(audit->faults, "%s: page %u", audit->name, page);
    audit_fences(walk, node, page);
    audit_slot(walk, node, page);
    if (level > 0) {
        walk->counted.branch_pages++;
        return true;
    }
    audit_leaf(walk, node, page);
    walk->depth--;
    return true;
}

static void compare(const struct walk *walk)
{
    const struct tree_state *state = &walk->tree->state, *counted = &walk->counted;

    if (walk->audit->only_items && state->items == counted->items) return;
    if (state->items != counted->items || state->payload_bytes != counted->payload_bytes)
        fault_add(walk->audit->faults,
                  "%s: %llu items of %llu bytes, the catalog says %llu of %llu", walk->audit->name,
                  (unsigned long long)counted->items, (unsigned long long)counted->payload_bytes,
                  (unsigned long long)state->items, (unsigned long long)state->payload_bytes);
    if (state->leaf_pages != counted->leaf_pages || state->branch_pages != counted->branch_pages ||
        state->run_pages != counted->run_pages)
        fault_add(walk->audit->faults,
                  "%s: %llu leaf, %llu branch, %llu run pages; the catalog says %llu, %llu, %llu",
                  walk->audit->name, (unsigned long long)counted->leaf_pages,
                  (unsigned long long)counted->branch_pages, (unsigned long long)counted->run_pages,
                  (unsigned long long)state->leaf_pages, (unsigned long long)state->branch_pages,
                  (unsigned long long)state->run_pages);
}

fh_status tree_audit(const struct tree *tree, struct tree_audit *audit)
{
    struct walk walk = {.tree = tree, .audit = audit};

    if (tree->state.level >= TREE_LEVELS_MAX) {
        fault_add(audit->faults, "%s: %u levels", audit->name, tree->state.level);
        return FH_OK;
    }
    if (tree->state.root != 0)
        (void)enter(&walk, tree->state.root, tree->state.level); /* a fault is listed */
    while (walk.depth > 0) {
        struct audit_step *step = &walk.steps[walk.depth - 1];

        if (step->next > node_count(step->node)) {
            walk.depth--;
            continue;
        }
        step->next++;
        (void)enter(&walk, node_child(step->node, step->next - 1), node_level(step->node) - 1);
    }
    compare(&walk);
    return FH_OK;
}
