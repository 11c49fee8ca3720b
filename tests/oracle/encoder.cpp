// Encodes instructions (SDM vol. 2A, "Instruction Format").
#include "tests/oracle/encoder.hpp"

namespace calque::test {
namespace {

void append_prefixes(const Row& row, const Encoding& encoding, std::vector<std::uint8_t>& bytes) {
    if (encoding.lock) bytes.push_back(0xf0);
    if (encoding.segment) bytes.push_back(encoding.segment);
    if (encoding.address_size) bytes.push_back(0x67);
    if (encoding.operand_size || row.mandatory == Mandatory::p66) bytes.push_back(0x66);
    if (encoding.repeat) bytes.push_back(encoding.repeat);
    if (row.mandatory == Mandatory::pf3) bytes.push_back(0xf3);
    if (row.mandatory == Mandatory::pf2) bytes.push_back(0xf2);
}

void append_opcode(const Row& row, const Encoding& encoding, std::vector<std::uint8_t>& bytes) {
    if (row.map != OpcodeMap::one_byte) bytes.push_back(0x0f);
    if (row.map == OpcodeMap::map_0f38) bytes.push_back(0x38);
    if (row.map == OpcodeMap::map_0f3a) bytes.push_back(0x3a);
    const unsigned number = row.attributes & attribute::register_in_opcode ? encoding.modrm & 7U : 0U;
    bytes.push_back(static_cast<std::uint8_t>(row.opcode + number));
}

}  // namespace

bool has_modrm(const Row& row) { return !(row.attributes & attribute::no_modrm); }

std::vector<std::uint8_t> encode(const Row& row, const Encoding& encoding) {
    std::vector<std::uint8_t> bytes;
    append_prefixes(row, encoding, bytes);
    append_opcode(row, encoding, bytes);
    if (has_modrm(row)) bytes.push_back(encoding.modrm);
    bytes.insert(bytes.end(), encoding.address.begin(), encoding.address.end());
    bytes.insert(bytes.end(), encoding.immediate.begin(), encoding.immediate.end());
    return bytes;
}

}  // namespace calque::test
