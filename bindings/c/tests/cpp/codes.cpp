// Codes, formats and alphabets.
#include "check.hpp"

using namespace test;
using stopgap::alphabet;
using stopgap::format;
using stopgap::look_alike;
using stopgap::status;

static void alphabets() {
    CHECK(alphabet::hex().c() == stopgap_alphabet_hex());
    CHECK(alphabet::unambiguous().look_alikes().bits() == 0);
    const alphabet copy = alphabet(alphabet::unambiguous());
    CHECK(copy.symbols() == "Z3467ACEFHJKRWXY" && copy.c() == stopgap_alphabet_unambiguous());
    const alphabet own =
        value(alphabet::make("0123456789ABCDEF", look_alike::o_as_zero | look_alike::l_as_one));
    CHECK(own.symbols() == "0123456789ABCDEF");
    CHECK(own.look_alikes().contains(look_alike::l_as_one));
    CHECK(!own.look_alikes().contains(look_alike::i_as_one));
    const auto why = failure([] { return alphabet::make("0123456789ABCDEE"); });
    CHECK(why->status() == status::alphabet_repeated && why->position() == 15);

    const char symbol = value(own.check_symbol("3F9A77C201B"));
    format checked = format::online();
    checked.check_symbol = true;
    const std::string typed = std::string("3F9A77C201B") + symbol;
    CHECK(STATUS(checked.normalize(typed)) == status::ok);
    CHECK(STATUS(checked.normalize("3F9A77C201B" + std::string(1, symbol == 'A' ? 'B' : 'A'))) ==
          status::check_failed);
}

static void formats() {
    CHECK(format::offline().length == 16 && format::online().length == 12);
    CHECK(!format::online().check_symbol);
    const format usual = format::offline();
    const format offline(usual.c());
    CHECK(offline.alphabet.symbols() == "Z3467ACEFHJKRWXY");

    const stopgap::code read = value(format::online().normalize(" 3f9a 77c2-01be"));
    CHECK(read.reveal() == "3F9A-77C2-01BE");
    const stopgap::secret_text plain = value(read.canonical());
    CHECK(plain.reveal() == "3F9A77C201BE");
    const stopgap::secret_text spoken = value(read.spoken());
    CHECK(spoken.reveal().substr(0, 26) == "Three Foxtrot Nine Alfa, S");
    const stopgap::secret_text german = value(read.spoken(stopgap::language::german));
    CHECK(german.reveal().substr(0, 29) == "Drei Frankfurt Neun Aachen, S");
    CHECK(STATUS(read.spoken(static_cast<stopgap::language>(0))) == status::invalid_value);

    const std::uint8_t bytes[] = {0x3F, 0x9A, 0x77, 0xC2, 0x01, 0xBE};
    const stopgap::code written = value(format::online().encode(bytes, sizeof bytes));
    CHECK(written.reveal() == read.reveal());
}

static void several_formats() {
    format checked = format::online();
    checked.check_symbol = true;
    const auto one = value(stopgap::normalize_any({format::online(), format::offline()},
                                                  "3f9a 77c2 01be"));
    CHECK(one.size() == 1 && one[0].reveal() == "3F9A-77C2-01BE");
    CHECK(value(stopgap::normalize_any({}, "3f9a 77c2 01be")).size() == 1);
    CHECK(STATUS(stopgap::normalize_any({format::offline(), checked}, "3f9a 77c2 01be")) ==
          status::check_failed);
    format folded = format::online();
    folded.alphabet = value(alphabet::make("0123456789ABCDEF", look_alike::o_as_zero));
    CHECK(value(stopgap::normalize_any({format::online(), folded}, "3f9a 77c2 o1be")).size() ==
          1);
}

static void malformed() {
    const auto odd = failure([] { return format::online().normalize("3F9A-7!2"); });
    CHECK(odd->status() == status::unexpected_symbol && odd->position() == 6);
    const auto few = failure([] { return format::online().normalize("3F9A"); });
    CHECK(few->status() == status::wrong_length && few->expected() == 12 && few->found() == 4);
    CHECK(STATUS(format::online().normalize(std::string(257, 'A'))) == status::too_long);
    const auto byte = failure([] { return format::online().normalize("3F\xFF"); });
    CHECK(byte->status() == status::unexpected_symbol && byte->position() == 2);
    CHECK(STATUS(format::online().normalize({})) == status::wrong_length);
    format longest = format::online();
    longest.length = 33;
    CHECK(STATUS(longest.normalize("3F9A")) == status::code_length);
    longest.length = 8;
    longest.check_symbol = true;
    CHECK(STATUS(longest.normalize("3F9A")) == status::code_checked_length);
    const std::uint8_t bytes[] = {1, 2};
    const auto short_of = failure([&] { return format::online().encode(bytes, 2); });
    CHECK(short_of->status() == status::code_bytes && short_of->expected() == 6);
}

void codes() {
    alphabets();
    formats();
    several_formats();
    malformed();
}
