/*
 * kv_repair_report.c - findings of a repair in words.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/note.h"
#include "kv/kv_repair.h"
#include "kv/kv_text.h"

enum { LINE_BYTES = 1500, RANGE_BYTES = 2 * KV_TEXT_BYTES + 64, PROGRESS_STEPS = 4096 };

const char *kv_repair_name(char *room, struct span name)
{
    char shown[KV_TEXT_BYTES];

    if (name.size == 0) return "the unnamed tree";
    (void)snprintf(room, KV_REPAIR_NAME_BYTES, "tree %s", kv_text_show(shown, sizeof(shown), name));
    return room;
}

static void report(struct kv_repair *repair, const fh_finding *finding)
{
    if (finding->kind == FH_FINDING_NOTE)
        repair->info.note_count++;
    else if (finding->kind != FH_FINDING_OFFER)
        repair->info.loss_count++;
    if (repair->options.report != NULL) repair->options.report(repair->options.context, finding);
}

static void show_range(char *to, size_t size, const char *what,
                       const struct tree_salvage_loss *loss)
{
    char first[KV_TEXT_BYTES], end[KV_TEXT_BYTES];

    (void)kv_text_show(first, sizeof(first), loss->from);
    (void)kv_text_show(end, sizeof(end), loss->to);
    if (loss->is_item)
        (void)snprintf(to, size, "%s %s is", what, first);
    else if (loss->from.size == 0 && loss->is_open)
        (void)snprintf(to, size, "all %ss are", what);
    else if (loss->is_open)
        (void)snprintf(to, size, "%ss from %s on are", what, first);
    else if (loss->from.size == 0)
        (void)snprintf(to, size, "%ss before %s are", what, end);
    else
        (void)snprintf(to, size, "%ss from %s on, before %s, are", what, first, end);
}

void kv_repair_lost(struct kv_repair *repair, fh_finding_kind kind, struct span name,
                    const struct tree_salvage_loss *loss)
{
    bool is_catalog = kind == FH_FINDING_TREES;
    char line[LINE_BYTES], range[RANGE_BYTES], room[KV_REPAIR_NAME_BYTES];
    fh_finding finding = {
        .kind = kind,
        .text = line,
        .page = loss->page,
        .tree = {name.data, name.size},
        .from = {loss->from.data, loss->from.size},
        .to = {loss->to.data, loss->is_open ? 0 : loss->to.size},
    };

    show_range(range, sizeof(range), is_catalog ? "tree" : "key", loss);
    (void)snprintf(line, sizeof(line), "%s: %s lost: %s",
                   is_catalog ? "the catalog" : kv_repair_name(room, name), range, note_text());
    report(repair, &finding);
}

void kv_repair_say(struct kv_repair *repair, fh_finding_kind kind, uint64_t page,
                   const char *format, ...)
{
    char line[LINE_BYTES];
    fh_finding finding = {.kind = kind, .text = line, .page = page};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    report(repair, &finding);
}

void kv_repair_note(void *context, const char *text)
{
    kv_repair_say(context, FH_FINDING_NOTE, 0, "%s", text);
}

void kv_repair_progress(struct kv_repair *repair)
{
    const struct salvage *source = repair->source;
    uint64_t done =
        source->pages_read < source->page_count ? source->pages_read : source->page_count;

    if (repair->options.progress == NULL || repair->since_progress++ % PROGRESS_STEPS != 0) return;
    repair->options.progress(repair->options.context, done, source->page_count);
}
