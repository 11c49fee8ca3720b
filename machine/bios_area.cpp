// Mapping of the firmware's ROM and of the RAM that shadows it.
#include "machine/bios_area.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace calque {

namespace {

constexpr std::uint64_t kibibyte = 1024, mebibyte = 1 << 20, four_gibibytes = 1ULL << 32;
constexpr std::uint64_t longest_shadow = 128 * kibibyte;

std::uint64_t checked_size(std::span<const std::uint8_t> image, const std::string& file) {
    if (image.empty() || image.size() % (64 * kibibyte) || image.size() > 16 * mebibyte)
        throw std::runtime_error(
            fmt::format("{}: firmware must be a multiple of 64 KiB, at most 16 MiB", file));
    return image.size();
}

}  // namespace

BiosArea::BiosArea(PhysicalMemory& memory, std::span<const std::uint8_t> image, const std::string& file)
    : memory_(memory),
      rom_(memory.add_block(checked_size(image, file))),
      shadow_base_(mebibyte - std::min<std::uint64_t>(image.size(), longest_shadow)) {
    std::memcpy(rom_.host, image.data(), image.size());
    memory_.map_rom(four_gibibytes - rom_.size, rom_, 0, rom_.size);
}

void BiosArea::apply(const I440fx::PamRegion& region) {
    const MemoryBlock& ram = memory_.ram();
    if (region.read_ram && region.write_ram) {
        memory_.map_ram(region.base, ram, region.base, region.size);
    } else if (region.read_ram) {
        memory_.map_rom(region.base, ram, region.base, region.size);
    } else if (region.write_ram) {
        memory_.map_mmio(region.base, region.size, *this);
    } else {
        map_rom_part(region.base, region.size);
    }
}

void BiosArea::map_rom_part(PhysicalAddress base, std::uint64_t size) {
    if (base >= shadow_base_)
        memory_.map_rom(base, rom_, rom_.size - (mebibyte - base), size);
    else
        memory_.unmap(base, size);
}

std::uint64_t BiosArea::mmio_read(PhysicalAddress address, unsigned size) {
    std::uint64_t value = ~0ULL;
    if (address >= shadow_base_) std::memcpy(&value, rom_.host + rom_.size - (mebibyte - address), size);
    return value;
}

void BiosArea::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    std::memcpy(memory_.ram().host + address, &value, size);
}

}  // namespace calque
