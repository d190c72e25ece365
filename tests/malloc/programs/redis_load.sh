#!/bin/sh
# redis_load.sh - waits for a redis server, gives it work, and ends it.
#
# usage: redis_load.sh SOCKET
tries=0
until redis-cli -s "$1" ping 2>/dev/null | grep -q PONG; do
    tries=$((tries + 1))
    [ $tries -lt 2000 ] || exit 1
done
redis-benchmark -s "$1" -P 16 -n 100000 -r 100000 -d 200 -q \
    -t set,get,incr,lpush,rpop,sadd,hset,zadd
redis-benchmark -s "$1" -P 4 -n 2000 -r 1000 -q -t lrange_300
redis-cli -s "$1" shutdown nosave
