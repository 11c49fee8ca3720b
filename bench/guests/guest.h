// What every guest program shares: the amount of work from the command line, the time it took, one result line.
#ifndef CALQUE_BENCH_GUEST_H
#define CALQUE_BENCH_GUEST_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// The work itself: `rounds` times the program's unit. Returns a checksum of all that was computed.
uint32_t work(uint32_t rounds);

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// Runs `work` with `rounds` times argv[1] (default 1; a decimal fraction will do).
static int run_guest(const char* name, uint32_t rounds, int argc, char** argv) {
    const double scale = argc > 1 ? strtod(argv[1], NULL) : 1.0;
    const double scaled = (double)rounds * scale;
    const double start = seconds_now();
    const uint32_t checksum = work(scaled < 1.0 ? 1 : (uint32_t)scaled);
    const double seconds = seconds_now() - start;
    printf("%s checksum: %08x\n%s seconds: %.3f\n", name, checksum, name, seconds);
    return 0;
}

// One step of a 32-bit xorshift generator.
static inline uint32_t next_random(uint32_t* state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

#endif
