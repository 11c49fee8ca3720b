// Who holds the exception flags of the guest's SSE arithmetic at the moment: MXCSR in CpuState, or the
// host's.
#pragma once

#include "cpu/state.hpp"

namespace calque {

/// Exception flags only ever grow, so nobody has to fetch them after each instruction: while the guest's
/// MXCSR has the settings under which C++ runs (the reset value), the host's own register gathers them, and
/// plain handlers need not look at it.
///
/// C++ may compute in floating point too. Therefore a handler that is more than a few moves and one
/// instruction of the host collects first, and so does the interpreter at the end of each run of blocks.
class SseFlags {
public:
    /// The host's register gathers: every setting is the guest's, and what it has raised is the guest's
    /// alone.
    bool gathering = false;
    /// Only the interpreter's own loop collects.
    bool allowed = false;

    /// Starts if it may. There is a guest instruction at work that wants it.
    void gather(const FpuArea& area);
    /// Must come before anything reads or changes `area.mxcsr`, or may compute in floating point.
    void collect(FpuArea& area) {
        if (gathering) [[unlikely]]
            fetch(area);
    }

private:
    void fetch(FpuArea& area);
};

}  // namespace calque
