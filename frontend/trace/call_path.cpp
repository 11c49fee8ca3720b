// A stack of what has not returned.
#include "frontend/trace/call_path.hpp"

#include "frontend/trace/printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace calque::trace {
namespace {

/// Stacks of the threads of a kernel are of this size, one beside the other.
constexpr std::uint64_t stack_size = 8192;

bool on_same_stack(std::uint64_t left, std::uint64_t right) {
    return left / stack_size == right / stack_size || (left > right ? left - right : right - left) < 4096;
}

/// Whether the instruction pushed the address behind itself and went elsewhere.
bool is_call(const Record& record) {
    const std::uint64_t behind = (record.before[rip] + record.code.length) & 0xffff'ffff;
    const std::uint64_t slot = linear(record.after, seg_ss, esp);
    return record.kind == RecordKind::retired && record.after[rip] != behind &&
           std::ranges::any_of(record.accesses, [&](const Access& access) {
               return access.write && access.address == slot && access.value[0] == behind;
           });
}

std::string event_of(const Record& record) {
    if (record.kind != RecordKind::delivery) return "system call";
    const Delivery& delivery = record.delivery;
    std::string text = event_name(delivery);
    if (delivery.vector == 14 && !delivery.interrupt)
        text += fmt::format(" for {:08x}", fault_address(record));
    return text;
}

std::string name_of(const Symbols& symbols, std::uint64_t address) {
    const std::string symbol = symbols.text(address);
    return symbol.empty() ? fmt::format("{:08x}", address) : fmt::format("{:08x} {}", address, symbol);
}

}  // namespace

/// Takes away what the record returned from.
void CallPath::leave(const Record& record) {
    if (record.kind == RecordKind::gap) return frames_.clear();
    if (record.after[cpl] > record.before[cpl]) {
        const auto entry = std::ranges::find_if(frames_.rbegin(), frames_.rend(), &Frame::from_user);
        frames_.erase(entry == frames_.rend() ? frames_.begin() : entry.base() - 1, frames_.end());
    }
    while (!frames_.empty() && slot_ > frames_.back().slot && on_same_stack(slot_, frames_.back().slot))
        frames_.pop_back();
}

void CallPath::add(const Record& record) {
    slot_ = linear(record.after, seg_ss, esp);
    at_ = linear_ip(record.after);
    leave(record);
    const bool from_user = record.after[cpl] < record.before[cpl];
    const bool event = from_user || (record.kind == RecordKind::delivery && !record.delivery.failed);
    if (!event && !is_call(record)) return;
    frames_.push_back({slot_, linear_ip(record.before), linear(record.before, seg_ss, esp),
                       event ? event_of(record) : std::string(), from_user});
}

/// A kernel may change stacks once it was entered, so what entered it is taken on whatever stack it was.
std::string CallPath::text(const Symbols& symbols) const {
    std::string text = fmt::format("at          {}\n", name_of(symbols, at_));
    std::uint64_t stack = slot_;
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
        if (!frame->from_user && !on_same_stack(frame->slot, stack)) continue;
        stack = frame->outer_slot;
        fmt::format_to(std::back_inserter(text), "{:<11} {}\n",
                       frame->event.empty() ? "called from" : "came at", name_of(symbols, frame->from));
        if (!frame->event.empty()) fmt::format_to(std::back_inserter(text), "            {}\n", frame->event);
    }
    return text;
}

}  // namespace calque::trace
