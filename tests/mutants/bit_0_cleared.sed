# A long run that goes frees the header pages that it covered (0a.16).
# file: src/alloc/alloc.c
# test: crash_every_point
/^static void mark_used/,/^}/ s/if (part.first % chunk_pages == 1 \&\& run.first < part.first) chunk->is_covered = is_used;/&\
        if (part.first % chunk_pages == 1 \&\& run.first < part.first)\
            bits_fill(alloc->used, part.first - 1, 1, is_used);/
