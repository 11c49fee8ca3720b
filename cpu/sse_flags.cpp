// Moves SSE exception flags between CpuState and the host's MXCSR.
#include "cpu/sse_flags.hpp"

#include "cpu/host_sse.hpp"

namespace calque {

#ifdef CALQUE_PORTABLE
void SseFlags::gather(const FpuArea&) {}
void SseFlags::fetch(FpuArea&) {}
#else
void SseFlags::gather(const FpuArea& area) {
    if (!allowed || (area.mxcsr & 0xffff & ~mxcsr::exceptions) != mxcsr::initial) return;
    host_sse::set_mxcsr_of_host(mxcsr::initial);
    gathering = true;
}

void SseFlags::fetch(FpuArea& area) {
    area.mxcsr |= host_sse::mxcsr_of_host() & mxcsr::exceptions;
    gathering = false;
}
#endif

}  // namespace calque
