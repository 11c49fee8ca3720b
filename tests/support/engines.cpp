// The engines of this build: the only place in the tests that knows whether the translator is part of it.
#include "tests/support/flat_machine.hpp"

#include <array>

namespace calque::test {

std::span<const EngineKind> engine_kinds() {
    static const std::array kinds{
        EngineKind{"interpreter", [](Cpu&, BlockCache&) -> std::unique_ptr<Engine> { return nullptr; }},
    };
    return kinds;
}

}  // namespace calque::test
