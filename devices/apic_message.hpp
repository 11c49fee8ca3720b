// What travels between I/O APIC and local APICs.
#pragma once

#include <cstdint>

namespace calque {

/// Bits 10:8 of a redirection entry, of an LVT entry and of the interrupt command register.
enum class ApicDelivery : std::uint8_t {
    fixed,
    lowest_priority,
    smi,
    reserved,
    nmi,
    init,
    startup,
    external
};

constexpr ApicDelivery apic_delivery(std::uint64_t entry) {
    return static_cast<ApicDelivery>(entry >> 8 & 7U);
}

struct ApicMessage {
    std::uint8_t destination = 0xFF;
    bool logical = false;  ///< the destination is a set of logical APICs, not an ID
    ApicDelivery delivery = ApicDelivery::fixed;
    std::uint8_t vector = 0;
    bool level = false;  ///< its end is to be told to the I/O APIC
};

}  // namespace calque
