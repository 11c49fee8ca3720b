// Comparison of strings, element by element.
#include "cpu/portable/string_comparison.hpp"

#include <cstdint>
#include <cstring>

namespace calque::soft {
namespace {

using Register = FpuArea::Register;

/// The elements of both operands; those that are not valid take part by the override rules only.
template <typename T>
class Strings {
public:
    Strings(const Register& left, const Register& right, const StringLengths& lengths)
        : left_(elements(left)), right_(elements(right)), lengths_(lengths) {}

    bool equals_any(unsigned position) const {
        for (unsigned i = 0; i < lengths_[0]; ++i)
            if (left_[i] == right_[position] && position < lengths_[1]) return true;
        return false;
    }
    /// Pairs of the left operand are bounds.
    bool in_ranges(unsigned position) const {
        const T value = right_[position];
        for (unsigned i = 0; i + 1 < lengths_[0]; i += 2)
            if (left_[i] <= value && value <= left_[i + 1] && position < lengths_[1]) return true;
        return false;
    }
    bool equals_each(unsigned position) const {
        const bool in_left = position < lengths_[0], in_right = position < lengths_[1];
        return in_left && in_right ? left_[position] == right_[position] : in_left == in_right;
    }
    /// Whether the left operand stands at the position, as far as the register shows.
    bool equals_ordered(unsigned position) const {
        for (unsigned i = 0; i < lengths_[0] && position + i < count; ++i)
            if (position + i >= lengths_[1] || left_[i] != right_[position + i]) return false;
        return true;
    }

    template <typename Holds>
    static unsigned mask(Holds holds) {
        unsigned result = 0;
        for (unsigned i = 0; i < count; ++i) result |= unsigned{holds(i)} << i;
        return result;
    }

private:
    static constexpr unsigned count = 16 / sizeof(T);
    using Elements = std::array<T, count>;

    static Elements elements(const Register& value) {
        Elements all;
        std::memcpy(all.data(), value.bytes.data(), sizeof(all));
        return all;
    }

    Elements left_, right_;
    StringLengths lengths_;
};

template <typename T>
unsigned compare(unsigned aggregation, const Strings<T>& strings) {
    using S = Strings<T>;
    switch (aggregation) {
        case 0: return S::mask([&](unsigned i) { return strings.equals_any(i); });
        case 1: return S::mask([&](unsigned i) { return strings.in_ranges(i); });
        case 2: return S::mask([&](unsigned i) { return strings.equals_each(i); });
        default: return S::mask([&](unsigned i) { return strings.equals_ordered(i); });
    }
}

}  // namespace

unsigned compare_strings(unsigned control, const Register& left, const Register& right,
                         const StringLengths& lengths) {
    const unsigned aggregation = control >> 2 & 3;
    switch (control & 3) {
        case 0: return compare(aggregation, Strings<std::uint8_t>(left, right, lengths));
        case 1: return compare(aggregation, Strings<std::uint16_t>(left, right, lengths));
        case 2: return compare(aggregation, Strings<std::int8_t>(left, right, lengths));
        default: return compare(aggregation, Strings<std::int16_t>(left, right, lengths));
    }
}

}  // namespace calque::soft
