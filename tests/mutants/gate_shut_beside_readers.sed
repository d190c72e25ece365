# A leaf is changed in place though a reader holds the state that has it (O1).
# file: src/pager/snapshot.c
# test: unit_kv_kv_late
/^bool snapshot_shut/,/^}/ s/is_free = pins->count == 0 .*/is_free = pins->count == 0 || since != 0;/
