// A binary search tree of 100,000 nodes: loads that depend on loads, all over four megabytes.
#include "guest.h"

enum { NODES = 100000 };

typedef struct Node {
    struct Node* child[2];
    uint32_t key, payload[5];
} Node;

static Node nodes[NODES];

static Node* insert(Node* root, Node* fresh) {
    Node** place = &root;
    while (*place) { place = &(*place)->child[fresh->key > (*place)->key]; }
    *place = fresh;
    return root;
}

static uint32_t depth_of(const Node* at, uint32_t key) {
    uint32_t depth = 0;
    while (at && at->key != key) {
        at = at->child[key > at->key];
        ++depth;
    }
    return depth;
}

uint32_t work(uint32_t rounds) {
    uint32_t seed = 23;
    uint32_t sum = 0;
    Node* root = NULL;
    for (int i = 0; i < NODES; ++i) {
        nodes[i].key = next_random(&seed);
        root = insert(root, &nodes[i]);
    }
    for (uint32_t i = 0; i < rounds; ++i) { sum += depth_of(root, nodes[next_random(&seed) % NODES].key); }
    return sum;
}

int main(int argc, char** argv) { return run_guest("tree", 1200000, argc, argv); }
