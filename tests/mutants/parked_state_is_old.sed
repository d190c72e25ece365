# A parked seat is gone on with whatever was committed since (R6).
# file: src/pager/snapshot.c
# test: unit_kv_kv_kept
/^enum seat_claim snapshot_claim/,/^}/ {
    /return lease == LEASE_IDLE &&/,/? SEAT_CURRENT/ c\
    return lease == LEASE_IDLE ? SEAT_CURRENT
}
