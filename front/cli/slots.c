/*
 * slots.c - freehold slots: the header page of one chunk, decoded.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "freehold/inspect.h"

#include "command.h"
#include "failure.h"
#include "json.h"
#include "session.h"
#include "slot_text.h"

static void print_json(struct output *output, const fh_chunk_info *info, const fh_slot_info *slots,
                       size_t slot_count)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_number(&json, "chunk_no", info->chunk_no);
    json_number(&json, "first_page", info->first_page);
    json_number(&json, "page_count", info->page_count);
    json_number(&json, "used_pages", info->used_pages);
    json_number(&json, "free_pages", info->free_pages);
    json_number(&json, "pending_pages", info->pending_pages);
    json_flag(&json, "is_covered", info->is_covered);
    json_flag(&json, "is_proven", info->is_proven);
    json_number(&json, "checkpoint_no", info->checkpoint_no);
    json_array_begin(&json, "slots");
    for (size_t i = 0; i < slot_count; i++) {
        json_object_begin(&json, NULL);
        slot_text_members(&json, &slots[i]);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_line_end(&json);
}

static void print_text(struct output *output, const fh_chunk_info *info, const fh_slot_info *slots,
                       size_t slot_count)
{
    output_format(output,
                  "chunk %" PRIu32 ": pages %" PRIu32 " to %" PRIu64 ", %" PRIu32 " used, %" PRIu32
                  " free, %" PRIu32 " pending",
                  info->chunk_no, info->first_page,
                  (uint64_t)info->first_page + info->page_count - 1, info->used_pages,
                  info->free_pages, info->pending_pages);
    if (info->is_covered)
        output_text(output, "; inside a long run, no header page\n");
    else
        output_format(output, "; header page of checkpoint %" PRIu64 ", %s\n", info->checkpoint_no,
                      info->is_proven ? "proven" : "not proven");
    slot_text_head(output);
    for (size_t i = 0; i < slot_count; i++)
        slot_text_line(output, &slots[i]);
}

static enum outcome print_slots(const struct arguments *arguments, const struct session *session,
                                uint32_t chunk_no)
{
    fh_stat_info stat = {.size = sizeof(stat)};
    struct output output;
    fh_chunk_info info;
    size_t slot_count = 0;
    fh_slot_info *slots;
    enum outcome outcome = OUTCOME_DONE;
    fh_status status = fh_stat(session->db, &stat);

    if (status != FH_OK) return failure_file(session->path, status);
    slots = calloc(stat.chunk_pages, sizeof(*slots));
    if (slots == NULL) return failure_memory("slots");
    status = fh_chunk_describe(session->db, chunk_no, &info, slots, stat.chunk_pages, &slot_count);
    if (status == FH_NOT_FOUND) {
        outcome = failure_no(arguments->operand[1], "no such chunk (see: freehold stat DB)");
    } else if (status != FH_OK) {
        outcome = failure_file(session->path, status);
    } else {
        output_init(&output);
        if (arguments->option[OPTION_JSON] != NULL)
            print_json(&output, &info, slots, slot_count);
        else
            print_text(&output, &info, slots, slot_count);
        outcome = output_fini(&output);
    }
    free(slots);
    return outcome;
}

static enum outcome run(const struct arguments *arguments)
{
    struct session session;
    uint64_t chunk_no = 0;

    PASS(arguments_number(arguments->operand[1], 0, &chunk_no));
    if (chunk_no > UINT32_MAX) return failure_no(arguments->operand[1], "no such chunk");
    PASS(session_inspect(arguments, &session));
    return session_close(&session, print_slots(arguments, &session, (uint32_t)chunk_no));
}

const struct command slots_command = {
    .name = "slots",
    .operands = "DB CHUNK",
    .summary = "decode a chunk's header page; exit 1 if none",
    .options = ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
