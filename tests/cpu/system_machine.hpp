// A processor with a GDT, an IDT, a TSS and page-free flat memory: what tests of the system level run on.
#pragma once

#include "cpu/descriptor.hpp"
#include "cpu/processor.hpp"
#include "tests/support/flat_machine.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace calque::test {

/// Answers port reads with a counter and remembers writes.
class PortRecorder final : public Outside {
public:
    struct Access {
        std::uint16_t port;
        std::uint32_t value;
        unsigned size;
        bool operator==(const Access&) const = default;
    };
    std::uint32_t port_read(std::uint16_t port, unsigned size) override {
        reads.push_back({port, next_value, size});
        return next_value++;
    }
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override {
        writes.push_back({port, value, size});
    }
    std::uint8_t acknowledge_interrupt() override { return vector; }
    std::uint64_t time_stamp() override { return time; }
    std::uint64_t random() override { return random_number; }
    void ferr(bool) override {}
    void apic_base_written(std::uint64_t value) override { apic_bases.push_back(value); }

    std::vector<Access> reads, writes;
    std::vector<std::uint64_t> apic_bases;
    std::uint32_t next_value = 0x11;
    std::uint8_t vector = 0x20;
    std::uint64_t time = 1000, random_number = 0x8877'6655'4433'2211;
};

/// Which exception ended a test's instruction.
struct Outcome {
    int vector = -1;  ///< -1: none, the next instruction was reached; -2: shutdown
    std::uint32_t error_code = 0;
    bool operator==(const Outcome&) const = default;
};

/// Everything lies below 1 MiB. Every vector's handler is a HLT of its own in ring 0.
class SystemMachine {
public:
    static constexpr std::uint32_t idt = 0x1000, gdt = 0x2000, ldt = 0x3000, tss = 0x4000, handlers = 0x8000;
    static constexpr std::uint32_t code = 0x1'0000, data = 0x2'0000, stack0 = 0x3'0000, stack3 = 0x4'0000;
    static constexpr std::uint32_t stack1 = 0x3'8000, stack2 = 0x3'c000;

    // Selectors of the GDT that every test finds; free_selector and those behind it are the tests' own.
    static constexpr std::uint16_t code0 = 0x08, data0 = 0x10, code3 = 0x1b, data3 = 0x23, main_tss = 0x28;
    static constexpr std::uint16_t main_ldt = 0x30, code1 = 0x39, data1 = 0x41, code2 = 0x4a, data2 = 0x52,
                                   free_selector = 0x58;

    // The same by privilege level.
    static constexpr std::array<std::uint16_t, 4> codes{code0, code1, code2, code3};
    static constexpr std::array<std::uint16_t, 4> datas{data0, data1, data2, data3};
    static constexpr std::array<std::uint32_t, 4> stacks{stack0, stack1, stack2, stack3};

    /// What stands at `landing`, for instructions that go somewhere.
    static constexpr std::uint16_t jump_to_itself = 0xfeeb;
    static constexpr std::uint32_t landing = 0x7f00;

    // Bits 8-15 of a descriptor's high word, and bits 20-23.
    static constexpr unsigned present = 0x80, user = 0x60, segment = 0x10, flat = 0xc, small16 = 0;

    explicit SystemMachine(const char* model = "max");
    explicit SystemMachine(const EngineKind& kind);

    PhysicalMemory memory{2 << 20};
    Mmu mmu{memory};
    PortRecorder ports;
    Processor processor;
    Cpu& cpu;
    CpuState& state;

    // --- Memory

    void put8(std::uint32_t address, std::uint32_t value) { memory.write(address, value, 1); }
    void put16(std::uint32_t address, std::uint32_t value) { memory.write(address, value, 2); }
    void put32(std::uint32_t address, std::uint32_t value) { memory.write(address, value, 4); }
    std::uint32_t get8(std::uint32_t address) { return static_cast<std::uint32_t>(memory.read(address, 1)); }
    std::uint32_t get16(std::uint32_t address) { return static_cast<std::uint32_t>(memory.read(address, 2)); }
    std::uint32_t get32(std::uint32_t address) { return static_cast<std::uint32_t>(memory.read(address, 4)); }
    /// The doubleword `index` places above the stack's top.
    std::uint32_t stack32(unsigned index) { return get32(linear_stack() + 4 * index); }
    std::uint32_t stack16(unsigned index) { return get16(linear_stack() + 2 * index); }
    void push(std::uint32_t value, unsigned size = 4);

    // --- Descriptors

    /// A segment or TSS: `access` are the descriptor's bits 40-47, `flags` bits 52-55.
    void set_descriptor(std::uint16_t selector, std::uint32_t base, std::uint32_t limit, unsigned access,
                        unsigned flags);
    void set_gate(std::uint32_t address, std::uint16_t selector, std::uint32_t offset, unsigned access,
                  unsigned parameters = 0);
    void set_interrupt_gate(unsigned vector, std::uint16_t selector, std::uint32_t offset, unsigned access) {
        set_gate(idt + vector * 8, selector, offset, access);
    }
    static std::uint32_t gdt_entry(std::uint16_t selector) { return gdt + (selector & ~7U); }

    // --- Starting points

    void real_mode();
    /// Flat protected mode at a privilege level with EIP at `code`.
    void protected_mode(unsigned privilege = 0);
    void vm86_mode(unsigned iopl);
    void set_segment(unsigned name, std::uint16_t selector);

    // --- Running

    /// Puts bytes at CS:EIP.
    void place(std::initializer_list<unsigned> bytes);
    /// Executes `count` instructions; exceptions and interrupts are delivered.
    void run(std::uint64_t count) { processor.run(state.instructions + count); }
    /// Places and executes one instruction. What happened to it shows in the handler that was reached.
    Outcome execute(std::initializer_list<unsigned> bytes);
    /// The same in the engine of the machine: the instruction is followed by a jump to itself, which runs
    /// until a budget is spent. So must what the instruction jumps to.
    Outcome settle(std::span<const std::uint8_t> bytes);
    /// The handler in which the processor stands, if it does.
    std::optional<unsigned> handler() const;

private:
    Outcome outcome();
    std::uint32_t linear_stack() const {
        return static_cast<std::uint32_t>(state.ss().base + cpu.stack_pointer());
    }

    std::unique_ptr<Engine> engine_;
};

}  // namespace calque::test
