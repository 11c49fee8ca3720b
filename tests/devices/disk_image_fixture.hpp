// Image files in a folder that goes away with the test.
#pragma once

#include "devices/disk_image.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace calque {

struct ImageFixture {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("calque-images-" + std::to_string(::getpid()));
    std::vector<std::uint8_t> sector = std::vector<std::uint8_t>(sector_size, 0xAA);

    ImageFixture() { std::filesystem::create_directories(folder); }
    ~ImageFixture() { std::filesystem::remove_all(folder); }

    std::string file(const std::string& content, const char* name = "disk.img") const {
        const std::filesystem::path path = folder / name;
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }
    static std::string content(const std::string& path) {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    /// What open_disk_image has against a file.
    static std::string refusal(const std::string& path) {
        try {
            open_disk_image(path);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "opened";
    }
    static std::vector<std::uint8_t> read(DiskImage& image, std::uint64_t first, std::size_t count = 1) {
        std::vector<std::uint8_t> bytes(count * sector_size, 0xEE);
        if (image.read(first, bytes)) bytes.clear();
        return bytes;
    }
    static bool write(DiskImage& image, std::uint64_t first, std::uint8_t value, std::size_t count = 1) {
        return !image.write(first, std::vector<std::uint8_t>(count * sector_size, value));
    }
};

}  // namespace calque
