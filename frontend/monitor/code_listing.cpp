// Two columns.
#include "frontend/monitor/code_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace calque {
namespace {

constexpr std::size_t left_width = 49;

class Columns {
public:
    explicit Columns(const HostCode& host)
        : base_(reinterpret_cast<std::uint64_t>(host.bytes.data())), size_(host.bytes.size()) {
        insns_ = disassemble(host.bytes, {base_, 0, CodeWidth::bits64}, ~std::size_t{0});
    }

    /// What comes next at the left, and beside it the host's instructions up to offset `end`.
    void add(const std::string& left, std::uint64_t end) {
        std::string_view beside = left;
        if (beside.size() > left_width) line(std::exchange(beside, {}), {});
        do {
            const bool has = next_ < insns_.size() && offset(insns_[next_]) < end;
            if (!has && beside.empty()) return;
            line(std::exchange(beside, {}), has ? right(insns_[next_++]) : std::string());
        } while (true);
    }
    const std::string& text() const { return text_; }

private:
    std::uint64_t offset(const DisassembledInsn& insn) const { return insn.address - base_; }
    std::string right(const DisassembledInsn& insn) const {
        return fmt::format("+{:03x}  {}", offset(insn), with_offset(insn.text));
    }
    /// Targets of jumps within the code are told as the lines are.
    std::string with_offset(const std::string& text) const {
        const std::size_t at = text.find(" 0x");
        if (!text.starts_with('j') || at == std::string::npos) return text;
        const std::uint64_t target = std::stoull(text.substr(at + 1), nullptr, 16) - base_;
        return target < size_ ? fmt::format("{} +{:03x}", text.substr(0, at), target) : text;
    }
    void line(std::string_view left, const std::string& right) {
        if (right.empty())
            fmt::format_to(std::back_inserter(text_), "{}\n", left);
        else
            fmt::format_to(std::back_inserter(text_), "{:<{}}  {}\n", left, left_width, right);
    }

    std::uint64_t base_, size_;
    std::vector<DisassembledInsn> insns_;
    std::size_t next_ = 0;
    std::string text_;
};

}  // namespace

std::string side_by_side(std::span<const DisassembledInsn> guest, const HostCode& host) {
    const auto left = [](const DisassembledInsn& insn) {
        return fmt::format("  {:08x}  {}", insn.address, insn.text);
    };
    Columns columns(host);
    const bool known = host.starts.size() == guest.size() + 1;
    if (known) columns.add("", host.starts.front());
    for (std::size_t i = 0; i < guest.size(); ++i)
        columns.add(left(guest[i]), known ? host.starts[i + 1] : 0);
    columns.add("", host.bytes.size());
    return columns.text();
}

}  // namespace calque
