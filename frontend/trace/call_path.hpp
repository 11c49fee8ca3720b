// Who called whom, at the end of a trace.
#pragma once

#include "frontend/trace/record.hpp"
#include "frontend/trace/symbols.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace calque::trace {

/// Follows calls, exceptions and interrupts that have not returned. Only those within the trace are known.
///
/// Nothing is decoded: a call pushes its return address and goes elsewhere, and whatever moves the stack
/// pointer above that place has returned from it.
class CallPath {
public:
    void add(const Record& record);
    /// The innermost first; of the stack in use and, behind what interrupted other code, of that code's.
    std::string text(const Symbols& symbols) const;

private:
    struct Frame {
        std::uint64_t slot = 0;        ///< linear address of what was pushed last
        std::uint64_t from = 0;        ///< linear address of the call, or where the event came
        std::uint64_t outer_slot = 0;  ///< the stack pointer before
        std::string event;             ///< empty: a call
        bool from_user = false;        ///< it came from a less privileged level
    };
    void leave(const Record& record);

    std::vector<Frame> frames_;
    std::uint64_t at_ = 0, slot_ = 0;
};

}  // namespace calque::trace
