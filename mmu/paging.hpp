// The vocabulary of paging: why memory is looked up, by whose rights, under which rules, and what fails.
#pragma once

#include "mmu/physical_memory.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Why a linear address is looked up.
enum class AccessKind : std::uint8_t { read, write, fetch };

/// Whose rights an access has. Views are numbered, one shadow page table each.
enum View : unsigned { supervisor_view = 0, user_view = 1, view_count = 2 };

/// What the walk needs of the control registers (SDM vol. 3A, "Paging").
struct PagingControls {
    std::uint64_t cr3 = 0;
    bool paging = false;                      ///< CR0.PG
    bool write_protect = false;               ///< CR0.WP
    bool page_size_extensions = false;        ///< CR4.PSE
    bool page_size_extensions_36 = true;      ///< PSE-36: 4 MiB entries hold address bits 32 and up
    bool physical_address_extension = false;  ///< CR4.PAE
    bool no_execute = false;                  ///< IA32_EFER.NXE
    std::array<std::uint64_t, 4> pdptes{};    ///< PAE: the PDPTE registers, loaded with CR3
    bool operator==(const PagingControls&) const = default;
};

/// MAXPHYADDR: a higher address bit set in a PAE or 4 MiB entry is a reserved bit.
inline constexpr unsigned physical_address_width = 36;

/// A #PF in the making: the linear address for CR2 and the error code (SDM vol. 3A, "Page-Fault Exceptions").
struct PageFault {
    LinearAddress address = 0;
    std::uint32_t error_code = 0;
};
namespace page_fault_error {
inline constexpr std::uint32_t present = 1, write = 2, user = 4, reserved = 8, fetch = 16;
}

/// Bits of page-directory and page-table entries.
namespace page_entry {
inline constexpr std::uint64_t present = 1, writable = 2, user = 4, accessed = 0x20, dirty = 0x40,
                               page_size = 0x80;
inline constexpr std::uint64_t execute_disable = 1ULL << 63;
}  // namespace page_entry

}  // namespace calque
