/*
 * page_writer.h - pages on their way to the file, neighbours in one write.
 *
 * Computes each page's checksum for its slot as it passes. The bodies are borrowed until
 * the next flush.
 */
#ifndef FREEHOLD_PAGER_PAGE_WRITER_H
#define FREEHOLD_PAGER_PAGE_WRITER_H

#include "alloc/slot_format.h"
#include "base/bytes.h"
#include "base/compiler.h"
#include "os/os.h"

enum { PAGE_WRITER_PAGES = 128 };

struct page_writer {
    struct os_file *file;
    unsigned page_shift;
    page_no first;
    uint32_t count;
    struct span parts[PAGE_WRITER_PAGES];
};

void page_writer_init(struct page_writer *writer, struct os_file *file, unsigned page_shift);

/* `slot` is the page's draft. May write what came before. */
fh_status page_writer_add(struct page_writer *writer, page_no page, const uint8_t *body,
                          struct slot *slot) MUST_CHECK;
fh_status page_writer_flush(struct page_writer *writer) MUST_CHECK;

#endif
