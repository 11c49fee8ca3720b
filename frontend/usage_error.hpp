// What is wrong with what the user gave: one line, status 2.
#pragma once

#include <stdexcept>

namespace calque {

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace calque
