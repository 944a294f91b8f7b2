// Languages of sentences for people, and of spelling words.
#ifndef STOPGAP_LANGUAGE_HPP
#define STOPGAP_LANGUAGE_HPP

#include <cstdint>
#include <string_view>

#include "../stopgap.h"
#include "result.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// A language of public messages and spelling words.
enum class language : std::uint32_t {
    // With the ICAO spelling alphabet, as French and Spanish.
    english = STOPGAP_LANGUAGE_ENGLISH,
    // With the spelling alphabet of DIN 5009.
    german = STOPGAP_LANGUAGE_GERMAN,
    french = STOPGAP_LANGUAGE_FRENCH,
    spanish = STOPGAP_LANGUAGE_SPANISH,
};

// Reads a language tag or the name of a locale, in any case: `de`, `de-AT`, `de_DE.UTF-8`.
[[nodiscard]] inline returns<language> parse_language(std::string_view text) {
    detail::reply reply;
    stopgap_language number = {};
    reply.status = stopgap_language_parse(detail::text(text), &number, &reply.why);
    return reply.with(static_cast<language>(number));
}

STOPGAP_NAMESPACE_END

#endif
