// Two traces side by side.
#include "frontend/trace/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace calque::trace {
namespace {

bool same(const Record& left, const Record& right) {
    return left.kind == right.kind && left.number == right.number && left.delivery == right.delivery &&
           (left.kind == RecordKind::delivery || left.kind == RecordKind::gap ||
            (left.code.linear == right.code.linear && left.code.physical == right.code.physical &&
             left.code.bytes == right.code.bytes)) &&
           left.accesses == right.accesses && left.before == right.before && left.after == right.after;
}

/// Frames that are the same byte by byte need no closer look; but the last of them is shown.
std::size_t same_frames(const TraceFile& left, const TraceFile& right) {
    std::size_t count = 0;
    Registers left_registers, right_registers;
    while (count < left.frames() && count < right.frames() && left.header(count) == right.header(count) &&
           left.load(count, left_registers) == right.load(count, right_registers) &&
           left_registers == right_registers)
        ++count;
    return count;
}

std::uint64_t first_of(const TraceFile& file) { return file.frames() ? file.header(0).first : 0; }

/// Two readers at the same place.
class Pair {
public:
    Pair(Reader& first, Reader& second, std::uint64_t start) : left_(first), right_(second) {
        for (Reader* reader : {&left_, &right_}) {
            reader->keep_registers(true);
            reader->seek(start);
        }
        has_left = skip(left_, left, start);
        has_right = skip(right_, right, start);
    }
    void next() {
        has_left = left_.next(left);
        has_right = right_.next(right);
    }
    bool differs() const { return has_left != has_right || (has_left && !same(left, right)); }

    Record left{}, right{};
    bool has_left = false, has_right = false;

private:
    static bool skip(Reader& reader, Record& record, std::uint64_t start) {
        while (reader.next(record))
            if (record.number >= start) return true;
        return false;
    }

    Reader& left_;
    Reader& right_;
};

std::string side(const char* name, bool has, const Record& record, Printer& printer) {
    return fmt::format("{}{}", name, has ? printer.text(record) : std::string("   has ended\n"));
}

std::string differing_registers(const Record& left, const Record& right) {
    std::string text;
    for (unsigned i = 0; i < register_count; ++i)
        if (left.after[i] != right.after[i])
            fmt::format_to(std::back_inserter(text), "    {:<14} {:x} and {:x}\n", register_name(i),
                           left.after[i], right.after[i]);
    return text;
}

std::string report(const Pair& pair, Printer& printer) {
    std::string text = side("< ", pair.has_left, pair.left, printer);
    text += side("> ", pair.has_right, pair.right, printer);
    if (pair.has_left && pair.has_right) {
        const std::string registers = differing_registers(pair.left, pair.right);
        if (!registers.empty()) text += "  afterwards differ:\n" + registers;
    }
    return text;
}

}  // namespace

Comparison first_difference(Reader& left, Reader& right, Printer& printer, std::uint64_t context) {
    std::uint64_t start = std::max(first_of(left.file()), first_of(right.file()));
    const std::size_t same_until = same_frames(left.file(), right.file());
    if (same_until == left.file().frames() && same_until == right.file().frames())
        return {false, fmt::format("no difference in {} frames\n", same_until)};
    if (same_until > 0) start = left.file().header(same_until - 1).first;
    std::uint64_t alike = 0;
    {
        Pair pair(left, right, start);
        for (; !pair.differs(); pair.next(), ++alike)
            if (!pair.has_left) return {false, fmt::format("no difference from instruction {} on\n", start)};
    }
    Pair pair(left, right, start);
    std::string text;
    for (std::uint64_t at = 0; at < alike; ++at, pair.next())
        if (at + context >= alike) text += "  " + printer.text(pair.left);
    return {true, text + report(pair, printer)};
}

}  // namespace calque::trace
