// Proportions of pictures in windows, and what the shortcuts and dropped files mean.
#include "frontend/desktop/picture_layout.hpp"

#include "frontend/desktop/controls.hpp"
#include "frontend/desktop/shortcuts.hpp"
#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace calque;

TEST_CASE("the VGA's own modes are 4:3, whatever their pixels") {
    CHECK(natural_size({720, 400}, false) == Size{720, 540});
    CHECK(natural_size({640, 400}, false) == Size{640, 480});
    CHECK(natural_size({320, 200}, false) == Size{640, 480});
    CHECK(natural_size({1280, 1024}, true) == Size{1280, 1024});
}

TEST_CASE("a picture is as large as fits, in the middle") {
    CHECK(place_in({1920, 1080}, {720, 400}, false, Scaling::smooth) == Place{240, 0, 1440, 1080});
    CHECK(place_in({1000, 1000}, {1024, 768}, true, Scaling::smooth) == Place{0, 125, 1000, 750});
    CHECK(place_in({1, 1}, {1024, 768}, true, Scaling::smooth) == Place{0, 0, 1, 1});
}

TEST_CASE("by whole numbers") {
    CHECK(place_in({1920, 1200}, {320, 200}, false, Scaling::integer) == Place{160, 0, 1600, 1200});
    CHECK(place_in({1920, 1080}, {640, 480}, true, Scaling::integer) == Place{320, 60, 1280, 960});
    CHECK(place_in({500, 400}, {640, 480}, true, Scaling::integer).width == 500);  // too small for one
    CHECK_THROWS_AS(parse_scaling("bicubic"), UsageError);
}

TEST_CASE("shortcuts are told, each once") {
    const std::string help = shortcut_help();
    for (const SDL_Scancode code : {SDL_SCANCODE_G, SDL_SCANCODE_F, SDL_SCANCODE_END, SDL_SCANCODE_H})
        CHECK(shortcut_of(code).has_value());
    CHECK_FALSE(shortcut_of(SDL_SCANCODE_DELETE).has_value());
    CHECK(help.find("Ctrl-Alt-G") != std::string::npos);
}

TEST_CASE("a dropped file goes where it fits") {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("calque-drop-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    const auto make = [&](const char* name, std::uintmax_t size, std::string_view mark) {
        const std::string path = folder / name;
        std::ofstream(path, std::ios::binary).seekp(0x8001) << mark;
        std::filesystem::resize_file(path, size);
        return path;
    };
    CHECK(drive_for(make("disk.img", 1440 << 10, "")) == "fda");
    CHECK(drive_for(make("small.img", 160 << 10, "")) == "fda");
    CHECK(drive_for(make("small.iso", 400 << 10, "CD001")) == "cdrom");
    CHECK(drive_for(make("large.img", 10 << 20, "")) == "cdrom");
    CHECK(drive_for("missing") == "cdrom");
    std::filesystem::remove_all(folder);
}
