/*
 * page_writer.c - pages on their way to the file.
 */
#include "pager/page_writer.h"

#include "base/check.h"

void page_writer_init(struct page_writer *writer, struct os_file *file, unsigned page_shift)
{
    *writer = (struct page_writer){.file = file, .page_shift = page_shift};
}

fh_status page_writer_add(struct page_writer *writer, page_no page, const uint8_t *body,
                          struct slot *slot)
{
    size_t page_bytes = (size_t)1 << writer->page_shift;

    REQUIRE(slot != NULL);
    slot->body_crc = slot_body_crc(page, body, page_bytes);
    if (writer->count == PAGE_WRITER_PAGES ||
        (writer->count > 0 && writer->first + writer->count != page))
        TRY(page_writer_flush(writer));
    if (writer->count == 0) writer->first = page;
    writer->parts[writer->count++] = span_of(body, page_bytes);
    return FH_OK;
}

fh_status page_writer_flush(struct page_writer *writer)
{
    uint32_t count = writer->count;

    if (count == 0) return FH_OK;
    writer->count = 0;
    return writer->file->os->write(writer->file, (uint64_t)writer->first << writer->page_shift,
                                   writer->parts, count);
}
