// The A20 gate, which both the keyboard controller and port 92h move: the last to change its mind wins.
#pragma once

#include "mmu/physical_memory.hpp"

namespace calque {

class A20Gate {
public:
    struct State {
        bool enabled = true;
    };

    explicit A20Gate(PhysicalMemory& memory) : memory_(memory) {}
    State state() const { return {memory_.a20()}; }
    void restore(const State& state) { set(state.enabled); }
    void reset() { restore({}); }  // or the reset vector would not be found

    void set(bool enabled) {
        if (enabled != memory_.a20()) memory_.set_a20(enabled);
    }

private:
    PhysicalMemory& memory_;
};

template <typename Archive>
void describe(Archive& archive, A20Gate::State& state) {
    archive("enabled", state.enabled);
}

}  // namespace calque
