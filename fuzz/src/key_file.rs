//! Key files of the command, read line by line a second time.

use stopgap_cli::files;

use crate::draw::Draw;

/// Reads 64 hexadecimal digits, in either case.
pub fn key(hex: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<_>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.as_ref()?.chunks(2);
    let bytes = pairs.map(|pair| u8::try_from(pair[0] * 16 + pair.get(1)?).ok());
    bytes.collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// Reads a number of 32 bits as Rust does.
fn number(word: &str) -> Option<u32> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.bytes().try_fold(0_u32, |value, digit| {
        value.checked_mul(10)?.checked_add((digit - b'0').into())
    })
}

type Keys = Vec<(u32, [u8; 32])>;

/// Returns the keys, or the line that is wrong and the reason; line 0 is the whole file.
fn model(bytes: &[u8]) -> Result<Keys, (usize, &'static str)> {
    const FORM: &str = "a key is a number and 64 hex digits";
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err((0, "it is UTF-16 text: save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| (0, "it is not text"))?;
    let mut keys: Keys = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let place = index + 1;
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() || words[0].starts_with('#') {
            continue;
        }
        let (id, hex) = match words[..] {
            [hex] if keys.is_empty() => (1, hex),
            [id, hex] => {
                let id = number(id).ok_or((place, "a key begins with its number"))?;
                (id, hex)
            }
            _ => return Err((place, FORM)),
        };
        let key = key(hex).ok_or((place, FORM))?;
        if keys.iter().any(|(other, _)| *other == id) {
            return Err((place, "that key's number stands above already"));
        }
        keys.push((id, key));
    }
    if keys.is_empty() {
        return Err((0, "there is no key in it"));
    }
    Ok(keys)
}

fn check(bytes: &[u8]) {
    let read = files::key_file(bytes);
    let expected = model(bytes).map_err(|(line, what)| match line {
        0 => format!("file: {what}"),
        line => format!("file, line {line}: {what}"),
    });
    let keys = read.as_ref().map(|(keys, _)| keys);
    assert_eq!(keys, expected.as_ref());
    // The text has the same keys and comments. Only the line ends of other systems may
    // differ, because each reading cuts off one.
    if let Ok((keys, text)) = read {
        let (again, written) = files::key_file(text.as_bytes()).unwrap();
        assert_eq!(again, keys);
        assert_eq!(written.replace('\r', ""), text.replace('\r', ""));
    }
}

/// Draws a file that is similar to a key file.
fn written(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    text.extend(draw.one_of::<&[u8]>(&[b"", b"", b"\xEF\xBB\xBF", b"\xFF\xFE"]));
    for _ in 0..draw.number(1..=6_u8) {
        match draw.number(0..=7_u8) {
            0 => text.extend(b"# the oldest"),
            1 => text.extend(draw.some(20)),
            form => {
                if form < 7 {
                    text.extend(draw.number(0..=9_u32).to_string().bytes());
                    text.extend(draw.one_of::<&[u8]>(&[b" ", b"\t", b"  ", b""]));
                }
                let digit = draw.one_of(b"0aF9g");
                text.extend(std::iter::repeat_n(
                    digit,
                    draw.one_of(&[64, 64, 64, 63, 65]),
                ));
            }
        }
        text.extend(draw.one_of::<&[u8]>(&[b"\n", b"\r\n", b"\r", b" \n", b""]));
    }
    text
}

pub fn target(data: &[u8]) {
    check(data);
    check(&written(&mut Draw::new(data)));
}
