// Sines, exponentials, logarithms and square roots of the C library: for x87 largely single instructions.
#include <math.h>

#include "guest_bits.h"

uint32_t work(uint32_t rounds) {
    double sum = 0.0;
    for (uint32_t i = 1; i <= rounds; ++i) {
        const double x = i * 0.001;
        sum += sin(x) * cos(x) + atan2(x, 3.0) + log(x + 1.0) + exp(-x * 0.01) + sqrt(x);
    }
    return bits_of(&sum, sizeof sum);
}

int main(int argc, char** argv) { return run_guest(NAME, 1000000, argc, argv); }
