# The front door: each target is a line or two over a preset or a tool. `make help` lists them.
.DEFAULT_GOAL := release
.NOTPARALLEL:
.PHONY: release test check demo bench bench-kv bench-aging bench-promise bench-space bench-readers bench-commits \
	bench-malloc cost debug asan tsan valgrind clang lint format model model-check crash fuzz mutants \
	coverage examples figures man picture dist install uninstall clean ci help

PREFIX ?= /usr/local
DESTDIR ?=
T ?=
M ?=
SECONDS ?= 60
EFFORT ?= 50
BENCH ?=
RECORD ?=
JOBS := $(shell nproc 2>/dev/null || echo 1)
BUILD := build/release

# $(call build,PRESET[,OPTIONS]): configured and compiled; prints only what is wrong.
build = tools/build $(1) $(JOBS) $(2)
ctest = ctest --preset $(1) --parallel $(JOBS) --timeout 300

release:           ## optimized libraries and tools, in build/release (also just: make)
	@tools/deps --check build
	@$(call build,release)

test:              ## everything that ends in a minute
	@tools/deps test
	@$(call build,debug)
	$(call ctest,debug)

check: test        ## same as test

demo:              ## loads real data, asks, deletes, shows the space: under 40 lines
	@tools/deps demo
	@$(call build,release)
	@sh examples/demo.sh $(BUILD)/freehold build/demo

bench:             ## time and size as ratios to LMDB's; BENCH="--items 1000000" and the like
	@tools/deps bench
	@bench/run.sh $(JOBS) quick $(BENCH)

bench-kv:          ## the same with every engine there is: tables, JSON lines, a page; an hour or more
	@tools/deps peers || tools/deps bench
	@bench/run.sh $(JOBS) kv $(BENCH)

bench-aging:       ## how files age: curves over rounds of churn, TTL, queues; BENCH="--payload 1024"
	@tools/deps peers || tools/deps bench
	@bench/run.sh $(JOBS) aging $(BENCH)

bench-promise:     ## what is promised of the file, line by line; BENCH="--payload 1024 --seconds 200"
	@tools/deps peers || tools/deps bench
	@bench/run.sh $(JOBS) promise $(BENCH)

cost:              ## instructions of begin, get, put, next, commit beside those recorded; RECORD=yes records
	@tools/deps valgrind
	@$(call build,debug)
	@sh tests/cost/instructions.sh $(if $(RECORD),--record) build/debug/tests/cost_operations cc

bench-space:       ## the policies of free space beside two baselines; BENCH="--policy bitmap" ...
	@tools/deps bench
	@bench/build.sh $(JOBS) && build/bench/bench/space/space $(BENCH)

bench-commits:     ## durable commits by 1 to 16 threads, beside a bare loop of writes and syncs
	@tools/deps bench
	@bench/build.sh $(JOBS) && build/bench/bench/commits --dir build/bench $(BENCH)

bench-readers:     ## small commits beside ten thousand readers that hold a million runs; takes 1.3 GB
	@tools/deps bench
	@bench/build.sh $(JOBS) && build/bench/bench/readers build/bench/readers.fh

bench-malloc:      ## malloc beside glibc, mimalloc, jemalloc, tcmalloc; BENCH="--row churn" and the like
	@tools/deps bench_malloc
	@bench/malloc/run.sh $(JOBS) $(BENCH)

debug:             ## the debug build: audits on, warnings are errors
	@tools/deps test
	@$(call build,debug)

clang asan tsan:   ## the tests under the other compiler, under the sanitizers
	@tools/deps ci
	@$(call build,$@)
	$(call ctest,$@)

valgrind:          ## the unit tests under valgrind
	@tools/deps valgrind
	@$(call build,debug)
	@tools/valgrind build/debug

model:             ## long random histories; FREEHOLD_SEED=n repeats one
	@tools/deps test
	@$(call build,debug)
	FREEHOLD_EFFORT=$(EFFORT) $(call ctest,debug) --label-regex '^model$$' --timeout 7200

model-check:       ## the protocol's models, searched whole, and each planted fault found
	@tools/deps model-check
	@tools/model-check

crash:             ## the long crash search, and thousands of kills
	@tools/deps test
	@$(call build,debug)
	FREEHOLD_EFFORT=$(EFFORT) $(call ctest,debug) --tests-regex '^(crash/|stress/kill_)' --timeout 7200
	@grep -hE '[0-9]+ (states tried|kills)' build/debug/Testing/Temporary/LastTest.log

fuzz:              ## searches with one target: make fuzz T=x [SECONDS=60]
	@tools/deps ci
	@$(call build,fuzz)
	@tools/fuzz build/fuzz/tests "$(T)" $(SECONDS)

mutants:           ## breaks one rule after the other: a test must notice each; M="name ..."
	@tools/deps test
	@tools/mutants $(M)

lint:              ## format, tidy, cppcheck, walls, names, sizes, man pages
	@tools/deps ci
	@tools/lint

format:            ## rewrites the sources by .clang-format
	tools/sources | xargs clang-format -i

coverage:          ## which lines no test reaches
	@tools/deps test
	@$(call build,coverage)
	$(call ctest,coverage)
	@tools/coverage build/coverage

examples:          ## builds and runs the examples
	@tools/deps test
	@$(call build,debug)
	$(call ctest,debug) --label-regex '^examples$$' --verbose

figures:           ## sizes, density of requirements, ratio of tests
	@tools/figures

picture:           ## the layers, drawn from CMakeLists.txt
	@tools/draw-layers

man:               ## the man pages as HTML and text, in build/man
	@tools/deps man
	@tools/man build/man

dist:              ## a release archive of the last commit, in build/
	@tools/dist

install: release   ## PREFIX=/usr/local DESTDIR=
	@$(call build,release,-DCMAKE_INSTALL_PREFIX="$(PREFIX)")
	DESTDIR="$(DESTDIR)" cmake --install $(BUILD)
	@[ -n "$(DESTDIR)" ] || ldconfig 2>/dev/null || true

uninstall:         ## takes back what install put there; same PREFIX and DESTDIR
	@$(call build,release,-DCMAKE_INSTALL_PREFIX="$(PREFIX)")
	@tools/uninstall $(BUILD) "$(DESTDIR)"
	@[ -n "$(DESTDIR)" ] || ldconfig 2>/dev/null || true

ci:                ## all of the above that proves something: what .ci/run calls
	@tools/ci

clean:             ## removes build/
	rm -rf build

help:              ## this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile
