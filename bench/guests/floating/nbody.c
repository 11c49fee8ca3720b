// The bodies of a small planetary system under gravity, in double precision. Built twice: with x87, with SSE2.
#include <math.h>
#include <string.h>

#include "guest.h"

#ifndef NAME
#define NAME "nbody"
#endif

enum { BODIES = 5 };

typedef struct {
    double position[3];
    double velocity[3];
    double mass;
} Body;

static const Body start[BODIES] = {
    {{0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, 40.0},     {{5.0, 0.25, -0.5}, {0.5, 2.75, -0.125}, 0.04},
    {{-8.0, 4.0, 0.5}, {-1.0, -1.75, 0.25}, 0.01}, {{12.0, -15.0, -0.25}, {1.0, 0.75, 0.0}, 0.002},
    {{-15.0, 26.0, 0.125}, {-0.75, -0.5, 0.0625}, 0.002},
};

static void attract(Body* a, Body* b, double step) {
    double between[3];
    double squared = 0.0;
    for (int k = 0; k < 3; ++k) {
        between[k] = a->position[k] - b->position[k];
        squared += between[k] * between[k];
    }
    const double strength = step / (squared * sqrt(squared));
    for (int k = 0; k < 3; ++k) {
        a->velocity[k] -= between[k] * b->mass * strength;
        b->velocity[k] += between[k] * a->mass * strength;
    }
}

static void advance(Body* bodies, double step) {
    for (int i = 0; i < BODIES; ++i) {
        for (int j = i + 1; j < BODIES; ++j) { attract(&bodies[i], &bodies[j], step); }
    }
    for (int i = 0; i < BODIES; ++i) {
        for (int k = 0; k < 3; ++k) { bodies[i].position[k] += bodies[i].velocity[k] * step; }
    }
}

uint32_t work(uint32_t rounds) {
    Body bodies[BODIES];
    uint32_t halves[sizeof bodies / (sizeof(uint32_t))];
    uint32_t sum = 0;
    memcpy(bodies, start, sizeof bodies);
    for (uint32_t i = 0; i < rounds; ++i) { advance(bodies, 0.001); }
    memcpy(halves, bodies, sizeof bodies);
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; ++i) { sum = sum * 31 + halves[i]; }
    return sum;
}

int main(int argc, char** argv) { return run_guest(NAME, 2500000, argc, argv); }
