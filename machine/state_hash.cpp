// Hashes of everything the guest can see.
#include "machine/state_hash.hpp"

#include "machine/cpu_state_description.hpp"
#include "machine/hasher.hpp"

#include <span>

namespace calque {

namespace {

std::uint64_t hash_block(const MemoryBlock& block) { return hash_of_bytes({block.host, block.size}); }

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
    hash.ram = hash_block(board.memory().ram());
    hash.video_memory = hash_block(board.chips().vga.video_memory());
    board.chips().for_each([&](std::string_view name, const auto& device) {
        hash.devices.emplace_back(name, hash_of(device.state()));
    });
    return hash;
}

}  // namespace calque
