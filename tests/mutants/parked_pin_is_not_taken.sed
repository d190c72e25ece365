# Whoever looks at the pins takes those of parked seats and leaves the seats as they are (R6).
# file: src/pager/snapshot.c
# test: unit_pager_snapshot
/^static void take_parked/,/^}/ s/lease, LEASE_OVER,/lease, LEASE_IDLE,/
