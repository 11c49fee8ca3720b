// Framing, escapes and checksums of gdb's remote serial protocol.
#include "frontend/debugger/gdb_packet.hpp"

#include <fmt/format.h>

namespace calque::gdb {
namespace {

constexpr char escape = '}', start = '$', end = '#', run_length = '*';
constexpr std::uint8_t control_c = 3, escape_bit = 0x20;

std::optional<unsigned> digit(char letter) {
    if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0');
    if (letter >= 'a' && letter <= 'f') return static_cast<unsigned>(letter - 'a' + 10);
    if (letter >= 'A' && letter <= 'F') return static_cast<unsigned>(letter - 'A' + 10);
    return std::nullopt;
}

/// nullopt: an escape at its end.
std::optional<std::string> unescaped(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != escape) {
            text += raw[i];
        } else {
            if (++i == raw.size()) return std::nullopt;
            text += static_cast<char>(raw[i] ^ escape_bit);
        }
    }
    return text;
}

}  // namespace

std::optional<Input> PacketReader::take(std::uint8_t byte) {
    switch (state_) {
        case State::idle: return take_idle(byte);
        case State::payload: take_payload(byte); return std::nullopt;
        case State::checksum_high:
            checksum_high_ = static_cast<char>(byte);
            state_ = State::checksum_low;
            return std::nullopt;
        case State::checksum_low: break;
    }
    state_ = State::idle;
    const auto high = digit(checksum_high_), low = digit(static_cast<char>(byte));
    if (!high || !low || (*high << 4 | *low) != sum_ || too_long_) return Garbled{};
    return finish();
}

std::optional<Input> PacketReader::take_idle(std::uint8_t byte) {
    switch (byte) {
        case '+': return Acknowledged{};
        case '-': return Refused{};
        case control_c: return Interrupt{};
        case start:
            state_ = State::payload;
            raw_.clear();
            sum_ = 0;
            too_long_ = false;
            return std::nullopt;
        default: return std::nullopt;
    }
}

/// A second `$` starts anew: the end of the packet before was lost.
void PacketReader::take_payload(std::uint8_t byte) {
    if (byte == end) {
        state_ = State::checksum_high;
        return;
    }
    if (byte == start) {
        take_idle(byte);
        return;
    }
    sum_ = static_cast<std::uint8_t>(sum_ + byte);
    if (raw_.size() == largest_packet)
        too_long_ = true;
    else
        raw_ += static_cast<char>(byte);
}

std::optional<Input> PacketReader::finish() {
    auto payload = unescaped(raw_);
    if (!payload) return Garbled{};
    return Packet{std::move(*payload)};
}

std::string framed(std::string_view payload) {
    std::string packet(1, start);
    for (const char letter : payload) {
        const bool special = letter == start || letter == end || letter == escape || letter == run_length;
        if (special) packet += escape;
        packet += special ? static_cast<char>(letter ^ escape_bit) : letter;
    }
    std::uint8_t sum = 0;
    for (std::size_t i = 1; i < packet.size(); ++i) sum = static_cast<std::uint8_t>(sum + packet[i]);
    return packet + fmt::format("#{:02x}", sum);
}

std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 0xFU];
    }
    return text;
}

std::string hex(std::string_view text) {
    return hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::optional<std::string> unhex(std::string_view digits) {
    if (digits.size() % 2) return std::nullopt;
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const auto high = digit(digits[i]), low = digit(digits[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes += static_cast<char>(*high << 4 | *low);
    }
    return bytes;
}

bool Parts::skip(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
}

std::optional<std::uint64_t> Parts::number() {
    constexpr std::size_t most_digits = 16;
    std::uint64_t value = 0;
    std::size_t count = 0;
    while (count < rest_.size()) {
        const auto next = digit(rest_[count]);
        if (!next) break;
        if (++count > most_digits) return std::nullopt;
        value = value << 4 | *next;
    }
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    return value;
}

std::string_view Parts::until(char last) {
    const std::size_t size = rest_.find(last);
    const std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(size == std::string_view::npos ? rest_.size() : size + 1);
    return part;
}

}  // namespace calque::gdb
