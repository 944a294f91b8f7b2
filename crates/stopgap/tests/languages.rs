//! Public messages and spelling words in each language.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use stopgap::{
    Alphabet, CodeFormat, EnrolmentKey, InvalidValue, KeyId, Language, Malformed, NameError,
    PublicMessage, Refusal, offline::RequestError,
};

const MALFORMED: [Malformed; 4] = [
    Malformed::UnexpectedSymbol { position: 4 },
    Malformed::WrongLength {
        expected: 12,
        found: 11,
    },
    Malformed::TooLong,
    Malformed::CheckFailed,
];

/// 2026-11-21 15:00:42 UTC, and a fraction of a second.
fn instant() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_273_241, 1).unwrap()
}

/// Returns each refusal.
fn refusals() -> Vec<Refusal> {
    let instant = instant();
    let mut all: Vec<Refusal> = MALFORMED.map(Refusal::from).into();
    all.extend([
        Refusal::InvalidName(NameError::Empty),
        Refusal::Unknown,
        Refusal::Revoked {
            revoked_at: instant,
        },
        Refusal::WrongPurpose,
        Refusal::NotYetValid {
            not_before: instant,
        },
        Refusal::Expired {
            expired_at: instant,
        },
        Refusal::UsedUp,
        Refusal::Throttled {
            until: Some(instant),
        },
        Refusal::Throttled { until: None },
        Refusal::ClockRolledBack { seen: instant },
        Refusal::TimeOutOfRange,
        Refusal::KeyMissing { id: KeyId(1) },
        Refusal::InvalidIdempotencyKey { found: 0 },
        Refusal::IdempotencyKeyExpired,
        Refusal::IdempotencyKeyReused,
        Refusal::Tampered,
    ]);
    all
}

fn berlin() -> FixedOffset {
    FixedOffset::east_opt(3_600).unwrap()
}

/// Returns the sentence of each refusal and of each error of a request code, in English.
fn messages() -> Vec<PublicMessage> {
    let refused = refusals().into_iter();
    let refused = refused.map(|refusal| refusal.public_message_in(&berlin()));
    let requests = MALFORMED.map(|malformed| RequestError::from(malformed).public_message());
    refused.chain(requests.into_iter().flatten()).collect()
}

#[test]
fn each_reason_has_a_sentence_in_each_language() {
    let reasons: BTreeSet<_> = refusals().iter().map(Refusal::reason).collect();
    assert_eq!(reasons.len(), 16);
    let english = messages();
    assert_eq!(english.len(), 24);
    for language in Language::ALL {
        for message in &english {
            let original = message.to_string();
            let sentence = message.in_language(*language).to_string();
            assert_eq!(sentence == original, *language == Language::English);
            assert!(sentence.ends_with('.'), "{sentence}");
            assert!(!sentence.contains(['{', '}', '%', '\n']), "{sentence}");
            // The numbers are those of the English sentence; those of the date are in
            // another order.
            let numbers = |text: &str| {
                let parts = text.split(|character: char| !character.is_ascii_digit());
                let mut numbers: Vec<String> = parts.map(Into::into).collect();
                numbers.retain(|number| !number.is_empty());
                numbers.sort();
                numbers
            };
            assert_eq!(numbers(&sentence), numbers(&original), "{sentence}");
        }
    }
}

/// Two reasons have one sentence in a language if they have one in English: a translation
/// tells a guesser no more.
#[test]
fn sentences_differ_where_english_sentences_differ() {
    let english: BTreeSet<_> = messages().iter().map(ToString::to_string).collect();
    assert_eq!(english.len(), 14);
    for language in Language::ALL {
        let pairs: BTreeSet<_> = messages()
            .iter()
            .map(|message| {
                let translated = message.in_language(*language).to_string();
                (message.to_string(), translated)
            })
            .collect();
        let sentences: BTreeSet<_> = pairs.iter().map(|(_, sentence)| sentence).collect();
        assert_eq!((pairs.len(), sentences.len()), (14, 14), "{language}");
    }
}

/// Returns the sentences of a language in the order of SPEC's table, and then that for a
/// request code.
fn table(language: Language) -> Vec<String> {
    let until = Some(instant());
    let refusals = [
        MALFORMED[0].into(),
        MALFORMED[1].into(),
        MALFORMED[2].into(),
        MALFORMED[3].into(),
        Refusal::Unknown,
        Refusal::Expired {
            expired_at: instant(),
        },
        Refusal::UsedUp,
        Refusal::Throttled { until },
        Refusal::Throttled { until: None },
        Refusal::TimeOutOfRange,
    ];
    let request = RequestError::from(Malformed::CheckFailed).public_message();
    refusals
        .map(|refusal| refusal.public_message_in(&berlin()))
        .into_iter()
        .chain(request)
        .map(|message| message.in_language(language).to_string())
        .collect()
}

#[test]
fn english() {
    let sentences = [
        "That is not a complete code; check character 5.",
        "That is not a complete code; it has 11 characters, not 12.",
        "That is not a complete code; it is far too long.",
        "That code has a typo; check each character.",
        "That code is not valid.",
        "That code has expired; ask for a new one.",
        "That code has been used.",
        "Too many tries; try again at 2026-11-21 16:00:42 +01:00.",
        "Too many tries; ask an administrator to unlock.",
        "This computer's clock is wrong.",
        "That code has a typo; check each character. Ask for it again.",
    ];
    assert_eq!(table(Language::English), sentences);
    let request = RequestError::from(Malformed::CheckFailed);
    assert_eq!(request.to_string(), sentences[10]);
    assert_eq!(RequestError::NotEnrolled.public_message(), None);
}

#[test]
fn german() {
    let sentences = [
        "Das ist kein vollständiger Code. Prüfen Sie das Zeichen 5.",
        "Das ist kein vollständiger Code. Er muss 12 Zeichen haben, nicht 11.",
        "Das ist kein vollständiger Code. Die Eingabe ist viel zu lang.",
        "Dieser Code enthält einen Tippfehler. Prüfen Sie jedes Zeichen.",
        "Dieser Code ist nicht gültig.",
        "Dieser Code ist abgelaufen. Fordern Sie einen neuen an.",
        "Dieser Code wurde bereits verwendet.",
        "Zu viele Versuche. Versuchen Sie es am 21.11.2026 um 16:00:42 Uhr (UTC+01:00) erneut.",
        "Zu viele Versuche. Bitten Sie die Administration, die Sperre aufzuheben.",
        "Die Uhr dieses Computers geht falsch.",
        "Dieser Code enthält einen Tippfehler. Prüfen Sie jedes Zeichen. Fragen Sie noch einmal \
         danach.",
    ];
    assert_eq!(table(Language::German), sentences);
}

#[test]
fn french() {
    let sentences = [
        "Ce n'est pas un code complet. Vérifiez le caractère 5.",
        "Ce n'est pas un code complet. Il doit compter 12 caractères et non 11.",
        "Ce n'est pas un code complet. La saisie est beaucoup trop longue.",
        "Ce code contient une faute de frappe. Vérifiez chaque caractère.",
        "Ce code n'est pas valide.",
        "Ce code a expiré. Demandez-en un nouveau.",
        "Ce code a déjà été utilisé.",
        "Trop de tentatives. Réessayez le 21/11/2026 à 16:00:42 (UTC+01:00).",
        "Trop de tentatives. Demandez à un administrateur de lever le blocage.",
        "L'horloge de cet ordinateur n'est pas à l'heure.",
        "Ce code contient une faute de frappe. Vérifiez chaque caractère. Demandez-le de \
         nouveau.",
    ];
    assert_eq!(table(Language::French), sentences);
}

#[test]
fn spanish() {
    let sentences = [
        "Ese código no está completo. Compruebe el carácter 5.",
        "Ese código no está completo. Debe tener 12 caracteres, no 11.",
        "Ese código no está completo. El texto es demasiado largo.",
        "Ese código tiene una errata. Compruebe cada carácter.",
        "Ese código no es válido.",
        "Ese código ha caducado. Pida uno nuevo.",
        "Ese código ya se ha utilizado.",
        "Demasiados intentos. Vuelva a intentarlo el 21/11/2026 a las 16:00:42 (UTC+01:00).",
        "Demasiados intentos. Pida a un administrador que levante el bloqueo.",
        "El reloj de este equipo no está en hora.",
        "Ese código tiene una errata. Compruebe cada carácter. Pídalo de nuevo.",
    ];
    assert_eq!(table(Language::Spanish), sentences);
}

#[test]
fn sentences_are_written_at_the_ends_of_time_too() {
    for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for offset in [-14, 14] {
            let zone = FixedOffset::east_opt(offset * 3_600).unwrap();
            let refusal = Refusal::Throttled { until: Some(end) };
            for language in Language::ALL {
                let message = refusal.public_message_in(&zone).in_language(*language);
                assert!(message.to_string().ends_with('.'));
            }
        }
    }
    let before = Refusal::Throttled {
        until: instant().checked_sub_signed(TimeDelta::nanoseconds(1)),
    };
    let message = before.public_message().in_language(Language::French);
    assert!(message.to_string().contains("à 15:00:41 (UTC+00:00)"));
}

#[test]
fn languages_are_read_as_tags_and_as_locales() {
    for (language, tag) in [
        (Language::English, "en"),
        (Language::German, "de"),
        (Language::French, "fr"),
        (Language::Spanish, "es"),
    ] {
        assert_eq!((language.as_str(), language.to_string()), (tag, tag.into()));
        let upper = tag.to_uppercase();
        for text in [
            tag.to_owned(),
            format!("{tag}-AT"),
            format!("{tag}_DE.UTF-8"),
            format!("{tag}_DE@euro"),
            format!("{tag}.utf8"),
            format!("{upper}_{upper}"),
        ] {
            assert_eq!(text.parse(), Ok(language), "{text}");
        }
    }
    assert_eq!(Language::ALL.len(), 4);
    assert_eq!(Language::default(), Language::English);
    for text in [
        "", "C", "C.UTF-8", "POSIX", "d", "deu", "german", "it_IT", " de", "_de", "-",
    ] {
        assert_eq!(text.parse::<Language>(), Err(InvalidValue::Language));
    }
    assert_eq!(
        InvalidValue::Language.to_string(),
        "a language is en, de, fr or es"
    );
    assert_eq!(InvalidValue::Language.reason(), "language");
}

/// The letters of ICAO Annex 10, volume II, 5.2.1.3, and of DIN 5009:2022-06.
#[test]
fn each_symbol_has_its_spoken_word() {
    let icao = "Zero One Two Three Four Five Six Seven Eight Nine Alfa Bravo Charlie Delta Echo \
        Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra \
        Tango Uniform Victor Whiskey X-ray Yankee Zulu";
    let din = "Null Eins Zwei Drei Vier Fünf Sechs Sieben Acht Neun Aachen Berlin Chemnitz \
        Düsseldorf Essen Frankfurt Goslar Hamburg Ingelheim Jena Köln Leipzig München Nürnberg \
        Offenbach Potsdam Quickborn Rostock Salzwedel Tübingen Unna Völklingen Wuppertal Xanten \
        Ypsilon Zwickau";
    let symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let bytes = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF];
    let own = [0, 16, 20].map(|start| Alphabet::new(&symbols[start..start + 16]).unwrap());
    let alphabets = own
        .into_iter()
        .chain([Alphabet::HEX, Alphabet::UNAMBIGUOUS]);
    for alphabet in alphabets {
        let code = CodeFormat::new(alphabet, 16).encode(&bytes).unwrap();
        for language in Language::ALL {
            let words = match language {
                Language::German => din,
                _ => icao,
            };
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(words.len(), symbols.len());
            let expected: Vec<String> = alphabet
                .symbols()
                .as_bytes()
                .chunks(4)
                .map(|group| {
                    let word = |symbol: &u8| words[symbols.find(char::from(*symbol)).unwrap()];
                    group.iter().map(word).collect::<Vec<_>>().join(" ")
                })
                .collect();
            let shown = code.reveal();
            let spoken = shown.spoken().in_language(*language);
            assert_eq!(spoken.to_string(), expected.join(", "));
            // Each letter begins its word.
            if let Some(letters) = words.get(10..) {
                let initials: String = letters.iter().map(|word| &word[..1]).collect();
                assert_eq!(initials, symbols[10..]);
            }
        }
    }
    let request = EnrolmentKey::from_bytes([9; 32]).request_code(0, &Alphabet::HEX);
    let german = request.spoken().in_language(Language::German).to_string();
    assert_eq!(german.replace(", ", " ").split(' ').count(), 8);
    assert!(
        german
            .split([' ', ','])
            .all(|word| word.is_empty() || din.contains(word))
    );
}
