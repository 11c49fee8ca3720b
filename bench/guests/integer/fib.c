// Recursion: the Fibonacci numbers by their definition. Calls, returns and little else
// (built without turning the second call into a loop).
#include "guest.h"

__attribute__((noinline)) static uint32_t fib(uint32_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) { sum = sum * 31 + fib(24 + (i & 1)); }
    return sum;
}

int main(int argc, char** argv) { return run_guest("fib", 1000, argc, argv); }
