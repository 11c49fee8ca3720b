// The product of two matrices of double precision, by the textbook's three loops.
#include "guest_bits.h"

enum { N = 120 };

static double a[N][N];
static double b[N][N];
static double c[N][N];

static void multiply(void) {
    for (int i = 0; i < N; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < N; ++k) { sum += a[i][k] * b[k][j]; }
            c[i][j] = sum;
        }
    }
}

uint32_t work(uint32_t rounds) {
    uint32_t seed = 11;
    for (int i = 0; i < N; ++i) {
        for (int j = 0; j < N; ++j) {
            a[i][j] = (double)(next_random(&seed) & 0xffff) / 65536.0;
            b[i][j] = (double)(next_random(&seed) & 0xffff) / 65536.0;
        }
    }
    for (uint32_t i = 0; i < rounds; ++i) {
        multiply();
        a[i % N][0] = c[0][i % N] / N;
    }
    return bits_of(c, sizeof c);
}

int main(int argc, char** argv) { return run_guest(NAME, 120, argc, argv); }
