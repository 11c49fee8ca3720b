// LOCKed operations and XCHG on a few cells, as reference counts and spin locks are.
#include "guest.h"

static uint32_t cells[64];

uint32_t work(uint32_t rounds) {
    uint32_t lock = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        uint32_t* cell = &cells[i & 63];
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {}
        __atomic_fetch_add(cell, i, __ATOMIC_SEQ_CST);
        uint32_t seen = *cell;
        __atomic_compare_exchange_n(cell, &seen, seen ^ 0xff, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    }
    uint32_t sum = 0;
    for (int i = 0; i < 64; ++i) { sum = sum * 31 + cells[i]; }
    return sum;
}

int main(int argc, char** argv) { return run_guest("atomic", 30000000, argc, argv); }
