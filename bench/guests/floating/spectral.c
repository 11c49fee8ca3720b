// The largest singular value of an endless matrix, cut to 200 rows: divisions, conversions from integers.
#include <math.h>

#include "guest_bits.h"

enum { N = 200 };

static double cell(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

static void apply(const double* from, double* to, int transposed) {
    for (int i = 0; i < N; ++i) {
        double sum = 0.0;
        for (int j = 0; j < N; ++j) { sum += (transposed ? cell(j, i) : cell(i, j)) * from[j]; }
        to[i] = sum;
    }
}

uint32_t work(uint32_t rounds) {
    double u[N];
    double v[N];
    double between[N];
    for (int i = 0; i < N; ++i) { u[i] = 1.0; }
    for (uint32_t i = 0; i < rounds; ++i) {
        apply(u, between, 0);
        apply(between, v, 1);
        apply(v, between, 0);
        apply(between, u, 1);
        const double size = sqrt(u[0] * u[0] + u[1] * u[1]);
        for (int k = 0; k < N; ++k) { u[k] /= size; }
    }
    return bits_of(u, sizeof u);
}

int main(int argc, char** argv) { return run_guest(NAME, 400, argc, argv); }
