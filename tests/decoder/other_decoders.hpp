// Zydis and Capstone as seconds and thirds to the decoder.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace calque::test {

/// What a decoder makes of the bytes; length 0: it says that they are no instruction.
struct Reading {
    unsigned length = 0;
    std::string mnemonic;
    std::string isa_set{};  ///< Zydis only: the extension that brought it
};

/// Both for code of one size, 16 or 32 bits.
class OtherDecoders {
public:
    explicit OtherDecoders(bool code32);
    ~OtherDecoders();
    OtherDecoders(const OtherDecoders&) = delete;
    OtherDecoders& operator=(const OtherDecoders&) = delete;

    Reading zydis(std::span<const std::uint8_t> bytes) const;
    Reading capstone(std::span<const std::uint8_t> bytes) const;

private:
    struct Handles;
    Handles* handles_;
};

}  // namespace calque::test
