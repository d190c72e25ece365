/*
 * page.c - freehold page: one page, decoded.
 */
#include <inttypes.h>

#include "freehold/inspect.h"

#include "command.h"
#include "failure.h"
#include "json.h"
#include "session.h"
#include "slot_text.h"

static int is_node(fh_page_kind kind)
{
    return kind == FH_PAGE_BRANCH || kind == FH_PAGE_LEAF;
}

static void print_json(struct output *output, const fh_page_info *info)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    slot_text_members(&json, &info->slot);
    json_number(&json, "file_offset", info->file_offset);
    json_number(&json, "computed_crc", info->computed_crc);
    json_flag(&json, "is_intact", info->is_intact);
    if (is_node(info->slot.kind)) {
        json_number(&json, "item_count", info->item_count);
        json_number(&json, "prefix_bytes", info->prefix_bytes);
        json_number(&json, "free_bytes", info->free_bytes);
        json_number(&json, "node_epoch", info->node_epoch);
    }
    if (info->slot.kind == FH_PAGE_HEADER || info->slot.kind == FH_PAGE_META)
        json_number(&json, "checkpoint_no", info->checkpoint_no);
    if (info->slot.kind == FH_PAGE_META) {
        json_number(&json, "txn_id", info->meta_txn_id);
        json_number(&json, "page_count", info->meta_page_count);
        json_number(&json, "root_page", info->meta_root_page);
    }
    json_object_end(&json);
    json_line_end(&json);
}

static void print_line(struct output *output, const char *name, uint64_t number)
{
    output_format(output, "%-14s %" PRIu64 "\n", name, number);
}

static void print_text(struct output *output, const fh_page_info *info)
{
    const fh_slot_info *slot = &info->slot;

    print_line(output, "page", slot->page_no);
    print_line(output, "file offset", info->file_offset);
    output_format(output, "%-14s %s\n", "kind", fh_page_kind_name(slot->kind));
    output_format(output, "%-14s %s\n", "state", fh_page_state_name(slot->state));
    print_line(output, "level", slot->level);
    print_line(output, "tree id", slot->tree_id);
    print_line(output, "birth epoch", slot->birth_epoch);
    print_line(output, "run pages", slot->run_pages);
    output_format(output, "%-14s %s\n", "slot", slot->is_proven ? "proven" : "not proven");
    if (info->is_intact && info->computed_crc == 0)
        output_format(output, "%-14s 0x%08" PRIx32 ", not judged\n", "body crc", slot->body_crc);
    else
        output_format(output, "%-14s 0x%08" PRIx32 ", computed 0x%08" PRIx32 ": %s\n", "body crc",
                      slot->body_crc, info->computed_crc, info->is_intact ? "intact" : "damaged");
    if (is_node(slot->kind)) {
        print_line(output, slot->kind == FH_PAGE_LEAF ? "items" : "separators", info->item_count);
        print_line(output, "prefix bytes", info->prefix_bytes);
        print_line(output, "free bytes", info->free_bytes);
        print_line(output, "node epoch", info->node_epoch);
    }
    if (slot->kind == FH_PAGE_HEADER || slot->kind == FH_PAGE_META)
        print_line(output, "checkpoint", info->checkpoint_no);
    if (slot->kind == FH_PAGE_META) {
        print_line(output, "transaction", info->meta_txn_id);
        print_line(output, "file pages", info->meta_page_count);
        print_line(output, "root page", info->meta_root_page);
    }
}

static enum outcome print_page(const struct arguments *arguments, const struct session *session,
                               uint32_t page_no)
{
    struct output output;
    fh_page_info info;
    fh_status status = fh_page_describe(session->db, page_no, &info);

    if (status == FH_NOT_FOUND)
        return failure_no(arguments->operand[1], "no such page (see: freehold stat DB)");
    if (status != FH_OK) return failure_file(session->path, status);
    output_init(&output);
    if (arguments->option[OPTION_JSON] != NULL)
        print_json(&output, &info);
    else
        print_text(&output, &info);
    return output_fini(&output);
}

static enum outcome run(const struct arguments *arguments)
{
    struct session session;
    uint64_t page_no = 0;

    PASS(arguments_number(arguments->operand[1], 0, &page_no));
    if (page_no > UINT32_MAX) return failure_no(arguments->operand[1], "no such page");
    PASS(session_inspect(arguments, &session));
    return session_close(&session, print_page(arguments, &session, (uint32_t)page_no));
}

const struct command page_command = {
    .name = "page",
    .operands = "DB NO",
    .summary = "decode one page; exit 1 if there is none",
    .options = ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
