// Quicksort of our own over random numbers: compares and branches that cannot be predicted, loads and stores.
#include "guest.h"

enum { COUNT = 20000 };

static int32_t values[COUNT];

static void sort(int32_t* first, int32_t* last) {
    while (last - first > 0) {
        const int32_t pivot = first[(last - first) / 2];
        int32_t* low = first;
        int32_t* high = last;
        while (low <= high) {
            while (*low < pivot) { ++low; }
            while (pivot < *high) { --high; }
            if (low <= high) {
                const int32_t swapped = *low;
                *low++ = *high;
                *high-- = swapped;
            }
        }
        if (high - first < last - low) {
            sort(first, high);
            first = low;
        } else {
            sort(low, last);
            last = high;
        }
    }
}

uint32_t work(uint32_t rounds) {
    uint32_t seed = 99;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        for (int k = 0; k < COUNT; ++k) { values[k] = (int32_t)next_random(&seed); }
        sort(values, values + COUNT - 1);
        for (int k = 0; k < COUNT; k += 97) { sum = sum * 31 + (uint32_t)values[k]; }
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("qsort", 250, argc, argv); }
