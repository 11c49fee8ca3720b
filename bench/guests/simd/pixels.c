// Pictures blended and measured with SSE2's integers: unpacking, saturation, sums of differences.
#include <emmintrin.h>

#include "guest.h"

enum { PIXELS = 16384 };

static uint32_t a[PIXELS] __attribute__((aligned(16)));
static uint32_t b[PIXELS + 4] __attribute__((aligned(16)));

static void blend(int weight) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i share = _mm_set1_epi16((short)weight);
    const __m128i rest = _mm_set1_epi16((short)(256 - weight));
    for (int i = 0; i < PIXELS; i += 4) {
        const __m128i x = _mm_load_si128((const __m128i*)(a + i));
        const __m128i y = _mm_loadu_si128((const __m128i*)(b + i + 1));
        __m128i low = _mm_mullo_epi16(_mm_unpacklo_epi8(x, zero), share);
        __m128i high = _mm_mullo_epi16(_mm_unpackhi_epi8(x, zero), share);
        low = _mm_srli_epi16(_mm_adds_epu16(low, _mm_mullo_epi16(_mm_unpacklo_epi8(y, zero), rest)), 8);
        high = _mm_srli_epi16(_mm_adds_epu16(high, _mm_mullo_epi16(_mm_unpackhi_epi8(y, zero), rest)), 8);
        _mm_store_si128((__m128i*)(a + i), _mm_packus_epi16(low, high));
    }
}

static uint32_t difference(void) {
    __m128i sum = _mm_setzero_si128();
    for (int i = 0; i < PIXELS; i += 4) {
        const __m128i x = _mm_load_si128((const __m128i*)(a + i));
        sum = _mm_add_epi64(sum, _mm_sad_epu8(x, _mm_load_si128((const __m128i*)(b + i))));
    }
    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi64(sum, _mm_srli_si128(sum, 8)));
}

uint32_t work(uint32_t rounds) {
    uint32_t seed = 77;
    uint32_t sum = 0;
    for (int i = 0; i < PIXELS; ++i) { a[i] = next_random(&seed), b[i] = next_random(&seed); }
    for (uint32_t i = 0; i < rounds; ++i) {
        blend((int)(i * 37 & 255));
        sum = sum * 31 + difference();
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("pixels", 20000, argc, argv); }
