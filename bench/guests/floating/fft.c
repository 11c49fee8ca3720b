// A fast Fourier transform of 4,096 points, there and back.
#include <math.h>

#include "guest_bits.h"

enum { POINTS = 4096 };

static double re[POINTS];
static double im[POINTS];
static double roots[POINTS];  // cosines, then sines

static void reorder(void) {
    for (unsigned i = 1, j = 0; i < POINTS; ++i) {
        unsigned bit = POINTS >> 1;
        for (; j & bit; bit >>= 1) { j ^= bit; }
        j ^= bit;
        if (i >= j) { continue; }
        const double r = re[i];
        const double m = im[i];
        re[i] = re[j];
        im[i] = im[j];
        re[j] = r;
        im[j] = m;
    }
}

static void transform(double direction) {
    reorder();
    for (unsigned half = 1; half < POINTS; half *= 2) {
        const unsigned step = POINTS / 2 / half;
        for (unsigned start = 0; start < POINTS; start += 2 * half) {
            for (unsigned k = 0; k < half; ++k) {
                const double c = roots[k * step];
                const double s = direction * roots[POINTS / 2 + k * step];
                const unsigned low = start + k;
                const unsigned high = low + half;
                const double r = re[high] * c - im[high] * s;
                const double m = re[high] * s + im[high] * c;
                re[high] = re[low] - r;
                im[high] = im[low] - m;
                re[low] += r;
                im[low] += m;
            }
        }
    }
}

uint32_t work(uint32_t rounds) {
    for (int i = 0; i < POINTS / 2; ++i) {
        roots[i] = cos(i * 2 * 3.14159265358979 / POINTS);
        roots[POINTS / 2 + i] = sin(i * 2 * 3.14159265358979 / POINTS);
    }
    for (int i = 0; i < POINTS; ++i) { re[i] = i % 37; }
    for (uint32_t i = 0; i < rounds; ++i) {
        transform(1.0);
        transform(-1.0);
        for (int k = 0; k < POINTS; ++k) {
            re[k] /= POINTS;
            im[k] /= POINTS;
        }
    }
    return bits_of(re, sizeof re);
}

int main(int argc, char** argv) { return run_guest(NAME, 1500, argc, argv); }
