// Hashes of everything the guest can see.
#include "machine/state_hash.hpp"

#include "machine/cpu_state_description.hpp"
#include "machine/hasher.hpp"
#include "machine/memory_copy.hpp"
#include "machine/touched_pages.hpp"

namespace calque {

namespace {

/// Pages that are all zeros do not count, so that it does not matter whether anybody touched them.
std::uint64_t hash_block(const PhysicalMemory& memory, const MemoryBlock& block) {
    Hasher hasher;
    for_each_touched_page(memory.memfd(), block, [&](std::uint64_t number, const std::uint8_t* bytes) {
        if (is_zero_page(bytes)) return;
        hasher("number", number);
        hasher.add({bytes, page_size});
    });
    return hasher.value();
}

std::uint64_t hash_cpu(const Cpu& cpu) {
    Hasher hasher;
    ProcessorState state = processor_state(cpu);
    bool line = cpu.interrupt_line;
    hasher("state", state);
    hasher("interrupt_line", line);
    return hasher.value();
}

}  // namespace

std::uint64_t StateHash::combined() const {
    Hasher hasher;
    for (std::uint64_t part : {cpu, clock, ram, video_memory}) hasher("", part);
    for (const auto& [name, hash] : devices) {
        std::uint64_t part = hash;
        hasher("", part);
    }
    return hasher.value();
}

StateHash hash_state(Board& board) {
    StateHash hash = hash_chips(board);
    hash.ram = hash_block(board.memory(), board.memory().ram());
    hash.video_memory = hash_block(board.memory(), board.chips().vga.video_memory());
    return hash;
}

StateHash hash_chips(Board& board) {
    StateHash hash;
    hash.cpu = hash_cpu(board.processor().cpu());
    hash.clock = hash_of(board.clock().now());
    board.chips().for_each([&](std::string_view name, const auto& device) {
        hash.devices.emplace_back(name, hash_of(device.state()));
    });
    return hash;
}

}  // namespace calque
