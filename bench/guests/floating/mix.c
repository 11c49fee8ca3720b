// What programs do with numbers now and then: single and double precision, integers, text.
#include <math.h>

#include "guest_bits.h"

uint32_t work(uint32_t rounds) {
    float total = 0.0f;
    double exact = 0.0;
    uint32_t seed = 41;
    char text[64];
    for (uint32_t i = 0; i < rounds; ++i) {
        const int32_t random = (int32_t)next_random(&seed);
        const float small = (float)(random >> 16) * 0.25f;
        total = total * 0.999f + small;
        exact += fabs((double)total) / (1.0 + (double)(i & 1023));
        if (exact > 1e6) { exact = floor(exact / 1024.0); }
        if ((i & 1023) == 0) {
            snprintf(text, sizeof text, "%.6f", exact);
            exact += strtod(text + 1, NULL);
        }
    }
    return bits_of(&total, sizeof total) ^ bits_of(&exact, sizeof exact);
}

int main(int argc, char** argv) { return run_guest(NAME, 15000000, argc, argv); }
