// Asks the host's CPUID.
#include "cpu/host_features.hpp"

#ifdef __x86_64__
#include "cpu/instruction_table.hpp"

#include <cpuid.h>

namespace calque {

/// What is not named here is part of x86-64.
std::uint32_t features_of_host() {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    __get_cpuid(1, &eax, &ebx, &ecx, &edx);
    std::uint32_t missing = 0;
    if (!(ecx & bit_SSE3)) missing |= feature::sse3;
    if (!(ecx & bit_SSSE3)) missing |= feature::ssse3;
    if (!(ecx & bit_SSE4_1)) missing |= feature::sse41;
    if (!(ecx & bit_SSE4_2)) missing |= feature::sse42;
    if (!(ecx & bit_MOVBE)) missing |= feature::movbe;
    if (!(ecx & bit_POPCNT)) missing |= feature::popcnt;
    if (!(ecx & bit_AES)) missing |= feature::aes;
    if (!(ecx & bit_PCLMUL)) missing |= feature::pclmulqdq;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || !(ebx & bit_SHA)) missing |= feature::sha;
    return ~missing;
}

#ifndef CALQUE_PORTABLE
std::uint32_t host_features = features_of_host();
#endif

}  // namespace calque
#endif
