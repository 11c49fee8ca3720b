// The processor: exceptions, and memory accesses off the fast path.
#include "cpu/cpu.hpp"

#include "cpu/breakpoints.hpp"
#include "cpu/segmentation.hpp"

#include <utility>

namespace calque {

Cpu::Cpu(Mmu& memory_unit, Outside& board, const CpuModel& cpu_model)
    : mmu(memory_unit), outside(board), model(cpu_model) {
    reset();
}

bool Cpu::raise(Vector vector) {
    exception = {.vector = vector};
    exception_pending = true;
    return false;
}

bool Cpu::raise(Vector vector, std::uint32_t error_code) {
    exception = {.vector = vector, .has_error_code = true, .error_code = error_code};
    exception_pending = true;
    return false;
}

bool Cpu::raise_page_fault() {
    state.cr2 = mmu.fault().address;
    return raise(Vector::pf, mmu.fault().error_code);
}

void Cpu::fault(Vector vector) {
    raise(vector);
    throw GuestFault{};
}

void Cpu::fault(Vector vector, std::uint32_t error_code) {
    raise(vector, error_code);
    throw GuestFault{};
}

namespace {

bool type_allows(const SegmentRegister& segment, AccessKind kind) {
    using namespace segment_attribute;
    if (!(segment.attributes & present)) return false;
    const bool is_code = segment.attributes & code;
    const bool bit = segment.attributes & writable_or_readable;
    return kind == AccessKind::write ? !is_code && bit : !is_code || bit;
}

}  // namespace

bool Cpu::check_segment(unsigned segment, std::uint32_t offset, unsigned size, AccessKind kind) {
    const SegmentRegister& s = state.segments[segment];
    const bool type_ok = !protected_mode() || type_allows(s, kind);
    if (type_ok && within_limit(s, offset, size)) return true;
    return raise(segment == seg_ss ? Vector::ss : Vector::gp, 0);
}

/// Only powers of two are checked; x87's 10-byte and longer operands align as 8 bytes do. Where an operand of
/// 16 bytes may be unaligned the manual leaves it to the processor whether that is an #AC: AMD's have it.
bool Cpu::aligned(std::uint32_t linear, unsigned size) {
    if (!(mode & mode::alignment_check)) return true;
    const unsigned alignment = size > 8 && size != 16 ? 8 : size;
    return (linear & (alignment - 1)) == 0 || raise(Vector::ac, 0);
}

void Cpu::observe(Observer* observer) {
    observer_.attach(observer);
    refresh_mode();
}

void Cpu::note_access(std::uint32_t linear, unsigned size, AccessKind kind) {
    if (mode & mode::stepping) breakpoint_hits |= data_breakpoints(state, linear, size, kind);
    if (!debug) return;
    debug->note_access(mmu, linear, size, kind);
    if (debug->hit()) stop_requested = true;
}

bool Cpu::probe(unsigned segment, std::uint32_t offset, unsigned size, AccessKind kind) {
    if (!check_segment(segment, offset, size, kind)) return false;
    const auto linear = static_cast<std::uint32_t>(state.segments[segment].base + offset);
    if (!aligned(linear, size)) return false;
    return mmu.probe(linear, size, view, kind) || raise_page_fault();
}

namespace {

/// Of an access: nearly all are of four bytes.
void copy(void* to, const void* from, unsigned size) {
    if (size == 4) [[likely]]
        std::memcpy(to, from, 4);
    else
        std::memcpy(to, from, size);
}

}  // namespace

/// Fast paths were closed for whoever looks on; what they know still holds.
bool Cpu::read_looked_at(std::uint32_t linear, void* bytes, unsigned size) {
    const std::uint8_t* host =
        mode & mode::checked_access ? mmu.shadow(view).readable(linear, size) : nullptr;
    if (!host) return mmu.read_slow(linear, view, bytes, size);
    copy(bytes, host, size);
    return true;
}

bool Cpu::write_looked_at(std::uint32_t linear, const void* bytes, unsigned size) {
    std::uint8_t* host = mode & mode::checked_access ? mmu.shadow(view).writable(linear, size) : nullptr;
    if (!host) return mmu.write_slow(linear, view, bytes, size);
    copy(host, bytes, size);
    return true;
}

bool Cpu::read_slow(unsigned segment, std::uint32_t offset, void* bytes, unsigned size) {
    if (!check_segment(segment, offset, size, AccessKind::read)) return false;
    const auto linear = static_cast<std::uint32_t>(state.segments[segment].base + offset);
    if (!aligned(linear, size)) return false;
    if (!read_looked_at(linear, bytes, size)) return raise_page_fault();
    note_access(linear, size, AccessKind::read);
    tell_access(linear, bytes, size, AccessKind::read);
    return true;
}

bool Cpu::write_slow(unsigned segment, std::uint32_t offset, const void* bytes, unsigned size) {
    if (!check_segment(segment, offset, size, AccessKind::write)) return false;
    const auto linear = static_cast<std::uint32_t>(state.segments[segment].base + offset);
    if (!aligned(linear, size)) return false;
    if (!write_looked_at(linear, bytes, size)) return raise_page_fault();
    note_access(linear, size, AccessKind::write);
    tell_access(linear, bytes, size, AccessKind::write);
    note_mapping_change();
    return true;
}

void Cpu::note_mapping_change() {
    const std::uint64_t generation = mmu.fetch_generation(view);
    if (std::exchange(seen_fetch_generations_[view], generation) != generation) stop_requested = true;
}

void Cpu::set_eflags(std::uint32_t value, std::uint32_t mask) {
    const std::uint32_t flags = (state.eflags() & ~mask) | (value & mask) | flag::always_one;
    state.status = StatusFlags::unpack(flags);
    state.other_flags = flags & ~flag::status;
    if (interrupt_line && (flags & flag::interrupt)) stop_requested = true;  // it is due at this boundary
    refresh_mode();
}

}  // namespace calque
