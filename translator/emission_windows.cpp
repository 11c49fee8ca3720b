// Memory operands that share one check of their page.
#include "translator/emission.hpp"
#include "translator/memory_operand.hpp"

#include <cstdlib>

namespace calque {
namespace {

namespace x86 = asmjit::x86;

}  // namespace

HostAssembler::Mem Emission::operand(unsigned size) {
    auto found = operand_address();
    found.setSize(size);
    if (!operand_.in_aperture) return found;
    expect_fault();
    found.setSegment(x86::gs);
    return found;
}

HostAssembler::Mem Emission::operand_address() const {
    const auto of = [&](unsigned number) {
        return operand_.wraps ? x86::Gp(x86::gpd(number)) : x86::Gp(x86::gpq(number));
    };
    if (operand_.index == HostOperand::no_index) return x86::ptr(of(operand_.base), operand_.displacement);
    return x86::ptr(of(operand_.base), of(operand_.index), operand_.scale, operand_.displacement);
}

bool Emission::use_aperture(const MemoryReference& reference) {
    return is_on_stack(reference.registers(), reference.displacement) && use_stack_aperture(reference);
}

bool Emission::is_in_aperture(const MemoryReference& reference) const {
    return translation.assumes.aperture && !in_mode(mode::alignment_check) &&
           reference.mask == 0xffff'ffffU && mode::is_flat(translation.mode, reference.segment);
}

/// Near the ends of the address space sums may leave it: the margins around the aperture, or arithmetic of 32
/// bits.
bool Emission::use_stack_aperture(const MemoryReference& reference) {
    if (!is_in_aperture(reference)) return false;
    const auto& home = a.plan().home;
    const auto displacement = static_cast<std::int32_t>(reference.displacement);
    const bool has_index = reference.index < home.size();
    const bool stays = std::abs(std::int64_t{displacement}) < std::int64_t{Aperture::margin / 2};
    operand_ = {.base = home[reference.base],
                .index = has_index ? home[reference.index] : HostOperand::no_index,
                .displacement = displacement,
                .scale = reference.scale,
                .in_aperture = true,
                .wraps = has_index || !stays};
    return true;
}

const AddressWindow* Emission::find_window(const MemoryReference& reference, unsigned size,
                                           AccessKind kind) const {
    if (!translation.assumes.windows || spare_taken_) return nullptr;
    if (reference.mask != 0xffff'ffffU || !mode::is_flat(translation.mode, reference.segment)) return nullptr;
    return windows_.find(index_, reference.registers(), reference.displacement, size,
                         kind == AccessKind::write);
}

bool Emission::stays_made_out(const MemoryReference& reference, unsigned size, AccessKind kind) const {
    const bool on_stack = is_on_stack(reference.registers(), reference.displacement);
    return (on_stack && is_in_aperture(reference)) || find_window(reference, size, kind);
}

bool Emission::use_window(const MemoryReference& reference, unsigned size, AccessKind kind) {
    const AddressWindow* window = find_window(reference, size, kind);
    if (!window) return false;
    if (window != window_) {
        emit_window_check(*window, index_, reference.registers());
        call_out_if_count_zero();
        emit_window_pointer();
        keep_stubs_in_reach();
        window_ = window;
    }
    const std::uint32_t from_root =
        windows_.value(index_, reference.registers()).offset + reference.displacement;
    operand_ = {.base = a.plan().spare, .displacement = static_cast<std::int32_t>(from_root - window->low)};
    return true;
}

void Emission::take_spare() {
    window_ = nullptr;
    spare_taken_ = true;
}

/// RCX becomes zero if the window is not plain memory within one page.
void Emission::emit_window_check(const AddressWindow& window, std::uint8_t values_at,
                                 const AddressRegisters& registers) {
    emit_effective_address(*this, {.base = registers.base,
                                   .index = registers.index,
                                   .scale = registers.scale,
                                   .displacement = window.low - windows_.value(values_at, registers).offset});
    const AccessKind kind = window.writes ? AccessKind::write : AccessKind::read;
    emit_page_check(a, a.address(), window.size, kind, settings.tables.data(kind));
}

void Emission::emit_window_pointer() { a.lea(a.spare(), x86::ptr(a.address(), a.index())); }

/// A callout may have changed the mapping, and used `spare`. Where the window does not hold any more, the
/// rest of the block is not for this translation.
void Emission::emit_return_to_window(const SlowStub& stub) {
    const Label lost = a.newLabel();
    if (const auto registers = windows_.registers_of(stub.values_at, *stub.window)) {
        emit_window_check(*stub.window, stub.values_at, *registers);
        a.jump_if_count_zero(lost);
        emit_window_pointer();
        a.long_().jmp(stub.resume);
    }
    a.bind(lost);
    a.lea(a.spare(), a.near(new_site(stub.values_at, stub.resume)));
    a.jump_to(settings.runtime.decline);
}

}  // namespace calque
