// The processor as instruction semantics see it: state, memory through segments, exceptions, the budget.
#pragma once

#include "cpu/debug_points.hpp"
#include "cpu/fpu.hpp"
#include "cpu/insn.hpp"
#include "cpu/jump_cache.hpp"
#include "cpu/model.hpp"
#include "cpu/observer.hpp"
#include "cpu/outside.hpp"
#include "cpu/sse_flags.hpp"
#include "cpu/state.hpp"
#include "mmu/hook.hpp"
#include "mmu/mmu.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace calque {

/// Whatever changes what an instruction does: half of the key of decoded and translated code.
namespace mode {
inline constexpr std::uint32_t code32 = 1, stack32 = 2, protected_mode = 4, vm86 = 8;
inline constexpr std::uint32_t cpl_shift = 4, cpl = 3U << cpl_shift;
inline constexpr std::uint32_t paging = 1U << 6;
inline constexpr std::uint32_t iopl_allows = 1U << 7;       ///< CPL <= IOPL
inline constexpr std::uint32_t no_x87 = 1U << 8;            ///< CR0.EM or CR0.TS: x87 instructions raise #NM
inline constexpr std::uint32_t wait_traps = 1U << 9;        ///< CR0.MP and CR0.TS: WAIT raises #NM
inline constexpr std::uint32_t no_sse = 1U << 10;           ///< CR0.EM or not CR4.OSFXSR: SSE raises #UD
inline constexpr std::uint32_t task_switched = 1U << 11;    ///< CR0.TS
inline constexpr std::uint32_t alignment_check = 1U << 12;  ///< CR0.AM, EFLAGS.AC and CPL 3
inline constexpr std::uint32_t stepping = 1U << 13;         ///< EFLAGS.TF or a breakpoint is armed in DR7
inline constexpr std::uint32_t flat_cs = 1U << 14, flat_ss = 1U << 15, flat_ds = 1U << 16, flat_es = 1U << 17;
inline constexpr std::uint32_t unmasked_x87 = 1U << 18;              ///< FCW leaves an exception unmasked
inline constexpr std::uint32_t observed = has_hooks ? 1U << 19 : 0;  ///< there is an Observer
/// Accesses must be looked at one by one: for alignment, for data breakpoints, or for an observer.
inline constexpr std::uint32_t checked_access = alignment_check | stepping | observed;

/// Whether data in the segment need neither base nor limit, by the mode alone. CS never does: it may be
/// execute-only, and is not written through.
constexpr bool is_flat(std::uint32_t mode, unsigned segment) {
    switch (segment) {
        case seg_ss: return mode & flat_ss;
        case seg_ds: return mode & flat_ds;
        case seg_es: return mode & flat_es;
        default: return false;
    }
}
}  // namespace mode

/// An exception that an instruction raised and that has yet to be delivered.
struct Exception {
    Vector vector = Vector::ud;
    bool has_error_code = false;
    std::uint32_t error_code = 0;
    bool trap = false;      ///< reported behind an instruction that retired: single step, data breakpoints
    bool resumable = true;  ///< RF is set in the pushed EFLAGS: any fault but an instruction breakpoint
};

/// Unwinds a semantic function whose exception is already recorded in Cpu::exception. For the rare and
/// long instructions; the frequent ones return false.
struct GuestFault {};

/// What a plain access asks of its address: not to cross a page, or to be a multiple of its size.
enum class Alignment : std::uint8_t { any, natural };

class Cpu {
public:
    Cpu(Mmu& memory_unit, Outside& board, const CpuModel& cpu_model);

    CpuState state;
    Mmu& mmu;
    Outside& outside;
    const CpuModel& model;

    /// The reset state (SDM vol. 3A, "Processor State After Reset").
    void reset();

    // --- What the engines keep

    /// Instructions that may still retire before `target`; blocks are paid for on entry.
    std::int64_t budget = 0;
    /// The count of retired instructions at which the budget is spent.
    std::uint64_t target = 0;
    /// The instruction being executed, set by whatever may look at the clock or be seen by a device.
    const Insn* current = nullptr;
    /// Set to leave the engine right after the current instruction; and whether the board then wants its
    /// turn.
    bool stop_requested = false;
    bool board_requested = false;
    bool exception_pending = false;
    Exception exception;
    bool interrupt_line = false;        ///< INTR
    std::uint32_t breakpoint_hits = 0;  ///< B0-B3 of DR6 that the current instruction touched

    /// A debugger's, while there are any; never consulted where nothing slows an access or a jump down.
    Hook<DebugPoints> debug;

    /// Whether the x87 part of state.fpu is in the host's registers instead.
    FpuControl fpu;
    /// Whether SSE exception flags are on their way to state.fpu.
    SseFlags sse_flags;

    View view = supervisor_view;
    std::uint32_t mode = 0;
    /// The shadow page tables of the present view, or their absent half while accesses must be looked at one
    /// by one.
    const std::uint64_t* read_table = nullptr;
    const std::uint64_t* write_table = nullptr;
    /// Grows whenever code or its mapping changed: jump caches look again.
    std::uint64_t code_generation = 1;
    JumpCache jumps;
    /// Blocks that may follow the present one before the engine is asked.
    unsigned chain_left = 0;

    /// From a device access: a line or a deadline changed.
    void request_stop() { stop_requested = board_requested = true; }
    /// Instructions retired so far, exact during `current`.
    std::uint64_t retired() const {
        return target - static_cast<std::uint64_t>(budget) - (current ? current->remaining : 0U);
    }
    /// The count of retired instructions is this from now on. Only between runs.
    void resume_at(std::uint64_t count);
    /// To be called when `state` and guest memory have been replaced: builds anew what derives from them.
    /// Only between runs; decoded blocks must have been dropped.
    void state_replaced();
    /// Must be called after any change of what `mode` or `view` are made of.
    void refresh_mode();

    /// From now on; nullptr: nobody. Not from within a run.
    void observe(Observer* observer);
    Observer* observer() const { return observer_; }

    // --- Exceptions

    /// Records an exception; always false, so that semantics can `return cpu.raise(...)`.
    bool raise(Vector vector);
    bool raise(Vector vector, std::uint32_t error_code);
    bool raise_page_fault();  ///< from Mmu::fault(); sets CR2
    [[noreturn]] void fault(Vector vector);
    [[noreturn]] void fault(Vector vector, std::uint32_t error_code);

    // --- Instruction pointer

    /// RIP stays at the block's start while the block runs.
    std::uint32_t ip(const Insn& insn) const { return static_cast<std::uint32_t>(state.rip + insn.offset); }
    std::uint32_t next_ip(const Insn& insn) const {
        return static_cast<std::uint32_t>(state.rip + insn.offset + insn.length);
    }
    JumpCache::Key jump_key() const {
        return {.linear = state.linear_ip(),
                .mode = mode,
                .rip_and_limit = state.rip << 32 | state.cs().limit,
                .generation = generation()};
    }
    /// Changes with code and its mapping; of each view by itself.
    std::uint64_t generation() const { return code_generation + mmu.fetch_generation(view); }
    bool code32() const { return mode & mode::code32; }
    bool protected_mode() const { return mode & mode::protected_mode; }  ///< and not virtual-8086
    bool vm86() const { return mode & mode::vm86; }

    // --- Registers

    template <typename T>
    T reg(unsigned number) const {
        return static_cast<T>(state.gpr[number]);
    }
    /// Writes a register by number; 32-bit writes clear the upper half, 16- and 8-bit ones (AL.. BL only)
    /// keep it.
    template <typename T>
    void set_reg(unsigned number, T value) {
        if constexpr (sizeof(T) >= 4)
            state.gpr[number] = value;
        else
            state.gpr[number] = (state.gpr[number] & ~std::uint64_t{T(~T{})}) | value;
    }

    // --- Memory

    std::uint32_t effective_address(const Insn& insn) const {
        return static_cast<std::uint32_t>(state.gpr[insn.base] + (state.gpr[insn.index] << insn.scale) +
                                          insn.displacement) &
               insn.address_mask;
    }

    /// Accesses that need no closer look: allowed, and plain RAM. False: nothing happened, and read() or
    /// write() has the answer.
    template <typename T>
    bool read_plain(unsigned segment, std::uint32_t offset, T& value) const {
        std::uint8_t* host;
        if (!readable_plain<sizeof(T)>(segment, offset, host)) return false;
        std::memcpy(&value, host, sizeof(T));
        return true;
    }
    template <typename T>
    bool write_plain(unsigned segment, std::uint32_t offset, const T& value) {
        std::uint8_t* host;
        if (!writable_plain<sizeof(T)>(segment, offset, host)) return false;
        std::memcpy(host, &value, sizeof(T));
        return true;
    }
    /// Where such an access would be.
    template <unsigned size, Alignment alignment = Alignment::any>
    bool readable_plain(unsigned segment, std::uint32_t offset, std::uint8_t*& host) const {
        const SegmentRegister& s = state.segments[segment];
        return find_plain<size, alignment>(s, s.read_end, read_table, offset, host);
    }
    template <unsigned size, Alignment alignment = Alignment::any>
    bool writable_plain(unsigned segment, std::uint32_t offset, std::uint8_t*& host) const {
        const SegmentRegister& s = state.segments[segment];
        return find_plain<size, alignment>(s, s.write_end, write_table, offset, host);
    }
    /// The same in a flat segment.
    template <unsigned size, Alignment alignment = Alignment::any>
    static bool find_flat(const std::uint64_t* table, std::uint32_t linear, std::uint8_t*& host) {
        if constexpr (alignment == Alignment::natural) {
            if (linear & (size - 1)) [[unlikely]]
                return false;
        } else if constexpr (size > 1) {
            // Most are aligned, which the shorter test finds out.
            if ((linear & (std::bit_ceil(size) - 1)) && (linear & page_mask) > page_size - size) [[unlikely]]
                return false;
        }
        const std::uint64_t addend = table[linear >> page_shift];
        host = reinterpret_cast<std::uint8_t*>(linear + addend);
        return addend != 0;
    }

    /// Accesses through a segment with all its checks. False: #GP, #SS, #PF or #AC is recorded.
    template <typename T>
    bool read(unsigned segment, std::uint32_t offset, T& value) {
        return read_plain(segment, offset, value) || read_slow(segment, offset, &value, sizeof(T));
    }
    template <typename T>
    bool write(unsigned segment, std::uint32_t offset, const T& value) {
        return write_plain(segment, offset, value) || write_slow(segment, offset, &value, sizeof(T));
    }
    /// Reads what will be written back: needs write permission from the start. `host` is where to store the
    /// result directly, or nullptr: use write(), which will not fault.
    template <typename T>
    bool read_for_update(unsigned segment, std::uint32_t offset, T& value, std::uint8_t*& host) {
        if (writable_plain<sizeof(T)>(segment, offset, host)) [[likely]] {
            std::memcpy(&value, host, sizeof(T));
            return true;
        }
        host = nullptr;
        return probe(segment, offset, sizeof(T), AccessKind::write) &&
               read_slow(segment, offset, &value, sizeof(T));
    }
    bool read_slow(unsigned segment, std::uint32_t offset, void* bytes, unsigned size);
    bool write_slow(unsigned segment, std::uint32_t offset, const void* bytes, unsigned size);
    /// Segment, alignment and page checks of an access, without the access.
    bool probe(unsigned segment, std::uint32_t offset, unsigned size, AccessKind kind);
    /// The segment's own checks only (SDM vol. 3A, "Limit Checking" and "Type Checking").
    bool check_segment(unsigned segment, std::uint32_t offset, unsigned size, AccessKind kind);

    /// The same, unwinding with GuestFault.
    template <typename T>
    T load(unsigned segment, std::uint32_t offset) {
        T value{};
        if (!read(segment, offset, value)) throw GuestFault{};
        return value;
    }
    template <typename T>
    void store(unsigned segment, std::uint32_t offset, const T& value) {
        if (!write(segment, offset, value)) throw GuestFault{};
    }
    /// Implicit supervisor accesses by linear address (descriptor tables, TSS), whatever the CPL.
    template <typename T>
    T load_system(LinearAddress address) {
        T value{};
        if (!mmu.read(static_cast<std::uint32_t>(address), supervisor_view, value)) {
            raise_page_fault();
            throw GuestFault{};
        }
        tell_access(address, &value, sizeof(T), AccessKind::read, true);
        return value;
    }
    template <typename T>
    void store_system(LinearAddress address, const T& value) {
        if (!mmu.write(static_cast<std::uint32_t>(address), supervisor_view, value)) {
            raise_page_fault();
            throw GuestFault{};
        }
        tell_access(address, &value, sizeof(T), AccessKind::write, true);
        note_mapping_change();
    }

    // --- Stack

    std::uint32_t stack_mask() const { return state.ss().big() ? 0xffff'ffffU : 0xffffU; }
    std::uint32_t stack_pointer() const { return state.reg32(esp) & stack_mask(); }
    void set_stack_pointer(std::uint32_t value) {
        const std::uint32_t mask = stack_mask();
        state.gpr[esp] = (state.reg32(esp) & ~mask) | (value & mask);
    }
    template <typename T>
    bool push(T value) {
        const std::uint32_t top = (stack_pointer() - std::uint32_t{sizeof(T)}) & stack_mask();
        if (!write(seg_ss, top, value)) return false;
        set_stack_pointer(top);
        return true;
    }
    template <typename T>
    bool pop(T& value) {
        const std::uint32_t top = stack_pointer();
        if (!read(seg_ss, top, value)) return false;
        set_stack_pointer(top + std::uint32_t{sizeof(T)});
        return true;
    }

    // --- Flags

    bool flag_set(std::uint32_t bit) const { return state.other_flags & bit; }  ///< not for status flags
    unsigned iopl() const { return state.other_flags >> 12 & 3U; }
    /// Replaces the bits in `mask`, status flags included, and refreshes the mode.
    void set_eflags(std::uint32_t value, std::uint32_t mask);

    /// Which data breakpoints an access touches, for the trap behind the instruction, and whether it is one
    /// that a debugger waits for, which ends the run there.
    void note_access(std::uint32_t linear, unsigned size, AccessKind kind);
    /// Tells the observer, if there is one.
    void tell_access(LinearAddress linear, const void* value, unsigned size, AccessKind kind,
                     bool system = false) {
        if (mode & mode::observed) [[unlikely]]
            observer_->accessed(*this, {.is_write = kind == AccessKind::write,
                                        .is_system = system,
                                        .size = static_cast<std::uint8_t>(size),
                                        .address = static_cast<std::uint32_t>(linear),
                                        .value = value});
    }

private:
    /// Segment limit, page boundary and shadow page table, in this order.
    template <unsigned size, Alignment alignment = Alignment::any>
    static bool find_plain(const SegmentRegister& s, std::uint64_t end, const std::uint64_t* table,
                           std::uint32_t offset, std::uint8_t*& host) {
        if (std::uint64_t{offset} + size > end) [[unlikely]]
            return false;
        return find_flat<size, alignment>(table, static_cast<std::uint32_t>(s.base + offset), host);
    }
    /// The memory of an access that is looked at for its own sake only.
    bool read_looked_at(std::uint32_t linear, void* bytes, unsigned size);
    bool write_looked_at(std::uint32_t linear, const void* bytes, unsigned size);
    /// False: #AC.
    bool aligned(std::uint32_t linear, unsigned size);
    /// After a store: leave the engine if it changed where the code now executing is mapped from.
    void note_mapping_change();

    std::array<std::uint64_t, view_count> seen_fetch_generations_{};
    Hook<Observer> observer_;
};

}  // namespace calque
