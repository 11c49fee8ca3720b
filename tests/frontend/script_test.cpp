// Scripts and monitor commands: what lines mean, and which mean nothing.
#include "frontend/monitor/command.hpp"
#include "frontend/script_runner.hpp"
#include "frontend/transcript.hpp"
#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

using namespace calque;

TEST_CASE("lines that mean something") {
    for (const char* good : {"wait-text \"a b\"",
                             "wait-text login: 2.5",
                             "wait-graphics 7",
                             "wait-stop",
                             "  wait 1  ",
                             R"(type "a\n\t\"\\")",
                             "key ctrl-alt-delete",
                             "key x 0.5",
                             "change cdrom \"a b.iso\"",
                             "change -f hdc b.iso",
                             "eject -f cdrom",
                             "mouse -5 7",
                             "mouse 0 7 5",
                             "trace on /tmp/x",
                             "trace off",
                             "screenshot /tmp/x.png",
                             "quit",
                             "help",
                             "help info",
                             "info registers",
                             "info device rtc",
                             "x/8i $pc",
                             "x /4xb 0xb8000",
                             "xp 0",
                             "p $eax+4*(ebx-1)",
                             "break 0xf000:0xe05b",
                             "break cs:ip",
                             "watch 0x500 4 r",
                             "watch 0x500 w",
                             "watch-physical 1",
                             "break-port 0x3f8-0x3ff w",
                             "break-magic on",
                             "delete all",
                             "step 10",
                             "reverse-step",
                             "gva2gpa 0",
                             "save f",
                             "load f",
                             "save-memory 0 16 f"})
        CHECK_NOTHROW(parse_monitor_line(good));
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
                            "quit now",
                            "trace",
                            "trace maybe",
                            "trace on",
                            "help jump",
                            "info",
                            "info everything",
                            "info device",
                            "x /4q 0",
                            "x 0 0",
                            "/x",
                            "xp (1",
                            "p",
                            "p 1+",
                            "p eax:",
                            "p 1:2:3",
                            "p $nothing",
                            "p 99999999999999999999",
                            "break",
                            "watch 0 0",
                            "watch 0 4 x",
                            "watch 0 10000000",
                            "break-port 65536",
                            "break-port 2-1",
                            "break-magic",
                            "delete",
                            "delete x",
                            "step 0x",
                            "save",
                            "load",
                            "save-memory 0 16"})
        CHECK_THROWS_AS(parse_monitor_line(bad), UsageError);
    CHECK_THROWS_AS(parse_monitor_line("p " + std::string(100'000, '(')), UsageError);
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

TEST_CASE("every command has a name of its own and is told by help") {
    std::vector<std::string> names;
    for (const MonitorCommand* command : monitor_commands()) {
        names.emplace_back(command->name);
        for (Words words(command->aliases); !words.done();) names.push_back(words.next(""));
        CHECK(find_monitor_command(command->name) == command);
        CHECK(monitor_help().find(command->help) != std::string::npos);
        CHECK(monitor_help(command->name).starts_with(command->name));
    }
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("completion") {
    CHECK(complete_monitor_line("scr") == std::vector<std::string>{"screenshot"});
    CHECK(complete_monitor_line("info g") == std::vector<std::string>{"gdt"});
    CHECK(complete_monitor_line("help wait-") ==
          std::vector<std::string>{"wait-graphics", "wait-stop", "wait-text"});
    CHECK(complete_monitor_line("type x").empty());
    CHECK(complete_monitor_line("").size() == monitor_commands().size());
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
