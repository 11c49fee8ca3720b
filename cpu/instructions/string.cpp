// MOVS, CMPS, STOS, LODS and SCAS, alone and repeated.
#include "cpu/instructions/repeat.hpp"
#include "cpu/instructions/rows.hpp"

#include <algorithm>
#include <cstring>

namespace calque {
namespace {

/// Where ESI or EDI points, and how it moves.
class Pointer {
public:
    Pointer(Cpu& cpu, const Insn& insn, unsigned number)
        : cpu_(cpu), number_(number), mask_(insn.address_mask) {}
    std::uint32_t offset() const { return cpu_.state.reg32(number_) & mask_; }
    void advance(std::uint32_t bytes) {
        const std::uint32_t old = cpu_.state.reg32(number_);
        cpu_.state.gpr[number_] = (old & ~mask_) | ((old + bytes) & mask_);
    }
    /// Elements of `size` bytes from here upwards that neither leave the page nor wrap.
    std::uint32_t run_length(std::uint64_t base, std::uint32_t size) const {
        const std::uint64_t in_page = page_size - ((base + offset()) & page_mask);
        const std::uint64_t before_wrap = std::uint64_t{mask_} + 1 - offset();
        return static_cast<std::uint32_t>(std::min(in_page, before_wrap) / size);
    }

private:
    Cpu& cpu_;
    unsigned number_;
    std::uint32_t mask_;
};

/// The host memory behind `bytes` bytes of a segment, or nullptr if a plain pointer will not do.
const std::uint8_t* readable(const Cpu& cpu, unsigned segment, std::uint32_t offset, std::uint32_t bytes) {
    const SegmentRegister& s = cpu.state.segments[segment];
    if (std::uint64_t{offset} + bytes > s.read_end || (cpu.mode & mode::checked_access)) return nullptr;
    return cpu.mmu.shadow(cpu.view).readable(static_cast<std::uint32_t>(s.base + offset), bytes);
}
std::uint8_t* writable(const Cpu& cpu, unsigned segment, std::uint32_t offset, std::uint32_t bytes) {
    const SegmentRegister& s = cpu.state.segments[segment];
    if (std::uint64_t{offset} + bytes > s.write_end || (cpu.mode & mode::checked_access)) return nullptr;
    return cpu.mmu.shadow(cpu.view).writable(static_cast<std::uint32_t>(s.base + offset), bytes);
}

template <typename T>
std::uint32_t step(const Cpu& cpu) {
    return cpu.state.other_flags & flag::df ? 0U - std::uint32_t{sizeof(T)} : std::uint32_t{sizeof(T)};
}

/// As many upward iterations as lie within one page on each side. 0: one at a time.
template <typename T>
std::uint32_t move_run(Cpu& cpu, const Insn& insn, Pointer& source, Pointer& destination,
                       std::uint32_t allowed) {
    if (cpu.state.other_flags & flag::df) return 0;
    const std::uint32_t count =
        std::min({allowed, source.run_length(cpu.state.segments[insn.segment].base, sizeof(T)),
                  destination.run_length(cpu.state.segments[seg_es].base, sizeof(T))});
    const auto bytes = static_cast<std::uint32_t>(count * sizeof(T));
    if (count < 2) return 0;
    const std::uint8_t* from = readable(cpu, insn.segment, source.offset(), bytes);
    std::uint8_t* to = writable(cpu, seg_es, destination.offset(), bytes);
    if (!from || !to) return 0;
    if (to < from + bytes && from < to + bytes) {  // overlapping: the order of the elements shows
        for (std::uint32_t i = 0; i < bytes; i += std::uint32_t{sizeof(T)}) {
            T value;
            std::memcpy(&value, from + i, sizeof(T));
            std::memcpy(to + i, &value, sizeof(T));
        }
    } else {
        std::memcpy(to, from, bytes);
    }
    source.advance(bytes);
    destination.advance(bytes);
    return count;
}

struct Movs {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Repetition repetition(cpu, insn);
        Pointer source(cpu, insn, esi), destination(cpu, insn, edi);
        while (repetition.more()) {
            if (const std::uint32_t count =
                    move_run<T>(cpu, insn, source, destination, repetition.allowed())) {
                repetition.complete(count);
                continue;
            }
            T value;
            if (!cpu.read(insn.segment, source.offset(), value) ||
                !cpu.write(seg_es, destination.offset(), value))
                return repetition.retire(true);
            source.advance(step<T>(cpu));
            destination.advance(step<T>(cpu));
            repetition.complete(1);
        }
        return repetition.retire();
    }
};

template <typename T>
std::uint32_t store_run(Cpu& cpu, Pointer& destination, std::uint32_t allowed) {
    if (cpu.state.other_flags & flag::df) return 0;
    const std::uint32_t count =
        std::min(allowed, destination.run_length(cpu.state.segments[seg_es].base, sizeof(T)));
    const auto bytes = static_cast<std::uint32_t>(count * sizeof(T));
    if (count < 2) return 0;
    std::uint8_t* to = writable(cpu, seg_es, destination.offset(), bytes);
    if (!to) return 0;
    const T value = cpu.reg<T>(eax);
    for (std::uint32_t i = 0; i < count; ++i) std::memcpy(to + i * sizeof(T), &value, sizeof(T));
    destination.advance(bytes);
    return count;
}

struct Stos {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Repetition repetition(cpu, insn);
        Pointer destination(cpu, insn, edi);
        while (repetition.more()) {
            if (const std::uint32_t count = store_run<T>(cpu, destination, repetition.allowed())) {
                repetition.complete(count);
                continue;
            }
            if (!cpu.write(seg_es, destination.offset(), cpu.reg<T>(eax))) return repetition.retire(true);
            destination.advance(step<T>(cpu));
            repetition.complete(1);
        }
        return repetition.retire();
    }
};

struct Lods {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Repetition repetition(cpu, insn);
        Pointer source(cpu, insn, esi);
        while (repetition.more()) {
            T value;
            if (!cpu.read(insn.segment, source.offset(), value)) return repetition.retire(true);
            cpu.set_reg(eax, value);
            source.advance(step<T>(cpu));
            repetition.complete(1);
        }
        return repetition.retire();
    }
};

/// Whether REPE or REPNE goes on after a comparison.
bool goes_on(const Cpu& cpu, const Insn& insn) {
    return cpu.state.status.zf() != bool(insn.prefixes & prefix::repne);
}

struct Cmps {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Repetition repetition(cpu, insn);
        Pointer source(cpu, insn, esi), destination(cpu, insn, edi);
        while (repetition.more()) {
            T left, right;
            if (!cpu.read(insn.segment, source.offset(), left) ||
                !cpu.read(seg_es, destination.offset(), right))
                return repetition.retire(true);
            subtract(cpu.state.status, left, right);
            source.advance(step<T>(cpu));
            destination.advance(step<T>(cpu));
            repetition.complete(1);
            if (!repetition.repeated() || goes_on(cpu, insn)) continue;
            repetition.finish_early();
            break;
        }
        return repetition.retire();
    }
};

struct Scas {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Repetition repetition(cpu, insn);
        Pointer destination(cpu, insn, edi);
        while (repetition.more()) {
            T value;
            if (!cpu.read(seg_es, destination.offset(), value)) return repetition.retire(true);
            subtract(cpu.state.status, cpu.reg<T>(eax), value);
            destination.advance(step<T>(cpu));
            repetition.complete(1);
            if (!repetition.repeated() || goes_on(cpu, insn)) continue;
            repetition.finish_early();
            break;
        }
        return repetition.retire();
    }
};

template <typename Form>
constexpr std::array<Row, 2> string_rows_of(const char* name, std::uint8_t opcode, FlagUse flags) {
    constexpr auto attributes = static_cast<std::uint16_t>(attribute::repeatable | attribute::own_address);
    return {plain_row(name, opcode, InstructionClass::string, flags,
                      handlers_any(threaded_memory<Form::template run<std::uint8_t>>), attributes),
            plain_row(name, static_cast<std::uint8_t>(opcode + 1), InstructionClass::string, flags,
                      handlers_by_size(threaded_memory<Form::template run<std::uint16_t>>,
                                       threaded_memory<Form::template run<std::uint32_t>>),
                      attributes)};
}

constexpr auto rows =
    join(string_rows_of<Movs>("movs", 0xa4, {}), string_rows_of<Cmps>("cmps", 0xa6, writes_all),
         string_rows_of<Stos>("stos", 0xaa, {}), string_rows_of<Lods>("lods", 0xac, {}),
         string_rows_of<Scas>("scas", 0xae, writes_all));

}  // namespace

std::span<const Row> string_rows() { return rows; }

}  // namespace calque
