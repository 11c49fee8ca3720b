// Numbers to bytes and back.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace calque::trace {

/// One line that says what is wrong with a trace.
struct TraceError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using Bytes = std::vector<std::uint8_t>;

inline void put_number(Bytes& to, std::uint64_t value) {
    while (value >= 0x80) {
        to.push_back(static_cast<std::uint8_t>(value | 0x80));
        value >>= 7;
    }
    to.push_back(static_cast<std::uint8_t>(value));
}

/// A difference: small ones of either sign are short.
inline void put_difference(Bytes& to, std::uint64_t value, std::uint64_t from) {
    const auto difference = static_cast<std::int64_t>(value - from);
    put_number(to,
               static_cast<std::uint64_t>(difference) << 1 ^ static_cast<std::uint64_t>(difference >> 63));
}

inline void put_fixed(Bytes& to, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) to.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

/// Reads what was put; throws TraceError at the end.
class ByteReader {
public:
    ByteReader() = default;
    explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    bool at_end() const { return at_ == bytes_.size(); }
    std::uint8_t byte() {
        if (at_end()) throw TraceError("a frame ends too early");
        return bytes_[at_++];
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            value |= std::uint64_t{next & 0x7fU} << shift;
            if (!(next & 0x80)) return value;
        }
        throw TraceError("a frame holds a number that is too long");
    }
    std::uint64_t difference(std::uint64_t from) {
        const std::uint64_t coded = number();
        return from + (coded >> 1 ^ (0 - (coded & 1)));
    }
    std::uint64_t fixed(unsigned bytes) {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < bytes; ++i) value |= std::uint64_t{byte()} << 8 * i;
        return value;
    }
    std::span<const std::uint8_t> take(std::size_t size) {
        if (size > bytes_.size() - at_) throw TraceError("a frame ends too early");
        at_ += size;
        return bytes_.subspan(at_ - size, size);
    }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

}  // namespace calque::trace
