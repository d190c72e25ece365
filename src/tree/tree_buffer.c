/*
 * tree_buffer.c - views for long values, copies for short ones.
 *
 * A view takes no memory, however many there are, and costs a system call a piece. A copy into new
 * memory is dearer than that from some length on, since the system clears each page of it first.
 */
#include "tree/tree_buffer.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { VIEW_BYTES_LEAST = 256 << 10, VIEW_PARTS_MAX = 4 };

static fh_status new_buffer(const struct overlay *overlay, size_t room_bytes,
                            struct tree_buffer **ret_buffer)
{
    struct tree_buffer *buffer = memory_take(sizeof(*buffer) + room_bytes, 1);

    if (buffer == NULL) return fail(FH_NO_MEMORY, "no memory for a value of %zu bytes", room_bytes);
    buffer->overlay = overlay;
    buffer->value = buffer->room;
    buffer->room_bytes = room_bytes;
    *ret_buffer = buffer;
    return FH_OK;
}

static void copy(struct tree_buffer *buffer, const struct txn_extents *extents, size_t bytes)
{
    size_t done = 0;

    for (uint32_t i = 0; i < extents->count; i++) {
        uint64_t room = extents->runs[i].count << buffer->overlay->page_shift;
        size_t here = size_min(bytes - done, (size_t)room);

        memcpy(buffer->room + done,
               overlay_mapped(buffer->overlay, (page_no)extents->runs[i].first), here);
        done += here;
    }
}

/* No view: the system's pages are larger than ours, or there are too many views. */
static bool make_view(const struct overlay *overlay, const struct txn_extents *extents,
                      struct tree_buffer **ret_buffer)
{
    struct os_part parts[VIEW_PARTS_MAX];
    const void *view;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < extents->count; i++) {
        parts[i] = (struct os_part){extents->runs[i].first << overlay->page_shift,
                                    extents->runs[i].count << overlay->page_shift};
        bytes += parts[i].bytes;
    }
    if (new_buffer(overlay, 0, ret_buffer) != FH_OK) return false;
    if (overlay->os->map_parts(overlay->file, parts, extents->count, &view) != FH_OK) {
        memory_give(*ret_buffer);
        return false;
    }
    (*ret_buffer)->value = view;
    (*ret_buffer)->view_bytes = bytes;
    return true;
}

fh_status tree_buffer_make(const struct overlay *overlay, const struct txn_extents *extents,
                           size_t bytes, struct tree_buffer **ret_buffer)
{
    if (bytes >= VIEW_BYTES_LEAST && extents->count <= VIEW_PARTS_MAX &&
        make_view(overlay, extents, ret_buffer))
        return FH_OK;
    TRY(new_buffer(overlay, bytes, ret_buffer));
    copy(*ret_buffer, extents, bytes);
    return FH_OK;
}

fh_status tree_buffer_refill(struct tree_buffer **buffer, const struct overlay *overlay,
                             const struct txn_extents *extents, size_t bytes)
{
    if (*buffer == NULL || (*buffer)->room_bytes < bytes) {
        struct tree_buffer *larger;

        TRY(new_buffer(overlay, bytes, &larger));
        tree_buffer_give(*buffer);
        *buffer = larger;
    }
    copy(*buffer, extents, bytes);
    return FH_OK;
}

void tree_buffer_give(struct tree_buffer *buffer)
{
    if (buffer == NULL) return;
    if (buffer->view_bytes > 0)
        buffer->overlay->os->unmap_parts(buffer->overlay->file, buffer->value, buffer->view_bytes);
    memory_give(buffer);
}

void tree_buffer_give_all(struct list *buffers)
{
    struct list *node;

    while ((node = list_take_first(buffers)) != NULL)
        tree_buffer_give(list_item(node, struct tree_buffer, link));
}
