// The vector runner.
#include "frontend/vectors/vector_runner.hpp"

#include "cpu/processor.hpp"
#include "frontend/vectors/vector_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace calque {
namespace {

constexpr std::uint64_t instruction_limit = 300'000;  // REP with CX = FFFF and then some
constexpr std::uint16_t compared_flags = 0x0fff;

/// Nothing outside: ports read as all ones.
class NoBoard final : public Outside {
public:
    std::uint32_t port_read(std::uint16_t, unsigned size) override { return 0xffff'ffffU >> (32 - 8 * size); }
    void port_write(std::uint16_t, std::uint32_t, unsigned) override {}
    std::uint8_t acknowledge_interrupt() override { return 0; }
    std::uint64_t time_stamp() override { return 0; }
    void ferr(bool) override {}
};

void load_real_mode(SegmentRegister& segment, std::uint16_t selector) {
    segment.selector = selector;
    segment.base = std::uint64_t{selector} << 4;
    segment.refresh();
}

class VectorMachine {
public:
    explicit VectorMachine(const EngineFactory& make_engine)
        : memory_(16 << 20), mmu_(memory_), processor_(mmu_, board_, *find_cpu_model("486")) {
        engine_ = make_engine(processor_.cpu(), processor_.blocks());
        processor_.use_engine(engine_.get());
    }

    void run(const MooTest& test) {
        processor_.reset();
        install_undefined_opcode_handler();
        for (const MooByte& byte : test.ram_before) memory_.write(byte.address, byte.value, 1);
        CpuState& s = processor_.cpu().state;
        const auto reg = [&](MooRegister name) { return test.before[static_cast<unsigned>(name)]; };
        using enum MooRegister;
        s.gpr = {reg(ax), reg(cx), reg(dx), reg(bx), reg(sp), reg(bp), reg(si), reg(di)};
        load_real_mode(s.segments[seg_cs], reg(cs));
        load_real_mode(s.segments[seg_ss], reg(ss));
        load_real_mode(s.segments[seg_ds], reg(ds));
        load_real_mode(s.segments[seg_es], reg(es));
        s.rip = reg(ip);
        processor_.cpu().set_eflags(reg(flags) & compared_flags, 0xffff);
        s.instructions = 0;
        ExitReason reason;
        do reason = processor_.run(instruction_limit);
        while (reason == ExitReason::stop);
    }

    std::array<std::uint16_t, moo_register_count> registers() {
        const CpuState& s = processor_.cpu().state;
        const auto r = [&](unsigned n) { return static_cast<std::uint16_t>(s.gpr[n]); };
        const auto selector = [&](unsigned n) { return s.segments[n].selector; };
        return {r(eax), r(ebx), r(ecx), r(edx), selector(seg_cs), selector(seg_ss), selector(seg_ds), selector(seg_es),
                r(esp), r(ebp), r(esi), r(edi), static_cast<std::uint16_t>(s.rip), static_cast<std::uint16_t>(s.eflags())};
    }
    std::uint8_t byte(std::uint32_t address) { return static_cast<std::uint8_t>(memory_.read(address, 1)); }

    /// Which exception's handler the machine halted in, judged by CS:IP (the handler starts with HLT).
    bool halted_in_handler(std::uint8_t vector) {
        const CpuState& s = processor_.cpu().state;
        const auto entry = static_cast<std::uint32_t>(memory_.read(vector * 4U, 4));
        return s.cs().selector == entry >> 16 && ((s.rip - 1) & 0xffff) == (entry & 0xffff);
    }

private:
    /// A 286 test without an exception brings no handler for the #UD that a later processor may raise.
    void install_undefined_opcode_handler() {
        constexpr std::uint32_t handler = 0xffff'fff0U;  // FFFF:FFF0
        memory_.write(static_cast<std::uint32_t>(Vector::ud) * 4, handler, 4);
        memory_.write((handler >> 16) * 16 + (handler & 0xffff), 0xf4, 1);
    }

    PhysicalMemory memory_;
    Mmu mmu_;
    NoBoard board_;
    Processor processor_;
    std::unique_ptr<Engine> engine_;
};

constexpr std::array<const char*, moo_register_count> register_names{"ax", "bx", "cx", "dx", "cs", "ss", "ds",
                                                                     "es", "sp", "bp", "si", "di", "ip", "flags"};

/// One test's judgement: what differs, in words, and in what respects.
struct Judgement {
    std::string text;
    VectorDifference difference;
    bool equal() const { return text.empty(); }
};

class Judge {
public:
    Judge(const MooTest& test, VectorMachine& machine) : test_(test), machine_(machine) {}

    Judgement judge() {
        compare_registers();
        compare_memory();
        judgement_.difference.only_flags_12_to_15 = !other_difference_ && high_flags_differ_;
        for (std::uint8_t vector = 0; vector < 32; ++vector) {
            if (!machine_.halted_in_handler(vector)) continue;
            judgement_.difference.exception_taken = true;
            judgement_.difference.vector = vector;
            if (vector == static_cast<std::uint8_t>(Vector::ud)) break;
        }
        return judgement_;
    }

private:
    void differ(const std::string& name, unsigned expected, unsigned found) {
        judgement_.text += fmt::format(" {} {:x} not {:x}", name, found, expected);
        other_difference_ = true;
    }

    void compare_registers() {
        const auto found = machine_.registers();
        constexpr auto flags = static_cast<unsigned>(MooRegister::flags);
        for (unsigned i = 0; i < flags; ++i)
            if (found[i] != test_.after[i]) differ(register_names[i], test_.after[i], found[i]);
        const unsigned mask = defined_flags(test_) & compared_flags;
        if ((found[flags] ^ test_.after[flags]) & mask) differ("flags", test_.after[flags] & mask, found[flags] & mask);
        if (found[flags] & ~unsigned{compared_flags}) note_high_flags("flags", found[flags]);
    }

    /// NT and IOPL, which a 286 cannot hold in real mode.
    void note_high_flags(const char* where, unsigned found) {
        high_flags_differ_ = true;
        judgement_.text += fmt::format(" {} bits 12-15 {:x}", where, found >> 12);
    }

    void compare_memory() {
        std::map<std::uint32_t, std::uint8_t> expected;
        for (const MooByte& byte : test_.ram_before) expected[byte.address] = byte.value;
        for (const MooByte& byte : test_.ram_after) expected[byte.address] = byte.value;
        const std::uint32_t flags_word = pushed_flags();
        for (const auto& [address, value] : expected) {
            const std::uint8_t found = machine_.byte(address);
            std::uint8_t mask = 0xff;
            if (address == flags_word) mask = static_cast<std::uint8_t>(defined_flags(test_));
            if (address == flags_word + 1) mask = static_cast<std::uint8_t>(defined_flags(test_) >> 8);
            if ((found ^ value) & mask) differ(fmt::format("[{:05x}]", address), value, found);
        }
    }

    /// Where an exception's frame holds FLAGS; nowhere if none was taken.
    std::uint32_t pushed_flags() const {
        if (!test_.exception) return 0xffff'fff0U;
        const unsigned sp = test_.after[static_cast<unsigned>(MooRegister::sp)];
        return test_.after[static_cast<unsigned>(MooRegister::ss)] * 16U + ((sp + 4) & 0xffffU);
    }

    const MooTest& test_;
    VectorMachine& machine_;
    Judgement judgement_;
    bool other_difference_ = false;
    bool high_flags_differ_ = false;
};

struct Tally {
    std::size_t tests = 0, passed = 0, excused = 0;
    std::size_t failed() const { return tests - passed - excused; }
};

const VectorRule* rule_for(const MooTest& test, const VectorDifference& difference) {
    const auto found = std::ranges::find_if(vector_rules(), [&](const VectorRule& rule) { return rule.excuses(test, difference); });
    return found == vector_rules().end() ? nullptr : &*found;
}

Tally run_file(const MooFile& file, VectorMachine& machine, bool verbose, std::map<std::string_view, std::size_t>& excused) {
    Tally tally;
    for (const MooTest& test : file.tests) {
        ++tally.tests;
        machine.run(test);
        const Judgement judgement = Judge(test, machine).judge();
        if (judgement.equal()) {
            ++tally.passed;
        } else if (const VectorRule* rule = rule_for(test, judgement.difference)) {
            ++tally.excused;
            ++excused[rule->name];
        } else if (verbose) {
            fmt::print("  {} {}:{}\n", test.index, test.name, judgement.text);
        }
    }
    return tally;
}

}  // namespace

int run_vectors(const VectorOptions& options, const EngineFactory& make_engine) {
    VectorMachine machine(make_engine);
    std::map<std::string_view, std::size_t> excused;
    Tally total;
    for (const std::string& path : options.files) {
        const Tally tally = run_file(read_moo_file(path), machine, options.verbose, excused);
        fmt::print("{}: {} tests, {} passed, {} excused, {} failed\n", path.substr(path.rfind('/') + 1), tally.tests,
                   tally.passed, tally.excused, tally.failed());
        total.tests += tally.tests;
        total.passed += tally.passed;
        total.excused += tally.excused;
    }
    for (const VectorRule& rule : vector_rules()) fmt::print("rule {}: {} excused: {}\n", rule.name, excused[rule.name], rule.reason);
    fmt::print("total: {} tests, {} passed, {} excused, {} failed\n", total.tests, total.passed, total.excused, total.failed());
    return total.failed() ? 2 : 0;
}

}  // namespace calque
