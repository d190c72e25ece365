/*
 * slot_text.c - a page's slot as page and slots print it.
 */
#include "slot_text.h"

#include <inttypes.h>

void slot_text_members(struct json *json, const fh_slot_info *slot)
{
    json_number(json, "page_no", slot->page_no);
    json_text(json, "kind", fh_page_kind_name(slot->kind));
    json_text(json, "state", fh_page_state_name(slot->state));
    json_number(json, "level", slot->level);
    json_number(json, "tree_id", slot->tree_id);
    json_number(json, "birth_epoch", slot->birth_epoch);
    json_number(json, "run_pages", slot->run_pages);
    json_number(json, "body_crc", slot->body_crc);
    json_flag(json, "is_proven", slot->is_proven);
}

void slot_text_head(struct output *output)
{
    output_text(output, "      page  kind       state    level  tree        birth        run"
                        "    body crc  slot\n");
}

void slot_text_line(struct output *output, const fh_slot_info *slot)
{
    output_format(output,
                  "%10" PRIu32 "  %-9s  %-7s  %5" PRIu32 " %5" PRIu32 " %12" PRIu64 " %10" PRIu32
                  "  0x%08" PRIx32 "  %s\n",
                  slot->page_no, fh_page_kind_name(slot->kind), fh_page_state_name(slot->state),
                  slot->level, slot->tree_id, slot->birth_epoch, slot->run_pages, slot->body_crc,
                  slot->is_proven ? "proven" : "not proven");
}
