// Runs a flat piece of code on a bare processor.
#include "frontend/exec/code_runner.hpp"

#include "frontend/exec/register_file.hpp"
#include "frontend/usage_error.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

namespace calque {

namespace {

constexpr std::uint64_t four_gibibytes = 1ULL << 32;

/// Page-aligned stretches of memory, kept apart from each other: by base, the end.
class Stretches {
public:
    void add(std::uint64_t base, std::uint64_t size) {
        std::uint64_t first = base & ~page_mask, end = (base + size + page_mask) & ~page_mask;
        if (end > four_gibibytes) throw UsageError("memory must lie below 4 GiB");
        auto next = ends_.lower_bound(first);
        if (next != ends_.begin() && std::prev(next)->second >= first) --next;
        while (next != ends_.end() && next->first <= end) {
            first = std::min(first, next->first);
            end = std::max(end, next->second);
            next = ends_.erase(next);
        }
        ends_[first] = end;
    }
    const std::map<std::uint64_t, std::uint64_t>& ends() const { return ends_; }

private:
    std::map<std::uint64_t, std::uint64_t> ends_;
};

Stretches stretches_of(const CodeJob& job) {
    constexpr std::uint64_t least = 0x1'0000;
    const std::uint32_t stack = std::min(job.origin, CodeJob::stack_size);
    Stretches stretches;
    stretches.add(job.origin - stack, stack + std::max<std::uint64_t>(job.code.size(), least));
    for (const auto& [base, size] : job.ranges) stretches.add(base, size);
    for (const auto& [base, bytes] : job.contents)
        stretches.add(base, std::max<std::size_t>(bytes.size(), 1));
    return stretches;
}

SegmentRegister flat_segment(bool code, bool big) {
    using namespace segment_attribute;
    SegmentRegister segment;
    segment.limit = 0xFFFF'FFFF;
    segment.selector = code ? 0x08 : 0x10;
    segment.attributes =
        static_cast<std::uint16_t>(present | not_system | accessed | writable_or_readable | granularity |
                                   (code ? segment_attribute::code : 0) | (big ? segment_attribute::big : 0));
    segment.refresh();
    return segment;
}

void enter_protected_mode(CpuState& state, const CodeJob& job) {
    state.cr0 |= cr0::pe;
    for (unsigned i = 0; i < segment_count; ++i)
        state.segments[i] = flat_segment(i == seg_cs, job.mode == CodeMode::protected32);
    state.rip = job.origin;
    state.gpr[esp] = job.origin;
}

void place_in_real_mode(CpuState& state, const CodeJob& job) {
    constexpr std::uint32_t highest = 0xF'FFFF;
    if (job.origin > highest) throw UsageError("--org: real mode reaches up to FFFFFh");
    const auto paragraph = static_cast<std::uint16_t>(job.origin >> 4);
    for (SegmentRegister& segment : state.segments) {
        segment.selector = paragraph;
        segment.base = std::uint64_t{paragraph} << 4;
        segment.refresh();
    }
    const std::uint32_t stack = std::min(job.origin, CodeJob::stack_size);
    state.ss().selector = static_cast<std::uint16_t>((job.origin - stack) >> 4);
    state.ss().base = std::uint64_t{state.ss().selector} << 4;
    state.ss().refresh();
    state.gpr[esp] = stack & 0xFFFF;
    state.rip = job.origin & 0xF;
}

const CpuModel& model_of(const CodeJob& job) {
    if (const CpuModel* model = find_cpu_model(job.cpu)) return *model;
    throw UsageError("there is no CPU model \"" + job.cpu + "\"");
}

}  // namespace

CodeRunner::CodeRunner(const CodeJob& job)
    : memory_(page_size), mmu_(memory_), processor_(mmu_, no_ports_, model_of(job)) {
    no_ports_.cpu = &processor_.cpu();
    map_memory(job);
    fill_memory(job);
    start(job);
    engine_ = make_engine(job.engine, processor_.cpu(), processor_.blocks());
    processor_.use_engine(engine_.get());
}

void CodeRunner::map_memory(const CodeJob& job) {
    memory_.unmap(0, page_size);
    const Stretches stretches = stretches_of(job);
    for (const auto& [base, end] : stretches.ends()) {
        const MemoryBlock& block = memory_.add_block(end - base);
        memory_.map_ram(base, block, 0, block.size);
        regions_.push_back({static_cast<std::uint32_t>(base), &block, {}});
    }
}

void CodeRunner::fill_memory(const CodeJob& job) {
    memory_.write_bytes(job.origin, job.code);
    for (const auto& [base, bytes] : job.contents) memory_.write_bytes(base, bytes);
    for (Region& region : regions_)
        region.before.assign(region.block->host, region.block->host + region.block->size);
}

void CodeRunner::clear_memory() {
    static constexpr std::array<std::uint8_t, 256> zeros{};
    for (const Region& region : regions_)
        for (std::uint64_t at = 0; at < region.block->size; at += zeros.size())
            if (std::memcmp(region.block->host + at, zeros.data(), zeros.size()) != 0)
                memory_.write_bytes(region.base + at, zeros);
}

void CodeRunner::restart(const CodeJob& job) {
    Cpu& cpu = processor_.cpu();
    cpu.state.instructions = cpu.target = 0;
    cpu.budget = 0;
    cpu.current = nullptr;
    processor_.reset();
    clear_memory();
    fill_memory(job);
    start(job);
}

void CodeRunner::start(const CodeJob& job) {
    Cpu& cpu = processor_.cpu();
    CpuState& state = cpu.state;
    state.cr0 = (state.cr0 & ~std::uint64_t{cr0::cd | cr0::nw | cr0::em | cr0::ts}) | cr0::mp | cr0::ne;
    state.cr4 |= cr4::osfxsr | cr4::osxmmexcpt;
    state.fpu.fcw = x87::initial_control;  // as FNINIT leaves it
    state.fpu.ftw = 0;
    state.gpr[edx] = 0;  // the reset signature
    if (job.mode == CodeMode::real16)
        place_in_real_mode(state, job);
    else
        enter_protected_mode(state, job);
    state.idtr = {};  // whatever happens is reported, unless the code sets up handlers
    for (const auto& [name, value] : job.registers) set_register(cpu, name, value);
    cpu.refresh_mode();
    processor_.on_exception([&cpu] { return !has_handler(cpu.state, cpu.exception.vector); });
}

ExitReason CodeRunner::run(std::uint64_t max_instructions) {
    ExitReason reason = ExitReason::stop;
    while (reason == ExitReason::stop) reason = processor_.run(max_instructions);
    return reason;
}

std::vector<CodeRunner::Change> CodeRunner::changes() const {
    std::vector<Change> changes;
    for (const Region& region : regions_) {
        const std::uint8_t* after = region.block->host;
        if (std::memcmp(after, region.before.data(), region.before.size()) == 0) continue;
        for (std::size_t i = 0; i < region.before.size(); ++i) {
            if (after[i] == region.before[i]) continue;
            const auto address = static_cast<std::uint32_t>(region.base + i);
            const bool continues =
                !changes.empty() && i > 0 && changes.back().address + changes.back().bytes.size() == address;
            if (!continues) changes.push_back({address, {}});
            changes.back().bytes.push_back(after[i]);
        }
    }
    return changes;
}

}  // namespace calque
