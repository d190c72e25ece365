/*
 * tree_salvage.c - a way through a tree that goes around what is damaged, without recursion.
 */
#include "tree/tree_salvage.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "tree/tree_internal.h"

/* A separator has at most a prefix and a rest, each within a page. */
enum { FENCE_BYTES_MAX = 2 * PAGE_BYTES_MAX };

fh_status tree_salvage_init(struct tree_salvage *salvage, struct salvage *pages)
{
    salvage->pages = pages;
    salvage->bodies = memory_take(TREE_LEVELS_MAX, pages->page_bytes);
    salvage->fences = memory_take(2, FENCE_BYTES_MAX);
    salvage->key = memory_take(1, TREE_KEY_MAX + 1);
    if (salvage->bodies == NULL || salvage->fences == NULL || salvage->key == NULL) {
        tree_salvage_fini(salvage);
        return fail(FH_NO_MEMORY, "no memory for the way through a tree");
    }
    return FH_OK;
}

void tree_salvage_fini(struct tree_salvage *salvage)
{
    memory_give(salvage->bodies);
    memory_give(salvage->fences);
    memory_give(salvage->key);
    memory_give(salvage->value);
    salvage->bodies = salvage->fences = salvage->key = salvage->value = NULL;
    salvage->value_capacity = 0;
}

static uint8_t *body_of(const struct tree_salvage *salvage, unsigned step)
{
    return salvage->bodies + (size_t)step * salvage->pages->page_bytes;
}

/* Separator i of a branch in order, written out. */
static struct span separator(const struct tree_salvage *salvage, const uint8_t *node, unsigned i,
                             uint8_t *room)
{
    struct span prefix = node_prefix(node), rest = {0};
    uint8_t short_room[SEPARATOR_SHORT];
    bool is_sound = node_separator(node, salvage->pages->page_bytes, i, short_room, &rest);

    REQUIRE(is_sound); /* node_validate has looked */
    if (prefix.size > 0) memcpy(room, prefix.data, prefix.size);
    if (rest.size > 0) memcpy(room + prefix.size, rest.data, rest.size);
    return span_of(room, prefix.size + rest.size);
}

static struct tree_salvage_fences fences_of(const uint8_t *node)
{
    return (struct tree_salvage_fences){node_lower(node), node_upper(node), node_is_open(node)};
}

/* What a branch has for its child. */
static struct tree_salvage_fences fences_below(const struct tree_salvage *salvage,
                                               const uint8_t *node, unsigned child)
{
    struct tree_salvage_fences fences = fences_of(node);

    if (child > 0) fences.lower = separator(salvage, node, child - 1, salvage->fences);
    if (child < node_count(node)) {
        fences.upper = separator(salvage, node, child, salvage->fences + FENCE_BYTES_MAX);
        fences.is_open = false;
    }
    return fences;
}

/* The first and the last key (or separator) lie between the node's own fences. */
static bool is_within(const uint8_t *node, uint32_t page_bytes)
{
    struct span lower = node_lower(node), upper = node_upper(node);
    size_t prefix = node_prefix_bytes(node);
    unsigned count = node_count(node);
    struct span first, last;
    uint8_t room[2][SEPARATOR_SHORT];
    struct cell cells[2];

    if (prefix != node_prefix_between(lower, upper, node_is_open(node))) return false;
    if (count == 0) return true;
    if (node_level(node) == 0) {
        if (!node_cell(node, page_bytes, 0, &cells[0]) ||
            !node_cell(node, page_bytes, count - 1, &cells[1]))
            return false;
        first = cells[0].rest;
        last = cells[1].rest;
    } else if (!node_separator(node, page_bytes, 0, room[0], &first) ||
               !node_separator(node, page_bytes, count - 1, room[1], &last)) {
        return false;
    }
    return span_compare(first, span_of(lower.data + prefix, lower.size - prefix)) >= 0 &&
           (node_is_open(node) ||
            span_compare(last, span_of(upper.data + prefix, upper.size - prefix)) < 0);
}

/* All that a node says of itself. */
static fh_status judge_node(const struct tree_salvage *salvage, const uint8_t *node, page_no page,
                            unsigned level, uint32_t tree_id)
{
    uint32_t page_bytes = salvage->pages->page_bytes;

    if (!node_is_sound(node, page_bytes, level, tree_id))
        return fail(FH_CORRUPT, "page %u is no node of level %u of tree %u", page, level, tree_id);
    if (node_validate(node, page_bytes) != FH_OK) return note_context(FH_CORRUPT, "page %u", page);
    if (node_lower(node).size > page_bytes / 8 || node_upper(node).size > page_bytes / 8 ||
        node_is_open(node) != (node_upper(node).size == 0))
        return fail(FH_CORRUPT, "page %u: fences that no node has", page);
    if (!is_within(node, page_bytes))
        return fail(FH_CORRUPT, "page %u: keys beyond its fences", page);
    return FH_OK;
}

/* The node for a place in the tree, into `body`: as the head of this file's header says. */
static fh_status read_node(struct tree_salvage *salvage, page_no page, unsigned level,
                           const struct tree_salvage_fences *fences, uint64_t epoch_most,
                           uint8_t *body)
{
    struct slot wanted = {.tag = level == 0 ? PAGE_LEAF : PAGE_BRANCH,
                          .level = (uint8_t)level,
                          .tree_id = salvage->tree_id};
    struct tree_salvage_fences own;
    struct run run = {page, 1};

    if (!salvage_can_hold(salvage->pages, run))
        return fail(FH_CORRUPT, "page %u is beyond the end of the file, or no place for a node",
                    page);
    TRY(salvage_read(salvage->pages, run, body));
    TRY(judge_node(salvage, body, page, level, salvage->tree_id));
    wanted.epoch = node_epoch(body);
    if (wanted.epoch == 0 || wanted.epoch > epoch_most)
        return fail(FH_CORRUPT, "page %u is younger than what leads to it", page);
    own = fences_of(body);
    if (!span_equals(own.lower, fences->lower) || own.is_open != fences->is_open ||
        (!own.is_open && !span_equals(own.upper, fences->upper)))
        return fail(FH_CORRUPT, "page %u: its fences are not its parent's separators", page);
    return salvage_judge(salvage->pages, run, body, &wanted);
}

static fh_status lose(struct tree_salvage *salvage, page_no page,
                      const struct tree_salvage_fences *fences)
{
    struct tree_salvage_loss loss = {
        .page = page, .from = fences->lower, .to = fences->upper, .is_open = fences->is_open};

    return salvage->loss(salvage->context, &loss);
}

/* The pieces that a payload names; together they can hold its bytes. */
static fh_status decode_pieces(const struct salvage *pages, struct span payload,
                               struct txn_extents *pieces, uint64_t *ret_bytes)
{
    uint64_t bytes = load64(payload.data), page_count = 0;

    pieces->count = (uint32_t)((payload.size - EXTENT_LENGTH_BYTES) / EXTENT_BYTES);
    if (pieces->count > TXN_EXTENTS_MAX)
        return fail(FH_CORRUPT, "a value in %u pieces", pieces->count);
    for (uint32_t i = 0; i < pieces->count; i++) {
        const uint8_t *at = payload.data + EXTENT_LENGTH_BYTES + (size_t)i * EXTENT_BYTES;

        pieces->runs[i] = (struct run){load32(at), load32(at + 4)};
        page_count += pieces->runs[i].count;
        if (!salvage_can_hold(pages, pieces->runs[i]))
            return fail(FH_CORRUPT,
                        "its pages %llu to %llu are beyond the end of the file, or no "
                        "place for a value",
                        (unsigned long long)pieces->runs[i].first,
                        (unsigned long long)run_end(pieces->runs[i]) - 1);
    }
    if (page_count > pages->page_count || bytes > page_count << pages->page_shift ||
        bytes > UINT32_MAX)
        return fail(FH_CORRUPT, "%llu bytes in %llu pages", (unsigned long long)bytes,
                    (unsigned long long)page_count);
    *ret_bytes = bytes;
    return FH_OK;
}

/* One piece; of a leaf that was found, what else leads to it does not matter, its proof does. */
static fh_status read_piece(struct tree_salvage *salvage, struct run run, uint64_t epoch_most,
                            bool is_found, uint8_t *to)
{
    struct salvage *pages = salvage->pages;
    struct slot wanted = {.tag = PAGE_RUN_HEAD, .tree_id = salvage->tree_id}, slot;
    bool needed_proof = pages->needs_proof;
    fh_status status;

    if (salvage_slot(pages, (page_no)run.first, &slot) && slot.epoch > epoch_most)
        return fail(FH_CORRUPT, "page %llu was used again later", (unsigned long long)run.first);
    TRY(salvage_read(pages, run, to));
    pages->needs_proof |= is_found;
    status = salvage_judge(pages, run, to, &wanted);
    pages->needs_proof = needed_proof;
    TRY(status);
    if (!is_found && !salvage_reach(pages, run))
        return fail(FH_CORRUPT, "page %llu: another value is there", (unsigned long long)run.first);
    return FH_OK;
}

/* The value that a cell has elsewhere. */
static fh_status read_value(struct tree_salvage *salvage, struct span payload, uint64_t epoch_most,
                            bool is_found, struct span *ret_value)
{
    unsigned page_shift = salvage->pages->page_shift;
    struct txn_extents pieces;
    uint64_t bytes, size = 0, at = 0;

    TRY(decode_pieces(salvage->pages, payload, &pieces, &bytes));
    size = overflow_pages(&pieces) << page_shift;
    if (size > salvage->value_capacity) {
        memory_give(salvage->value);
        salvage->value_capacity = 0;
        salvage->value = memory_take((size_t)size, 1);
        if (salvage->value == NULL)
            return fail(FH_NO_MEMORY, "no memory for a value of %llu bytes",
                        (unsigned long long)size);
        salvage->value_capacity = (size_t)size;
    }
    for (uint32_t i = 0; i < pieces.count; i++) {
        TRY(read_piece(salvage, pieces.runs[i], epoch_most, is_found, salvage->value + at));
        at += pieces.runs[i].count << page_shift;
    }
    *ret_value = span_of(salvage->value, (size_t)bytes);
    return FH_OK;
}

/* One item: given, or lost by itself. */
static fh_status visit_item(struct tree_salvage *salvage, const uint8_t *node, page_no page,
                            unsigned i, bool is_found)
{
    struct span prefix = node_prefix(node), value;
    struct cell cell = {.rest = {0}};
    size_t key_bytes;
    fh_status status = FH_OK;
    bool is_sound = node_cell(node, salvage->pages->page_bytes, i, &cell);

    REQUIRE(is_sound); /* node_validate has looked */
    key_bytes = prefix.size + cell.rest.size;
    if (key_bytes == 0 || key_bytes > salvage->pages->page_bytes / 8) {
        struct tree_salvage_fences fences = fences_of(node);

        (void)fail(FH_CORRUPT, "page %u: item %u has a key of %zu bytes", page, i, key_bytes);
        return lose(salvage, page, &fences);
    }
    if (prefix.size > 0) memcpy(salvage->key, prefix.data, prefix.size);
    if (cell.rest.size > 0) memcpy(salvage->key + prefix.size, cell.rest.data, cell.rest.size);
    value = cell.payload;
    if (cell.is_extents)
        status = read_value(salvage, cell.payload, node_epoch(node), is_found, &value);
    if (status == FH_OK)
        return salvage->item(salvage->context, span_of(salvage->key, key_bytes), value);
    if (status != FH_CORRUPT) return status;
    salvage->key[key_bytes] = 0; /* the next key in the order of bytes */
    return salvage->loss(salvage->context, &(struct tree_salvage_loss){
                                               .page = page,
                                               .from = span_of(salvage->key, key_bytes),
                                               .to = span_of(salvage->key, key_bytes + 1),
                                               .is_item = true,
                                           });
}

/* The next node down; one that does not count is lost. */
static fh_status enter(struct tree_salvage *salvage, page_no page, unsigned level,
                       const struct tree_salvage_fences *fences, uint64_t epoch_most)
{
    uint8_t *body = body_of(salvage, salvage->depth);
    fh_status status = read_node(salvage, page, level, fences, epoch_most, body);

    if (status == FH_OK && !salvage_reach(salvage->pages, (struct run){page, 1}))
        status = fail(FH_CORRUPT, "page %u was reached before", page);
    if (status == FH_CORRUPT) return lose(salvage, page, fences);
    TRY(status);
    if (level > 0) {
        salvage->steps[salvage->depth++] = (struct tree_salvage_step){.page = page};
        return FH_OK;
    }
    for (unsigned i = 0; i < node_count(body); i++)
        TRY(visit_item(salvage, body, page, i, false));
    return FH_OK;
}

static const struct tree_salvage_fences no_fences = {.is_open = true};

fh_status tree_salvage_walk(struct tree_salvage *salvage, const struct tree_state *tree)
{
    salvage->tree_id = tree->tree_id;
    salvage->depth = 0;
    if (tree->root == 0) return FH_OK;
    if (tree->level >= TREE_LEVELS_MAX) {
        (void)fail(FH_CORRUPT, "a tree of %u levels", tree->level);
        return lose(salvage, tree->root, &no_fences);
    }
    TRY(enter(salvage, tree->root, tree->level, &no_fences, salvage->pages->epoch_most));
    while (salvage->depth > 0) {
        struct tree_salvage_step *step = &salvage->steps[salvage->depth - 1];
        const uint8_t *node = body_of(salvage, salvage->depth - 1);
        struct tree_salvage_fences fences;
        unsigned child = step->next++;

        if (child > node_count(node)) {
            salvage->depth--;
            continue;
        }
        fences = fences_below(salvage, node, child);
        TRY(enter(salvage, node_child(node, child), node_level(node) - 1, &fences,
                  node_epoch(node)));
    }
    return FH_OK;
}

fh_status tree_salvage_root(struct tree_salvage *salvage, const struct tree_state *tree)
{
    salvage->tree_id = tree->tree_id;
    if (tree->root == 0) return FH_OK;
    if (tree->level >= TREE_LEVELS_MAX) return fail(FH_CORRUPT, "a tree of %u levels", tree->level);
    return read_node(salvage, tree->root, tree->level, &no_fences, salvage->pages->epoch_most,
                     body_of(salvage, 0));
}

bool tree_salvage_is_root(const struct tree_salvage *salvage, const uint8_t *body,
                          const struct slot *slot)
{
    return judge_node(salvage, body, 0, slot->level, slot->tree_id) == FH_OK &&
           node_epoch(body) == slot->epoch && slot->level < TREE_LEVELS_MAX &&
           node_lower(body).size == 0 && node_is_open(body);
}

bool tree_salvage_is_leaf(const struct tree_salvage *salvage, const uint8_t *body,
                          const struct slot *slot, struct tree_salvage_fences *ret_fences)
{
    if (slot->tag != PAGE_LEAF || judge_node(salvage, body, 0, 0, slot->tree_id) != FH_OK ||
        node_epoch(body) != slot->epoch)
        return false;
    *ret_fences = fences_of(body);
    return true;
}

fh_status tree_salvage_leaf(struct tree_salvage *salvage, const uint8_t *body, page_no page,
                            uint32_t tree_id)
{
    salvage->tree_id = tree_id;
    for (unsigned i = 0; i < node_count(body); i++)
        TRY(visit_item(salvage, body, page, i, true));
    return FH_OK;
}
