// Runs a flat piece of code on a bare processor: no chips, no firmware, no ports.
#pragma once

#include "cpu/processor.hpp"
#include "frontend/engines.hpp"
#include "machine/random_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace calque {

enum class CodeMode : std::uint8_t { real16, protected16, protected32 };

struct CodeJob {
    static constexpr std::uint32_t stack_size = 0x1'0000;

    CodeMode mode = CodeMode::protected32;
    std::string cpu = "max";
    EngineChoice engine;
    std::uint32_t origin = 0x1'0000;
    std::vector<std::uint8_t> code;
    std::vector<std::pair<std::string, std::string>> registers;                 ///< names and values as given
    std::vector<std::pair<std::uint32_t, std::vector<std::uint8_t>>> contents;  ///< by address
    std::vector<std::pair<std::uint32_t, std::uint64_t>> ranges;                ///< more RAM: address, size
    std::uint64_t max_instructions = 100'000'000;
};

/// What the code was run on, as it was left.
class CodeRunner {
public:
    /// A run of bytes that the code changed.
    struct Change {
        std::uint32_t address;
        std::vector<std::uint8_t> bytes;
    };

    /// Throws UsageError if the job makes no sense.
    explicit CodeRunner(const CodeJob& job);

    /// Starts over with another job on the same processor, as if both were new: the job's model and engine
    /// must be the first one's, and its code and ranges must lie in the memory that the first one got.
    void restart(const CodeJob& job);

    ExitReason run(std::uint64_t max_instructions);
    Processor& processor() { return processor_; }
    Cpu& cpu() { return processor_.cpu(); }
    std::vector<Change> changes() const;

private:
    class NoPorts final : public Outside {
    public:
        std::uint32_t port_read(std::uint16_t, unsigned size) override {
            return 0xFFFF'FFFFU >> (32 - 8 * size);
        }
        void port_write(std::uint16_t, std::uint32_t, unsigned) override {}
        std::uint8_t acknowledge_interrupt() override { return 0xFF; }
        std::uint64_t time_stamp() override { return cpu->retired(); }
        std::uint64_t random() override { return scattered(cpu->retired()); }
        void ferr(bool) override {}
        const Cpu* cpu = nullptr;
    };
    struct Region {
        std::uint32_t base;
        const MemoryBlock* block;
        std::vector<std::uint8_t> before;
    };

    void map_memory(const CodeJob& job);
    void fill_memory(const CodeJob& job);
    void clear_memory();
    void start(const CodeJob& job);

    PhysicalMemory memory_;
    Mmu mmu_;
    NoPorts no_ports_;
    Processor processor_;
    std::unique_ptr<Engine> engine_;
    std::vector<Region> regions_;
};

}  // namespace calque
