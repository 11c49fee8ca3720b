// The framing of gdb's remote serial protocol (GDB manual, "Packets"): $payload#checksum, +, -, Ctrl-C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace calque::gdb {

/// What a client may send at once; told to it by qSupported.
inline constexpr std::size_t largest_packet = 0x4000;

/// Payload with escapes undone.
struct Packet {
    std::string payload;
};
/// A packet whose checksum is wrong, or which is too long or cut off.
struct Garbled {};
struct Acknowledged {};
struct Refused {};
struct Interrupt {};
using Input = std::variant<Packet, Garbled, Acknowledged, Refused, Interrupt>;

/// Takes a stream of bytes apart, whatever they are.
class PacketReader {
public:
    /// What the byte completes, if anything. Bytes between packets that mean nothing are dropped.
    std::optional<Input> take(std::uint8_t byte);

private:
    enum class State : std::uint8_t { idle, payload, checksum_high, checksum_low };

    std::optional<Input> take_idle(std::uint8_t byte);
    void take_payload(std::uint8_t byte);
    std::optional<Input> finish();

    State state_ = State::idle;
    std::string raw_;
    bool too_long_ = false;
    std::uint8_t sum_ = 0;
    char checksum_high_ = 0;
};

/// A whole packet around a payload, escaped.
std::string framed(std::string_view payload);

std::string hex(std::span<const std::uint8_t> bytes);
std::string hex(std::string_view text);
/// nullopt unless it is pairs of hexadecimal digits.
std::optional<std::string> unhex(std::string_view digits);

/// Takes the parts of a payload off its front.
class Parts {
public:
    explicit Parts(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }
    bool skip(std::string_view prefix);
    /// A hexadecimal number of at most 64 bits.
    std::optional<std::uint64_t> number();
    /// Up to `last`, which is taken too, or everything.
    std::string_view until(char last);

private:
    std::string_view rest_;
};

}  // namespace calque::gdb
