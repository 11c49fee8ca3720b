// The expansion ROM of a PCI card.
#include "devices/expansion_rom.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

namespace calque {

ExpansionRom::ExpansionRom(PhysicalMemory& memory, std::span<const std::uint8_t> image, const char* name)
    : memory_(memory) {
    constexpr std::size_t largest = 16 << 20;
    if (image.empty()) return;
    if (image.size() > largest) throw std::runtime_error(std::string(name) + " is larger than 16 MiB");
    block_ = &memory_.add_block(std::max<std::uint64_t>(std::bit_ceil(image.size()), page_size));
    std::ranges::copy(image, block_->host);
}

}  // namespace calque
