// Words counted in a chained hash table: strings built, compared and copied, memory from malloc.
#include <string.h>

#include "guest.h"

enum { BUCKETS = 1024, WORDS = 20000 };

typedef struct Entry {
    struct Entry* next;
    uint32_t count;
    char word[];
} Entry;

static Entry* table[BUCKETS];

static uint32_t hash_of(const char* word) {
    uint32_t hash = 5381;
    while (*word) { hash = hash * 33 + (uint8_t)*word++; }
    return hash;
}

static void count(const char* word) {
    Entry** place = &table[hash_of(word) % BUCKETS];
    while (*place && strcmp((*place)->word, word) != 0) { place = &(*place)->next; }
    if (!*place) {
        Entry* fresh = calloc(1, sizeof *fresh + strlen(word) + 1);
        strcpy(fresh->word, word);
        *place = fresh;
    }
    ++(*place)->count;
}

static uint32_t empty_table(void) {
    uint32_t sum = 0;
    for (int i = 0; i < BUCKETS; ++i) {
        for (Entry* entry = table[i]; entry;) {
            Entry* next = entry->next;
            sum += entry->count * hash_of(entry->word);
            free(entry);
            entry = next;
        }
        table[i] = NULL;
    }
    return sum;
}

uint32_t work(uint32_t rounds) {
    uint32_t seed = 3;
    uint32_t sum = 0;
    char word[16];
    for (uint32_t i = 0; i < rounds; ++i) {
        for (int k = 0; k < WORDS; ++k) {
            const uint32_t random = next_random(&seed);
            const int length = 3 + (int)(random & 7);
            for (int c = 0; c < length; ++c) { word[c] = (char)('a' + (random >> (8 + 2 * c) & 3)); }
            word[length] = 0;
            count(word);
        }
        sum = sum * 31 + empty_table();
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("words", 120, argc, argv); }
