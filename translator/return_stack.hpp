// The stack that generated code runs on: host return addresses of guest calls, nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace calque {

/// Memory between two guard pages. An underflow finds the bottom landing; an overflow faults and is answered
/// by a reset.
class ReturnStack {
public:
    ReturnStack();
    ~ReturnStack();
    ReturnStack(const ReturnStack&) = delete;
    ReturnStack& operator=(const ReturnStack&) = delete;

    /// The stack pointer of an empty stack; the bottom landing's address lies there.
    std::uint64_t bottom() const { return bottom_; }
    void set_bottom_landing(const void* code);
    bool overflowed(const void* address) const;

private:
    std::uint8_t* region_;
    std::uint64_t bottom_;
};

}  // namespace calque
