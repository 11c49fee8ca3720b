// A processor on flat RAM.
#include "tests/support/flat_machine.hpp"

#include <stdexcept>

namespace calque::test {
namespace {

SegmentRegister flat_segment(bool code, bool big) {
    using namespace segment_attribute;
    SegmentRegister segment;
    segment.limit = 0xffff'ffffU;
    segment.selector = code ? 0x08 : 0x10;
    segment.attributes =
        static_cast<std::uint16_t>(present | not_system | accessed | writable_or_readable | granularity |
                                   (code ? segment_attribute::code : 0) | (big ? segment_attribute::big : 0));
    segment.refresh();
    return segment;
}

}  // namespace

FlatMachine::FlatMachine(StartMode start, const char* model)
    : memory(ram_size), mmu(memory), processor(mmu, board, *find_cpu_model(model)) {
    board.attach(processor.cpu());
    CpuState& s = state();
    if (start != StartMode::real16) {
        s.cr0 |= cr0::pe;
        s.cr0 &= ~std::uint64_t{cr0::cd | cr0::nw};
        for (unsigned i = 0; i < segment_count; ++i)
            s.segments[i] = flat_segment(i == seg_cs, start == StartMode::protected32);
    } else {
        s.cs().base = 0;
        s.cs().selector = 0;
        s.cs().refresh();
    }
    s.cr4 |= cr4::osfxsr | cr4::osxmmexcpt;
    s.cr0 |= cr0::ne | cr0::mp;
    s.rip = start == StartMode::real16 ? 0x1000 : code_base;
    s.gpr[esp] = start == StartMode::protected32 ? stack_top : 0xf000;
    processor.cpu().refresh_mode();
}

void FlatMachine::use(const EngineKind& kind) {
    engine_ = kind.make(processor.cpu(), processor.blocks());
    processor.use_engine(engine_.get());
}

void FlatMachine::assemble(const std::function<void(asmjit::x86::Assembler&)>& write, std::uint32_t address) {
    load(address, assemble32(write, address));
}

ExitReason FlatMachine::run(std::uint64_t limit) {
    const std::uint64_t until = state().instructions + limit;
    for (;;) {
        const ExitReason reason = processor.run(until);
        if (reason != ExitReason::stop) return reason;
    }
}

std::vector<std::uint8_t> assemble32(const std::function<void(asmjit::x86::Assembler&)>& write,
                                     std::uint32_t address) {
    asmjit::CodeHolder code;
    code.init(asmjit::Environment(asmjit::Arch::kX86), address);
    asmjit::x86::Assembler assembler(&code);
    struct Thrower final : asmjit::ErrorHandler {
        void handleError(asmjit::Error, const char* message, asmjit::BaseEmitter*) override {
            throw std::logic_error(message);
        }
    } thrower;
    code.setErrorHandler(&thrower);
    write(assembler);
    code.flatten();
    code.resolveUnresolvedLinks();
    code.relocateToBase(address);
    std::vector<std::uint8_t> bytes(code.codeSize());
    code.copyFlattenedData(bytes.data(), bytes.size());
    return bytes;
}

}  // namespace calque::test
