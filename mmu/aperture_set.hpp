// The apertures of the address spaces that were used last.
#pragma once

#include "mmu/aperture.hpp"

#include <cstdint>
#include <list>

namespace calque {

/// Processes that take turns find their pages still mapped. Only the present aperture is kept true all the
/// time: who enters another has to look at its pages first.
class ApertureSet {
public:
    explicit ApertureSet(const PhysicalMemory& memory) : memory_(memory) { slots_.emplace_back(memory); }

    /// False if the host refuses to reserve the addresses.
    bool is_there() const { return slots_.front().aperture.is_there(); }
    Aperture& present() { return slots_.front().aperture; }
    /// The aperture of this address space (CR3) becomes the present one; empty if it had none.
    Aperture& enter(std::uint64_t address_space);
    void unmap_all();

private:
    static constexpr unsigned most = 8;

    struct Slot {
        explicit Slot(const PhysicalMemory& memory) : aperture(memory) {}

        std::uint64_t address_space = 0;
        Aperture aperture;
    };

    std::list<Slot>::iterator slot_for(std::uint64_t address_space);

    const PhysicalMemory& memory_;
    std::list<Slot> slots_;  ///< the one used last first
};

}  // namespace calque
