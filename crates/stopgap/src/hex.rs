//! Digests and tags in serde's formats: 64 hexadecimal digits. They are not secret.

use alloc::string::String;

use serde::{Deserialize, Deserializer, Serializer, de, ser};

pub(crate) fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    let mut hex = [0; 64];
    let hex = base16ct::lower::encode_str(bytes, &mut hex);
    serializer.serialize_str(hex.map_err(ser::Error::custom)?)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[u8; 32], D::Error> {
    let hex = String::deserialize(deserializer)?;
    let mut bytes = [0; 32];
    match base16ct::mixed::decode(&hex, &mut bytes).map(<[u8]>::len) {
        Ok(32) => Ok(bytes),
        _ => Err(de::Error::custom(
            "a digest or a tag is 64 hexadecimal digits",
        )),
    }
}
