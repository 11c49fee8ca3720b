// Signals to itself: delivery on the stack and the return from it.
#include <signal.h>

#include "guest.h"

static volatile uint32_t delivered;

static void count(int number) { delivered += (uint32_t)number; }

uint32_t work(uint32_t rounds) {
    signal(SIGUSR1, count);
    for (uint32_t i = 0; i < rounds; ++i) { raise(SIGUSR1); }
    return delivered;
}

int main(int argc, char** argv) { return run_guest("signal", 40000, argc, argv); }
