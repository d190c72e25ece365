# A frame is used again while an older reader holds it (C9).
# file: src/pager/overlay.c
# test: kv_model
/^void overlay_reclaim/,/^}/ s/if (pin < it->epoch)/if (pin < UINT64_MAX)/
