// Languages of sentences for people, and of spelling words.
#ifndef STOPGAP_LANGUAGE_HPP
#define STOPGAP_LANGUAGE_HPP

#include <string_view>

#include "../stopgap.h"
#include "result.hpp"

STOPGAP_NAMESPACE_BEGIN

// A language of public messages and spelling words.
enum class language : stopgap_language {
    // With the ICAO spelling alphabet, as French and Spanish.
    english = STOPGAP_ENGLISH,
    // With the spelling alphabet of DIN 5009.
    german = STOPGAP_GERMAN,
    french = STOPGAP_FRENCH,
    spanish = STOPGAP_SPANISH,
};

// Reads a language tag or the name of a locale, in any case: `de`, `de-AT`, `de_DE.UTF-8`.
[[nodiscard]] inline returns<language> parse_language(std::string_view text) {
    detail::reply reply;
    stopgap_language number = 0;
    reply.status = stopgap_language_parse(text.data(), text.size(), &number, &reply.why);
    return reply.with(static_cast<language>(number));
}

STOPGAP_NAMESPACE_END

#endif
