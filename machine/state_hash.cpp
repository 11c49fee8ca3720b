// Hashes of everything the guest can see.
#include "machine/state_hash.hpp"

#include "machine/cpu_state_description.hpp"
#include "machine/hasher.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <unistd.h>

namespace calque {

namespace {

/// Adds the pages that are not all zeros, each with its number.
void add_pages(Hasher& hasher, const MemoryBlock& block, std::uint64_t first, std::uint64_t end) {
    static constexpr std::array<std::uint8_t, page_size> zeros{};
    for (std::uint64_t at = first; at < end; at += page_size) {
        if (std::memcmp(block.host + at, zeros.data(), page_size) == 0) continue;
        std::uint64_t number = at >> page_shift;
        hasher("number", number);
        hasher.add({block.host + at, page_size});
    }
}

/// Pages that nobody ever touched are holes in the file behind the block, and reading them would fill them.
std::uint64_t hash_block(const PhysicalMemory& memory, const MemoryBlock& block) {
    Hasher hasher;
    const auto start = static_cast<off_t>(block.file_offset), end = start + static_cast<off_t>(block.size);
    for (off_t data = lseek(memory.memfd(), start, SEEK_DATA); data >= 0 && data < end;) {
        const off_t hole = std::min(lseek(memory.memfd(), data, SEEK_HOLE), end);
        add_pages(hasher, block, static_cast<std::uint64_t>(data - start),
                  static_cast<std::uint64_t>(hole - start));
        data = lseek(memory.memfd(), hole, SEEK_DATA);
    }
    return hasher.value();
}

std::uint64_t hash_cpu(const Cpu& cpu) {
    Hasher hasher;
    CpuState state = cpu.state;
    Exception exception = cpu.exception_pending ? cpu.exception : Exception{};
    bool pending = cpu.exception_pending, line = cpu.interrupt_line;
    hasher("state", state);
    hasher("exception_pending", pending);
    hasher("exception", exception);
    hasher("interrupt_line", line);
    return hasher.value();
}

}  // namespace

std::uint64_t StateHash::combined() const {
    Hasher hasher;
    for (std::uint64_t part : {cpu, ram, video_memory}) hasher("", part);
    for (const auto& [name, hash] : devices) {
        std::uint64_t part = hash;
        hasher("", part);
    }
    return hasher.value();
}

StateHash hash_state(Board& board) {
    StateHash hash;
    hash.cpu = hash_cpu(board.processor().cpu());
    hash.ram = hash_block(board.memory(), board.memory().ram());
    hash.video_memory = hash_block(board.memory(), board.chips().vga.video_memory());
    board.chips().for_each([&](std::string_view name, const auto& device) {
        hash.devices.emplace_back(name, hash_of(device.state()));
    });
    return hash;
}

}  // namespace calque
