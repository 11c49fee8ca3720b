// Memory operands that share one check of their page.
#include "translator/emission.hpp"
#include "translator/memory_operand.hpp"

namespace calque {
namespace {

namespace x86 = asmjit::x86;

}  // namespace

HostAssembler::Mem Emission::operand(unsigned size) const {
    const auto base = x86::gpq(operand_.base);
    if (operand_.index == HostOperand::no_index) return x86::ptr(base, operand_.displacement, size);
    return x86::ptr(base, x86::gpq(operand_.index), 0, operand_.displacement, size);
}

const AddressWindow* Emission::find_window(const MemoryReference& reference, unsigned size,
                                           AccessKind kind) const {
    if (!translation.assumes.windows || spare_taken_) return nullptr;
    if (reference.mask != 0xffff'ffffU || !mode::is_flat(translation.mode, reference.segment)) return nullptr;
    return windows_.find(index_, reference.registers(), reference.displacement, size,
                         kind == AccessKind::write);
}

bool Emission::window_holds(const MemoryReference& reference, unsigned size, AccessKind kind) const {
    return find_window(reference, size, kind);
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
