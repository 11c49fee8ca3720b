// The engines this build has.
#pragma once

#include "cpu/processor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calque {

/// Which engine, and how it is to work.
struct EngineChoice {
    std::string name;  ///< empty: the fastest there is
};

/// In the order of preference.
std::vector<std::string> engine_names();

/// nullptr is the processor's built-in interpreter.
std::unique_ptr<Engine> make_engine(const EngineChoice& choice, Processor& processor);

}  // namespace calque
