// From what an observer is told to records.
#include "frontend/trace/recorder.hpp"

#include "cpu/instruction_table.hpp"
#include "frontend/trace/background_sink.hpp"

#include <algorithm>
#include <cstring>

namespace calque::trace {
namespace {

constexpr std::uint64_t longest_frame = 1U << 21, shortest_frame = 1U << 14;

std::unique_ptr<FrameReceiver> make_file(const RecorderSettings& settings) {
    std::unique_ptr<FrameSink> sink;
    if (settings.ring)
        sink = std::make_unique<RingSink>(settings.path, settings.ring);
    else
        sink = std::make_unique<FileSink>(settings.path);
    return std::make_unique<BackgroundSink>(std::move(sink));
}

/// Only whole frames leave a ring, so they are short there.
std::uint64_t frame_length(std::uint64_t ring) {
    return ring ? std::clamp(ring / 8, shortest_frame, longest_frame) : longest_frame;
}

/// What an instruction may change beside general registers, status flags and EIP.
struct Reach {
    bool system = false, fpu = false;
};

Reach reach_of(const Insn& insn, bool retired) {
    constexpr std::uint16_t units = attribute::x87 | attribute::mmx | attribute::sse;
    if (insn.row == no_row || !retired) return {true, true};
    const Row& row = row_of(insn);
    const bool emulated = row.cls == InstructionClass::emulated;
    return {emulated, emulated || (row.attributes & units)};
}

/// Of any length, by copies whose sizes are known: the bytes behind it are another instruction's, or none.
void copy_code(std::uint8_t* to, const std::uint8_t* from, std::size_t size) {
    const auto ends = [&](std::size_t part) {
        std::memcpy(to, from, part);
        std::memcpy(to + size - part, from + size - part, part);
    };
    if (size >= 8) return ends(8);
    if (size >= 4) return ends(4);
    if (size >= 2) return ends(2);
    if (size) *to = *from;
}

}  // namespace

Recorder::Recorder(const RecorderSettings& settings) : Recorder(settings, make_file(settings)) {}

Recorder::Recorder(RecorderSettings settings, std::unique_ptr<FrameReceiver> receiver)
    : settings_(std::move(settings)),
      encoder_(std::move(receiver), frame_length(settings_.ring)),
      started_(!settings_.start) {}

Recorder::~Recorder() = default;

// --- State

/// The board may have reset the processor, or a debugger have changed it.
void Recorder::begins(Cpu& cpu) {
    const bool first = !begun_;
    begun_ = true;
    const std::uint64_t position = cpu.state.instructions;
    const bool moved = position != position_;
    position_ = position;
    if (first || moved) {
        wanted_ = false;
        choose(cpu);
    } else if (wanted_) {
        if (!continues(cpu) && registers_of(cpu.state) != registers_) tell_gap(cpu);
    } else {
        choose(cpu);
    }
}

/// Whether nothing happened since the last record. False: maybe.
bool Recorder::continues(const Cpu& cpu) const {
    const Registers& last = registers_;
    const CpuState& state = cpu.state;
    return std::equal(state.gpr.begin(), state.gpr.begin() + 16, last.begin()) && state.rip == last[rip] &&
           state.eflags() == last[rflags] && state.cpl == seen_.cpl &&
           std::memcmp(&state.segments, seen_.system.data(), seen_.system.size()) == 0 &&
           std::memcmp(&state.fpu, seen_.fpu.data(), seen_.fpu.size()) == 0;
}

void Recorder::locate(Cpu& cpu, Access& access) {
    const std::uint64_t page = access.address >> page_shift;
    PageNote& note = pages_[page % pages_.size()];
    const std::uint64_t addend = cpu.mmu.shadow(cpu.view).read_table()[page];
    if (note.page != page || addend == 0 || note.addend != addend) {
        PhysicalAddress physical = access.address;
        cpu.mmu.peek(access.address, physical);
        note = {page, addend, physical >> page_shift, !cpu.mmu.memory().readable_page(physical)};
    }
    access.physical = note.physical << page_shift | (access.address & page_mask);
    access.io = note.io;
}

/// All registers if some of those have changed, else nullptr.
const Registers* Recorder::changed(Cpu& cpu, bool system, bool fpu) {
    cpu.fpu.release(cpu.state.fpu);
    const auto* const segments = reinterpret_cast<const std::uint8_t*>(&cpu.state.segments);
    const auto* const area = reinterpret_cast<const std::uint8_t*>(&cpu.state.fpu);
    const bool differs = (system && (std::memcmp(segments, seen_.system.data(), seen_.system.size()) != 0 ||
                                     cpu.state.cpl != seen_.cpl)) ||
                         (fpu && std::memcmp(area, seen_.fpu.data(), seen_.fpu.size()) != 0);
    if (!differs) return nullptr;
    std::memcpy(seen_.system.data(), segments, seen_.system.size());
    std::memcpy(seen_.fpu.data(), area, seen_.fpu.size());
    seen_.cpl = cpu.state.cpl;
    all_ = registers_of(cpu.state);
    return &all_;
}

// --- What happens

void Recorder::accessed(Cpu& cpu, const ObservedAccess& access) {
    if (!wanted_) return;
    constexpr unsigned longest = 16;
    const auto* bytes = static_cast<const std::uint8_t*>(access.value);
    for (unsigned at = 0; at < access.size; at += longest) {
        Access& piece = accesses_.emplace_back();
        piece.write = access.is_write;
        piece.port = access.place == AccessPlace::port;
        piece.system = access.is_system;
        piece.size = static_cast<std::uint8_t>(std::min(access.size - at, longest));
        piece.address = (access.address + at) & 0xffff'ffff;
        if (piece.size == 4) [[likely]]
            std::memcpy(piece.value.data(), bytes + at, 4);
        else
            std::memcpy(piece.value.data(), bytes + at, piece.size);
        if (piece.port)
            piece.physical = 0;
        else
            locate(cpu, piece);
    }
}

void Recorder::executed(Cpu& cpu, const Block& block, bool retired) {
    position_ += retired;
    if (wanted_) {
        const Insn& insn = block.insns[0];
        const Reach reach = reach_of(insn, retired);
        const Registers* all = reach.system || reach.fpu ? changed(cpu, reach.system, reach.fpu) : nullptr;
        RawRecord& raw = encoder_.add(accesses_, all);
        raw.kind = retired ? RecordKind::retired : RecordKind::faulted;
        raw.code32 = block.mode & mode::code32;
        raw.physical = block.physical;
        raw.length = static_cast<std::uint8_t>(std::min<std::size_t>(block.length, raw.bytes.size()));
        copy_code(raw.bytes.data(), block.bytes(), raw.length);
        raw.insn = insn;
        complete(raw, cpu, all);
        recorded_ += retired;
    }
    accesses_.clear();
    choose(cpu);
}

void Recorder::delivering(Cpu& cpu, const ObservedDelivery& delivery) {
    if (delivery_) tell_delivery(cpu, true);
    delivery_ = delivery;
    event_ =
        Trigger{delivery.is_interrupt ? Trigger::Kind::interrupt : Trigger::Kind::exception, delivery.vector};
    if (!wanted_) choose(cpu);
}

void Recorder::delivered(Cpu& cpu) {
    if (delivery_) tell_delivery(cpu, false);
    delivery_.reset();
    choose(cpu);
    event_.reset();
}

void Recorder::tell_delivery(Cpu& cpu, bool failed) {
    if (wanted_) {
        const Registers* all = changed(cpu, true, true);
        RawRecord& raw = encoder_.add(accesses_, all);
        raw.kind = RecordKind::delivery;
        raw.delivery = {.vector = delivery_->vector,
                        .interrupt = delivery_->is_interrupt,
                        .has_error_code = delivery_->has_error_code,
                        .failed = failed,
                        .shutdown = cpu.state.shutdown,
                        .error_code = delivery_->error_code};
        complete(raw, cpu, all);
    }
    accesses_.clear();
}

void Recorder::complete(RawRecord& raw, const Cpu& cpu, const Registers* all) {
    const CpuState& state = cpu.state;
    std::copy_n(state.gpr.begin(), raw.gprs.size(), raw.gprs.begin());
    raw.rip = state.rip;
    raw.rflags = state.eflags();
    if (all) registers_ = *all;
    std::copy_n(raw.gprs.begin(), raw.gprs.size(), registers_.begin());
    registers_[rip] = raw.rip;
    registers_[rflags] = raw.rflags;
}

// --- Which of it is recorded

bool Recorder::triggered(const std::optional<Trigger>& trigger, const Cpu& cpu) const {
    if (!trigger) return false;
    switch (trigger->kind) {
        case Trigger::Kind::count: return position_ >= trigger->value;
        case Trigger::Kind::address: return cpu.state.linear_ip() == trigger->value;
        default: return event_ && event_->kind == trigger->kind && event_->value == trigger->value;
    }
}

/// At an instruction boundary: whether the next instruction, or the event in front of it, is recorded.
void Recorder::choose(Cpu& cpu) {
    if (!settings_.start && !settings_.stop && !settings_.filter && wanted_) return;
    if (!started_) started_ = triggered(settings_.start, cpu);
    if (started_ && !stopped_ && triggered(settings_.stop, cpu)) {
        stopped_ = true;
        if (settings_.on_stop) settings_.on_stop();
    }
    bool wants = started_ && !stopped_;
    if (wants && settings_.filter)
        wants = settings_.filter(
            {.linear = cpu.state.linear_ip(), .number = position_, .cpl = cpu.state.cpl, .mode = cpu.mode});
    if (wants && !wanted_) tell_gap(cpu);
    wanted_ = wants;
}

/// What follows does not continue what was recorded last.
void Recorder::tell_gap(Cpu& cpu) {
    seen_ = {};
    changed(cpu, true, true);
    registers_ = registers_of(cpu.state);
    RawRecord& raw = encoder_.add({}, &registers_);
    raw.kind = RecordKind::gap;
    raw.position = position_;
}

void Recorder::finish() {
    wanted_ = false;
    stopped_ = true;
    encoder_.finish();
}

}  // namespace calque::trace
