// Moves the guest's x87 state between CpuState and the host's registers.
#include "cpu/fpu.hpp"

#include "cpu/fpu_image.hpp"
#include "cpu/host_x87.hpp"

namespace calque {

void FpuControl::load(const FpuArea& area) {
    host_x87::load(area);
    live = true;
    pending = host_x87::status() & x87::error_summary;
}

void FpuControl::store(FpuArea& area) {
    host_x87::store(area);
    live = false;
}

void FpuControl::restore_exceptions(FpuArea& area) {
    release(area);
    area.fsw |= set_aside;
    set_aside = 0;
    summarize_exceptions(area);
}

}  // namespace calque
