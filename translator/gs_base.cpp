// WRGSBASE, where it is needed.
#include "translator/gs_base.hpp"

#include <immintrin.h>
#include <sys/auxv.h>

namespace calque {
namespace {

thread_local std::uint64_t present = 0;

}  // namespace

bool can_set_gs_base() {
    constexpr unsigned long fsgsbase = 2;  // of Linux' AT_HWCAP2
    return getauxval(AT_HWCAP2) & fsgsbase;
}

[[gnu::target("fsgsbase")]] void set_gs_base(std::uint64_t base) {
    if (base == present) return;
    _writegsbase_u64(base);
    present = base;
}

}  // namespace calque
