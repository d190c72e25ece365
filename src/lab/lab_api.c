/*
 * lab_api.c - freehold/lab.h over the simulator: arguments checked, names, addresses.
 *
 * The simulator speaks of blocks, which begin with their header; users of what lies behind it.
 */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "freehold/lab.h"
#include "lab/lab_names.h"
#include "lab/simulator.h"

struct fh_lab {
    struct simulator *simulator;
    uint64_t heap_bytes;
    uint64_t header_bytes;
};

static fh_status read_options(const fh_lab_options *options, struct simulator_setup *ret_setup)
{
    fh_lab_options given = {.size = sizeof(given)};
    enum simulator_policy policy;
    enum simulator_order order = SIMULATOR_BY_ADDRESS;

    if (options->size < sizeof(size_t) || options->size > 4096)
        return fail(FH_INVALID, "a struct of %zu bytes: set its size member", options->size);
    memcpy(&given, options, options->size < sizeof(given) ? options->size : sizeof(given));
    if (given.policy == NULL) return fail(FH_INVALID, "no policy");
    TRY(lab_names_policy(given.policy, &policy));
    if (given.order != NULL) TRY(lab_names_order(given.order, &order));
    if (given.heap_bytes == 0) return fail(FH_INVALID, "a heap of no bytes");
    *ret_setup = (struct simulator_setup){
        .policy = policy,
        .order = order,
        .coalesces = given.coalesces != 0,
        .heap_bytes = given.heap_bytes,
        .base = given.base_address,
        .header_bytes = given.header_bytes,
        .align_bytes = given.align_bytes,
        .min_block_bytes = given.min_block_bytes,
    };
    return FH_OK;
}

fh_status fh_lab_new(const fh_lab_options *options, fh_lab **ret_lab)
{
    struct simulator_setup setup;
    struct fh_lab *lab;
    fh_status status;

    if (options == NULL || ret_lab == NULL) return fail(FH_INVALID, "no options, or no place");
    TRY(read_options(options, &setup));
    lab = memory_take(1, sizeof(*lab));
    if (lab == NULL) return fail(FH_NO_MEMORY, "a lab");
    status = simulator_open(&setup, &lab->simulator);
    if (status != FH_OK) {
        memory_give(lab);
        return status;
    }
    lab->heap_bytes = setup.heap_bytes;
    lab->header_bytes = setup.header_bytes;
    *ret_lab = lab;
    return FH_OK;
}

void fh_lab_delete(fh_lab *lab)
{
    if (lab == NULL) return;
    simulator_close(lab->simulator);
    memory_give(lab);
}

fh_status fh_lab_alloc(fh_lab *lab, uint64_t bytes, uint64_t *ret_address, uint64_t *ret_searched)
{
    uint64_t start = 0;
    uint64_t searched = 0;
    fh_status status;

    if (lab == NULL || ret_address == NULL) return fail(FH_INVALID, "no lab, or no place");
    if (bytes == 0) return fail(FH_INVALID, "a request for no bytes");
    status = simulator_take(lab->simulator, bytes, &start, &searched);
    if (status != FH_OK && status != FH_NO_SPACE) return status;
    if (ret_searched != NULL) *ret_searched = searched;
    if (status == FH_OK) *ret_address = start + lab->header_bytes;
    return status;
}

fh_status fh_lab_free(fh_lab *lab, uint64_t address)
{
    if (lab == NULL) return fail(FH_INVALID, "no lab");
    if (address < lab->header_bytes) return answer(FH_NOT_FOUND);
    return simulator_give(lab->simulator, address - lab->header_bytes);
}

fh_status fh_lab_walk(const fh_lab *lab, fh_lab_run *runs, size_t capacity, size_t *ret_count)
{
    if (lab == NULL || ret_count == NULL || (runs == NULL && capacity > 0))
        return fail(FH_INVALID, "no lab, or no place");
    *ret_count = simulator_walk(lab->simulator, runs, capacity);
    return FH_OK;
}

fh_status fh_lab_stat(const fh_lab *lab, fh_lab_stat_info *ret_stat)
{
    struct simulator_stat stat;
    fh_lab_stat_info info;

    if (lab == NULL || ret_stat == NULL || ret_stat->size < sizeof(size_t))
        return fail(FH_INVALID, "no lab, or a struct without its size");
    stat = simulator_stat(lab->simulator);
    info = (fh_lab_stat_info){
        .size = ret_stat->size,
        .heap_bytes = lab->heap_bytes,
        .free_bytes = stat.free_bytes,
        .free_count = stat.free_count,
        .largest_free_bytes = stat.largest_free_bytes,
        .live_bytes = stat.live_bytes,
        .live_count = stat.live_count,
        .asked_bytes = stat.asked_bytes,
    };
    memcpy(ret_stat, &info, info.size < sizeof(info) ? info.size : sizeof(info));
    return FH_OK;
}
