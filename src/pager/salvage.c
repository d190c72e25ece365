/*
 * salvage.c - a damaged file opened, and its pages judged one by one.
 */
#include "pager/salvage.h"

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { SHIFT_LEAST = 9, SHIFT_MOST = 13, FIXED_PAGES = META_FIRST_PAGE + META_COPY_COUNT };

struct copies {
    struct meta metas[META_COPY_COUNT];
    bool is_valid[META_COPY_COUNT];
    bool is_newer_format;
    bool is_unreadable; /* the medium says no to one */
    int best;           /* -1: none is valid */
};

/* What the medium does not give is damage; only memory can fail a salvage's reading. */
static fh_status read_bytes(struct salvage *salvage, uint64_t at, void *bytes, size_t wanted)
{
    size_t size;
    fh_status status = salvage->os->read(salvage->file, at, bytes, wanted, &size);

    if (status == FH_IO) return note_context(FH_CORRUPT, "it cannot be read");
    TRY(status);
    if (size < wanted) return fail(FH_CORRUPT, "the file ends before it");
    return FH_OK;
}

static fh_status read_copies(struct salvage *salvage, uint8_t page_shift, struct copies *copies)
{
    bool is_unreadable = copies->is_unreadable, is_newer_format = copies->is_newer_format;

    *copies = (struct copies){
        .best = -1, .is_unreadable = is_unreadable, .is_newer_format = is_newer_format};
    for (int i = 0; i < META_COPY_COUNT; i++) {
        uint8_t bytes[META_BYTES];
        page_no page = META_FIRST_PAGE + (page_no)i;
        fh_status status = read_bytes(salvage, (uint64_t)page << page_shift, bytes, sizeof(bytes));

        if (status == FH_OK) status = meta_decode(bytes, page_shift, page, &copies->metas[i]);
        if (status == FH_OK && copies->metas[i].chunk_shift != meta_chunk_shift(page_shift))
            status = FH_VERSION;
        if (status != FH_OK && status != FH_CORRUPT && status != FH_VERSION) return status;
        copies->is_valid[i] = status == FH_OK;
        copies->is_newer_format |= status == FH_VERSION;
        if (status == FH_OK && (copies->best < 0 || copies->metas[i].checkpoint_no >
                                                        copies->metas[copies->best].checkpoint_no))
            copies->best = i;
    }
    return FH_OK;
}

/* The first size with a valid copy decides; the one that slot 0 claims is tried first. */
static fh_status find_copies(struct salvage *salvage, struct copies *copies)
{
    uint8_t start[SLOT_BYTES] = {0};
    uint8_t claimed, chunk_shift;
    fh_status status = read_bytes(salvage, 0, start, sizeof(start));

    if (status != FH_OK && status != FH_CORRUPT) return status;
    *copies = (struct copies){.best = -1};
    if (status == FH_OK && slot_peek_sizes(start, &claimed, &chunk_shift) &&
        claimed >= SHIFT_LEAST && claimed <= SHIFT_MOST)
        TRY(read_copies(salvage, claimed, copies));
    else
        claimed = 0;
    for (unsigned shift = SHIFT_LEAST; shift <= SHIFT_MOST && copies->best < 0; shift++) {
        claimed = (uint8_t)shift;
        TRY(read_copies(salvage, claimed, copies));
    }
    salvage->page_shift = claimed;
    return FH_OK;
}

static bool is_ours(const struct copies *copies, int i)
{
    return copies->is_valid[i] &&
           memcmp(copies->metas[i].uuid, copies->metas[copies->best].uuid, UUID_BYTES) == 0;
}

/* Every state that a copy names, newest first; what the other copies are goes to the notes. */
static void keep_states(struct salvage *salvage, const struct copies *copies)
{
    const struct meta *best = &copies->metas[copies->best];
    int other = best->slot == 0 ? 1 : 0, mirror = other + 2;

    salvage->hides_newer = !is_ours(copies, other) &&
                           !(is_ours(copies, mirror) &&
                             copies->metas[mirror].checkpoint_no == best->checkpoint_no - 1);
    for (int i = 0; i < META_COPY_COUNT; i++) {
        const struct meta *meta = &copies->metas[i];
        unsigned at = 0;

        if (!is_ours(copies, i)) {
            fault_add(salvage->notes, "page %d: this copy of a meta is damaged",
                      META_FIRST_PAGE + i);
            continue;
        }
        while (at < salvage->state_count && salvage->states[at].checkpoint_no > meta->checkpoint_no)
            at++;
        if (at < salvage->state_count && salvage->states[at].checkpoint_no == meta->checkpoint_no)
            continue;
        for (unsigned to = salvage->state_count++; to > at; to--)
            salvage->states[to] = salvage->states[to - 1];
        salvage->states[at] = *meta;
    }
}

static fh_status find_sizes(struct salvage *salvage)
{
    struct copies copies;
    fh_status status;

    TRY(find_copies(salvage, &copies));
    if (copies.best >= 0) {
        salvage->chunk_shift = copies.metas[copies.best].chunk_shift;
        salvage->uuid_seed = slot_uuid_seed(copies.metas[copies.best].uuid);
        salvage->has_seed = true;
        keep_states(salvage, &copies);
        return FH_OK;
    }
    if (copies.is_newer_format)
        return fail(FH_VERSION, "a newer version of Freehold made this file: use that one");
    status = salvage_find_sizes(salvage);
    if (status == FH_NOT_FOUND)
        return fail(FH_NOT_DATABASE, "no meta and no header page is whole: there is nothing to "
                                     "begin with");
    TRY(status);
    fault_add(salvage->notes, "pages 1 to 4: no copy of a meta is whole");
    return FH_OK;
}

static fh_status take_memory(struct salvage *salvage)
{
    uint32_t chunks;

    salvage->page_bytes = 1U << salvage->page_shift;
    salvage->chunk_pages = 1U << salvage->chunk_shift;
    chunks = (salvage->page_count >> salvage->chunk_shift) + 1;
    salvage->reached = memory_take((size_t)salvage->page_count / 64 + 1, sizeof(uint64_t));
    salvage->bad_headers = memory_take((size_t)chunks / 64 + 1, sizeof(uint64_t));
    salvage->header = memory_take(1, salvage->page_bytes);
    if (salvage->reached == NULL || salvage->bad_headers == NULL || salvage->header == NULL)
        return fail(FH_NO_MEMORY, "no memory for the pages of a file");
    return FH_OK;
}

static fh_status open_file(struct salvage *salvage)
{
    struct os_file_size size;
    uint64_t pages;

    TRY(salvage->os->open(salvage->os, salvage->path, OS_OPEN_READ, &salvage->file));
    TRY(salvage->os->lock(salvage->file, false));
    TRY(salvage->os->size(salvage->file, &size));
    salvage->page_count = UINT32_MAX; /* until the page size is known */
    TRY(find_sizes(salvage));
    pages = size.bytes >> salvage->page_shift;
    salvage->page_count = pages < UINT32_MAX ? (uint32_t)pages : UINT32_MAX;
    return take_memory(salvage);
}

fh_status salvage_open(const struct os *os, const char *path, struct fault_list *notes,
                       struct salvage **ret_salvage)
{
    struct salvage *salvage = memory_take(1, sizeof(*salvage));
    fh_status status;

    if (salvage == NULL) return fail(FH_NO_MEMORY, "no memory to read a damaged file");
    salvage->os = os;
    salvage->path = path;
    salvage->notes = notes;
    status = open_file(salvage);
    if (status != FH_OK) {
        salvage_close(salvage);
        return status;
    }
    *ret_salvage = salvage;
    return FH_OK;
}

void salvage_close(struct salvage *salvage)
{
    if (salvage == NULL) return;
    if (salvage->file != NULL) salvage->os->close(salvage->file);
    memory_give(salvage->reached);
    memory_give(salvage->bad_headers);
    memory_give(salvage->header);
    memory_give(salvage);
}

void salvage_choose(struct salvage *salvage, uint64_t epoch_most, bool needs_proof)
{
    salvage->epoch_most = epoch_most;
    salvage->needs_proof = needs_proof;
    bits_fill(salvage->reached, 0, salvage->page_count, false);
}

bool salvage_can_hold(const struct salvage *salvage, struct run run)
{
    return run.count > 0 && run.first >= FIXED_PAGES && run_end(run) <= salvage->page_count &&
           run.first % salvage->chunk_pages != 0;
}

fh_status salvage_read(struct salvage *salvage, struct run run, uint8_t *bytes)
{
    fh_status status = read_bytes(salvage, run.first << salvage->page_shift, bytes,
                                  (size_t)(run.count << salvage->page_shift));

    salvage->pages_read += run.count;
    return status == FH_OK ? FH_OK
                           : note_context(status, "page %llu", (unsigned long long)run.first);
}

/* A header page that is not there proves nothing, as if it were zeros. */
static void look_at_header(struct salvage *salvage, uint32_t chunk_no)
{
    uint64_t at = (uint64_t)chunk_no << (salvage->chunk_shift + salvage->page_shift);

    if (salvage->has_header && salvage->header_chunk == chunk_no) return;
    if (read_bytes(salvage, at, salvage->header, salvage->page_bytes) != FH_OK)
        memset(salvage->header, 0, salvage->page_bytes);
    salvage->header_chunk = chunk_no;
    salvage->has_header = true;
}

bool salvage_slot(struct salvage *salvage, page_no page, struct slot *ret_slot)
{
    uint32_t slot_no = page & (salvage->chunk_pages - 1);

    if (!salvage->has_seed || page >= salvage->page_count || slot_no == 0) return false;
    look_at_header(salvage, page >> salvage->chunk_shift);
    return slot_decode(salvage->header + (size_t)slot_no * SLOT_BYTES, page, salvage->uuid_seed,
                       ret_slot);
}

/*
 * Nothing is lost with a header page but the proof of what it described. A node tells its age
 * itself; a value does not, and in an older state its pages may hold another one by now.
 */
static fh_status take_unproven(struct salvage *salvage, struct run run, bool tells_its_age)
{
    uint32_t chunk_no = (uint32_t)(run.first >> salvage->chunk_shift);

    if (salvage->needs_proof && !tells_its_age)
        return fail(FH_CORRUPT,
                    "page %llu: its slot does not prove itself, and an older state "
                    "must be proven",
                    (unsigned long long)run.first);
    if (!bits_test(salvage->bad_headers, chunk_no)) {
        bits_fill(salvage->bad_headers, chunk_no, 1, true);
        fault_add(salvage->notes,
                  "page %llu: the header page is damaged: from page %llu on what it described is "
                  "taken without a checksum",
                  (unsigned long long)chunk_no << salvage->chunk_shift,
                  (unsigned long long)run.first);
    }
    salvage->unproven_pages += run.count;
    return FH_OK;
}

fh_status salvage_judge(struct salvage *salvage, struct run run, const uint8_t *bytes,
                        const struct slot *wanted)
{
    page_no page = (page_no)run.first;
    struct slot slot;

    if (!salvage_slot(salvage, page, &slot)) return take_unproven(salvage, run, wanted->epoch != 0);
    if (slot.tag != wanted->tag || slot.level != wanted->level || slot.tree_id != wanted->tree_id ||
        slot.run_pages != run.count)
        return fail(FH_CORRUPT, "page %u: its slot tells of another page", page);
    if (slot.epoch > salvage->epoch_most)
        return fail(FH_CORRUPT, "page %u: it was used again later", page);
    if (slot_body_crc(page, bytes, (size_t)(run.count << salvage->page_shift)) != slot.body_crc)
        return fail(FH_CORRUPT, "page %u: the checksum is wrong", page);
    if (wanted->epoch != 0 && slot.epoch != wanted->epoch)
        return fail(FH_CORRUPT, "page %u: its slot tells of another birth", page);
    return FH_OK;
}

bool salvage_reach(struct salvage *salvage, struct run run)
{
    if (bits_count(salvage->reached, run.first, run.count) != 0) return false;
    bits_fill(salvage->reached, run.first, run.count, true);
    return true;
}
