/*
 * heap_probe.h - points in the running heap that bpftrace, perf and gdb may stop at, by name.
 *
 * A probe is one instruction that does nothing, and a note in the file that says where it is and
 * where its operands are; the format is SystemTap's. It costs nothing worth counting until
 * somebody attaches, and none is on the fast path. Only in builds with FREEHOLD_PROBES; in others
 * nothing is left of it. The provider is `freehold`; freehold-malloc(7) lists them.
 */
#ifndef FREEHOLD_HEAP_HEAP_PROBE_H
#define FREEHOLD_HEAP_HEAP_PROBE_H

#ifdef FREEHOLD_PROBES
#include <sys/sdt.h>
/* Two underscores in the name show as a dash in some tools. */
#define HEAP_PROBE(name, first, second) DTRACE_PROBE2(freehold, name, first, second)
#else
#define HEAP_PROBE(name, first, second) ((void)0)
#endif

#endif
