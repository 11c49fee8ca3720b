// Scripts: what each line means, and which lines mean nothing.
#include "frontend/script.hpp"

#include "frontend/transcript.hpp"
#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace calque;

namespace {

template <typename Action>
Action parsed(const char* line) {
    return std::get<Action>(parse_script_line(line));
}

}  // namespace

TEST_CASE("every command") {
    CHECK(parsed<script::WaitText>("wait-text \"a b\"").text == "a b");
    CHECK(parsed<script::WaitText>("wait-text login: 2.5").limit == 2'500'000'000);
    CHECK(parsed<script::WaitText>("wait-text x").limit == 60'000'000'000);
    CHECK(parsed<script::WaitGraphics>("wait-graphics 7").limit == 7'000'000'000);
    CHECK(parsed<script::Wait>("  wait 1  ").time == 1'000'000'000);
    CHECK(parsed<script::Type>(R"(type "a\n\t\"\\")").text == "a\n\t\"\\");
    CHECK(parsed<script::Press>("key ctrl-alt-delete").keys ==
          std::vector{Key::left_ctrl, Key::left_alt, Key::del});
    CHECK(parsed<script::Press>("key x").held == 0);
    CHECK(parsed<script::Press>("key x 0.5").held == 500'000'000);
    CHECK(parsed<script::Change>("change cdrom \"a b.iso\"").path == "a b.iso");
    CHECK_FALSE(parsed<script::Change>("change fda b.img").force);
    CHECK(parsed<script::Change>("change -f hdc b.iso").force);
    CHECK(parsed<script::Eject>("eject cdrom").drive == "cdrom");
    CHECK(parsed<script::Eject>("eject -f cdrom").force);
    CHECK(parsed<script::MoveMouse>("mouse -5 7").dx == -5);
    CHECK(parsed<script::MoveMouse>("mouse 0 7 5").buttons == 5);
    CHECK(parsed<script::Trace>("trace on /tmp/x").path == "/tmp/x");
    CHECK(parsed<script::Trace>("trace off").path.empty());
    CHECK(parsed<script::Screenshot>("screenshot /tmp/x.png").path == "/tmp/x.png");
    CHECK_NOTHROW(parsed<script::Quit>("quit"));
}

TEST_CASE("lines that mean nothing") {
    for (const char* bad : {"jump",
                            "wait",
                            "wait x",
                            "wait-text",
                            "wait-text \"\"",
                            "wait-text \"a",
                            "type \"\\q\"",
                            "type \"\xc3\"",
                            "key",
                            "key ctrl-",
                            "key -",
                            "key hyper-x",
                            "key x y",
                            "change",
                            "change cdrom",
                            "change -f cdrom",
                            "eject",
                            "eject -f",
                            "eject a b",
                            "mouse 1",
                            "mouse 1 2 32",
                            "mouse a b",
                            "quit now"})
        CHECK_THROWS_AS(parse_script_line(bad), UsageError);
}

TEST_CASE("a file's comments, empty lines and mistakes") {
    const std::string path = "script_test.tmp";
    std::ofstream(path) << "# first\n\n  wait 1\r\n\t# more\nquit";
    const auto lines = read_script(path);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].number == 3);
    CHECK(lines[1].number == 5);
    std::ofstream(path) << "quit\nqiut\n";
    CHECK_THROWS_WITH_AS(read_script(path), "script_test.tmp:2: there is no command \"qiut\"", UsageError);
    std::remove(path.c_str());
}

TEST_CASE("a transcript forgets what was found, and what came before it") {
    Transcript transcript;
    for (const char letter : std::string("login: login: ")) transcript.add(static_cast<std::uint8_t>(letter));
    CHECK_FALSE(transcript.find("password"));
    CHECK(transcript.find("login"));
    CHECK(transcript.find("login"));
    CHECK_FALSE(transcript.find("login"));
    CHECK(transcript.find(": "));
}
