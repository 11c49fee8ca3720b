// Items, the file directory and DMA of the firmware configuration device.
#include "devices/fw_cfg.hpp"

#include "devices/bits.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace calque {

namespace {

constexpr std::uint32_t traditional_interface = 1, dma_interface = 2;
constexpr std::uint64_t dma_signature = 0x51454D5520434647;  // "QEMU CFG", read big-endian
constexpr std::size_t name_size = 56;
enum DmaControl : std::uint32_t { dma_error = 1, dma_read = 2, dma_skip = 4, dma_select = 8, dma_write = 16 };

template <std::size_t N>
std::uint64_t load_big_endian(const std::array<std::uint8_t, N>& bytes, std::size_t offset, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value = value << 8 | bytes[offset + i];
    return value;
}

void append_big_endian(FwCfg::Bytes& bytes, std::uint32_t value, unsigned size) {
    while (size--) bytes.push_back(byte_of(value, size));
}

}  // namespace

FwCfg::FwCfg(PhysicalMemory& memory, PortBus& ports) : memory_(memory) {
    ports.attach(selector_port, data_port, *this, "fw_cfg", 2);
    ports.attach(dma_port, dma_port + 7, *this, "fw_cfg dma", 4);
    add_item(fw_cfg_item::signature, Bytes{'Q', 'E', 'M', 'U'});
    add_number(fw_cfg_item::id, traditional_interface | dma_interface, 4);
    update_directory();
}

void FwCfg::add_item(std::uint16_t key, SharedBytes bytes) { contents_.items[key] = std::move(bytes); }

void FwCfg::add_item(std::uint16_t key, Bytes bytes) {
    add_item(key, std::make_shared<const Bytes>(std::move(bytes)));
}

void FwCfg::add_number(std::uint16_t key, std::uint64_t value, unsigned size) {
    Bytes bytes(size);
    for (unsigned i = 0; i < size; ++i) bytes[i] = byte_of(value, i);
    add_item(key, std::move(bytes));
}

void FwCfg::add_text(std::uint16_t key, const std::string& text) {
    Bytes bytes(text.begin(), text.end());
    bytes.push_back(0);
    add_item(key, std::move(bytes));
}

void FwCfg::add_file(const std::string& name, Bytes bytes) {
    add_file(name, std::make_shared<const Bytes>(std::move(bytes)));
}

void FwCfg::add_file(const std::string& name, SharedBytes bytes) {
    if (name.size() >= name_size) throw std::logic_error("fw_cfg file name too long: " + name);
    const auto same = [&](const File& file) { return file.name == name; };
    const auto found = std::find_if(contents_.files.begin(), contents_.files.end(), same);
    const std::size_t index = static_cast<std::size_t>(found - contents_.files.begin());
    const auto key = static_cast<std::uint16_t>(fw_cfg_item::first_file + index);
    if (found == contents_.files.end()) contents_.files.push_back({name, key});
    add_item(key, std::move(bytes));
    update_directory();
}

void FwCfg::update_directory() {
    Bytes directory;
    append_big_endian(directory, static_cast<std::uint32_t>(contents_.files.size()), 4);
    for (const File& file : contents_.files) {
        append_big_endian(directory, static_cast<std::uint32_t>(contents_.items[file.key]->size()), 4);
        append_big_endian(directory, file.key, 2);
        append_big_endian(directory, 0, 2);
        directory.insert(directory.end(), file.name.begin(), file.name.end());
        directory.resize(directory.size() + name_size - file.name.size());
    }
    add_item(fw_cfg_item::file_directory, std::move(directory));
}

void FwCfg::select(std::uint16_t key) {
    state_.selected = key;
    state_.offset = 0;
}

std::span<const std::uint8_t> FwCfg::rest() const {
    const auto item = contents_.items.find(state_.selected);
    if (item == contents_.items.end()) return {};
    const std::span<const std::uint8_t> bytes(*item->second);
    return bytes.subspan(std::min<std::size_t>(state_.offset, bytes.size()));
}

// Past the end of an item there are zeros.
std::uint8_t FwCfg::next_byte() {
    const auto bytes = rest();
    if (bytes.empty()) return 0;
    ++state_.offset;
    return bytes.front();
}

std::uint32_t FwCfg::port_read(std::uint16_t port, unsigned size) {
    if (port == data_port) return next_byte();
    if (port < dma_port) return 0;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint32_t{byte_of(dma_signature, 7u - (port - dma_port + i))} << 8 * i;
    return value;
}

void FwCfg::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    if (port == selector_port) {
        if (size == 2) select(static_cast<std::uint16_t>(value));
        return;
    }
    if (port < dma_port) return;
    for (unsigned i = 0; i < size; ++i) {
        const unsigned shift = 8 * (7 - (port - dma_port + i));
        state_.dma_address &= ~(0xFFULL << shift);
        state_.dma_address |= std::uint64_t{byte_of(value, i)} << shift;
    }
    if (port + size == dma_port + 8) {
        const PhysicalAddress control_block = state_.dma_address;
        state_.dma_address = 0;
        run_dma(control_block);
    }
}

// The control block holds control (32 bits), length (32) and address (64); control is written back: 0 when
// done, bit 0 on errors.
void FwCfg::run_dma(PhysicalAddress control_block) {
    std::array<std::uint8_t, 16> block{};
    memory_.read_bytes(control_block, block);
    const auto control = static_cast<std::uint32_t>(load_big_endian(block, 0, 4));
    const auto length = static_cast<std::uint32_t>(load_big_endian(block, 4, 4));
    std::array<std::uint8_t, 4> result{};
    if (control & dma_select) select(static_cast<std::uint16_t>(control >> 16));
    if (control & dma_read)
        copy_to_guest(load_big_endian(block, 8, 8), length);
    else if (control & dma_write)
        result[3] = dma_error;
    else if (control & dma_skip)
        state_.offset += static_cast<std::uint32_t>(std::min<std::size_t>(rest().size(), length));
    memory_.write_bytes(control_block, result);
}

/// What lies past the end of an item are zeros. Only RAM is filled with them: a guest may ask for 4 GiB,
/// again and again.
void FwCfg::copy_to_guest(PhysicalAddress address, std::uint32_t length) {
    const auto bytes = rest().first(std::min<std::size_t>(rest().size(), length));
    memory_.write_bytes(address, bytes);
    state_.offset += static_cast<std::uint32_t>(bytes.size());
    const Bytes zeros(page_size);
    const PhysicalAddress end = std::min<PhysicalAddress>(address + length, memory_.ram().size);
    for (PhysicalAddress at = address + bytes.size(); at < end; at += zeros.size())
        memory_.write_bytes(at, std::span(zeros).first(std::min<std::size_t>(zeros.size(), end - at)));
}

}  // namespace calque
