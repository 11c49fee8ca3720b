// The Mandelbrot set: short dependent chains of multiplications and a comparison each round.
#include "guest.h"

static uint32_t rounds_until_out(double x, double y) {
    double a = 0.0;
    double b = 0.0;
    for (uint32_t i = 0; i < 200; ++i) {
        const double aa = a * a;
        const double bb = b * b;
        if (aa + bb > 4.0) { return i; }
        b = 2.0 * a * b + y;
        a = aa - bb + x;
    }
    return 200;
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        for (int k = 0; k < 400; ++k) { sum += rounds_until_out(-2.0 + k / 160.0, -1.25 + (i % 400) / 160.0); }
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest(NAME, 1200, argc, argv); }
