//! The record of an online code, and its verification.

use core::cmp::Reverse;

use chrono::{DateTime, TimeZone, Utc};

use crate::{
    code::Code,
    digest::{CodeDigest, ComputedDigest},
    error::Refusal,
    format::{CodeFormat, distance},
    key_id::KeyId,
    key_ring::{KeyRing, RingKey},
    name::{Name, check_name},
    offline::PasswordOnlyLock,
    purpose::{Purpose, Purposes},
    record_bytes_error::RecordBytesError,
    record_id::RecordId,
    record_reader::Reader,
    request::VerifyRequest,
    sealed::{self, Sealed, Text, private::Encode},
    validity::check_instant,
};

/// The record of an online code: everything but the code (SPEC, "Online codes"). It is
/// stored and verified as a [`Sealed`] value.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OnlineGrant {
    /// The id of the record.
    pub id: RecordId,
    /// The id of the key that made the digest and the tag.
    pub key_id: KeyId,
    /// HMAC(online key, text(user) ‖ code).
    pub digest: CodeDigest,
    /// The user.
    pub user: Name,
    /// The format of the code.
    pub format: CodeFormat,
    /// The purposes for which it may be used.
    pub purposes: Purposes,
    /// The time of issue.
    pub issued_at: DateTime<Utc>,
    /// The instant from which the code is valid; `None` if from issue.
    #[cfg_attr(feature = "serde", serde(default))]
    pub not_before: Option<DateTime<Utc>>,
    /// The expiry: the code is valid before this instant.
    pub expires_at: DateTime<Utc>,
    /// The number of uses allowed; `None` for any number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub max_uses: Option<u32>,
    /// The number of uses, counted only if they are limited.
    #[cfg_attr(feature = "serde", serde(default))]
    pub uses: u32,
    /// The time of revocation; `None` if it was not revoked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Encode for OnlineGrant {
    const LABEL: &'static str = "online\0";

    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let user = Text::of(&self.user);
        // A few long parts take less time than many short ones.
        let ids: [u8; 59] = sealed::joined(&[
            Self::LABEL.as_bytes(),
            &sealed::key_id(self.key_id),
            self.id.as_bytes(),
            self.digest.as_bytes(),
        ]);
        let rules: [u8; 60] = sealed::joined(&[
            &sealed::format(&self.format),
            &[self.purposes.bits()],
            &sealed::instant(Some(self.issued_at)),
            &sealed::instant(self.not_before),
            &sealed::instant(Some(self.expires_at)),
            &self.max_uses.unwrap_or_default().to_be_bytes(),
            &self.uses.to_be_bytes(),
            &sealed::instant(self.revoked_at),
        ]);
        take(&[&ids, &user.0, user.1, &rules])
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        Ok(Self {
            key_id: fields.key_id()?,
            id: fields.id()?,
            digest: fields.digest()?,
            user: fields.name("user")?,
            format: fields.format("format")?,
            purposes: fields.purposes("purposes")?,
            issued_at: fields.instant("issued_at")?,
            not_before: fields.maybe_instant("not_before")?,
            expires_at: fields.instant("expires_at")?,
            max_uses: fields.limit()?,
            uses: fields.be32()?,
            revoked_at: fields.maybe_instant("revoked_at")?,
        })
    }

    /// 0 uses allowed would be encoded as no limit.
    fn is_sound(&self) -> bool {
        let instants = [
            Some(self.issued_at),
            self.not_before,
            Some(self.expires_at),
            self.revoked_at,
        ];
        self.max_uses != Some(0) && sealed::are_whole(&instants)
    }
}

impl Sealed<OnlineGrant> {
    /// Verifies what a person typed, and counts a use if uses are limited. Store
    /// [`Granted::record`] in place of this record before you act on the result.
    ///
    /// Nothing is allocated, and the code is compared in constant time. Guard it with a
    /// [`Throttle`](crate::Throttle). If a user may have several codes, use
    /// [`verify_any`](Self::verify_any).
    ///
    /// # Errors
    ///
    /// The first [`Refusal`] that holds, in this order: `TimeOutOfRange`, `InvalidName`,
    /// `Malformed`, `KeyMissing`, `Unknown`, `Tampered`, `Revoked`, `WrongPurpose`,
    /// `NotYetValid`, `Expired`, `UsedUp`. Those from `Tampered` on are returned only if
    /// the right code was typed.
    pub fn verify<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        request: &VerifyRequest<'_>,
        now: DateTime<Tz>,
    ) -> Result<Granted, Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        check_name(request.user)?;
        let code = self.unverified().format.normalize(request.text)?;
        self.check_code(keys, request, &code, now)
    }

    /// Verifies a code that was read already, as [`verify`](Self::verify) does: for a
    /// caller that reads a text once, by [`CodeFormat::normalize_any`]. The text of the
    /// request is not looked at.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), but not `Malformed`.
    pub fn check_code<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        request: &VerifyRequest<'_>,
        code: &Code,
        now: DateTime<Tz>,
    ) -> Result<Granted, Refusal> {
        self.decide(keys, request, now.to_utc(), |key| {
            key.online_digest(&self.unverified().user, code)
        })
    }

    /// Verifies a code by its digest, one of [`KeyRing::online_digests`], as
    /// [`verify`](Self::verify) does: for a caller that found the record by that digest and
    /// need not compute it again. The text of the request is not looked at.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), but not `Malformed`. A digest under another key is
    /// `Unknown`.
    pub fn check_digest<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        request: &VerifyRequest<'_>,
        digest: &ComputedDigest,
        now: DateTime<Tz>,
    ) -> Result<Granted, Refusal> {
        self.decide(keys, request, now.to_utc(), |_| digest.digest())
    }

    /// Verifies what a person typed against all codes of a user. Returns the index of the
    /// matching one, and counts a use of it.
    ///
    /// # Errors
    ///
    /// `TimeOutOfRange` or `InvalidName`; then the refusal of [`verify`](Self::verify) for
    /// the record whose code was typed. If the text is the code of no record: `Malformed`
    /// if it fits no format, as [`CodeFormat::normalize_any`] has it; `KeyMissing` if it
    /// could only be a code whose key is missing; otherwise `Unknown`.
    pub fn verify_any<'a, Tz: TimeZone>(
        records: impl IntoIterator<Item = &'a Self>,
        keys: &KeyRing,
        request: &VerifyRequest<'_>,
        now: DateTime<Tz>,
    ) -> Result<(usize, Granted), Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        check_name(request.user)?;
        let mut nearest: Option<Refusal> = None;
        for (index, record) in records.into_iter().enumerate() {
            let refusal = match record.verify(keys, request, now) {
                Ok(granted) => return Ok((index, granted)),
                Err(refusal) => refusal,
            };
            if nearest.is_none_or(|other| rank(&refusal) > rank(&other)) {
                nearest = Some(refusal);
            }
        }
        if let Some(refusal) = nearest {
            return Err(refusal);
        }
        // A guesser must not learn if the user has codes.
        CodeFormat::ONLINE.normalize(request.text)?;
        Err(Refusal::Unknown)
    }

    /// Checks that the code was not revoked and has not expired, before a granted answer
    /// is replayed (SPEC, "Idempotency keys").
    ///
    /// # Errors
    ///
    /// The first [`Refusal`] that holds: `TimeOutOfRange`, `KeyMissing`, `Tampered`,
    /// `Revoked`, `Expired`.
    pub fn check_not_ended<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        now: DateTime<Tz>,
    ) -> Result<(), Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        let record = self.open(keys)?;
        if let Some(revoked_at) = record.revoked_at {
            return Err(Refusal::Revoked { revoked_at });
        }
        if now >= record.expires_at {
            let expired_at = record.expires_at;
            return Err(Refusal::Expired { expired_at });
        }
        Ok(())
    }

    /// Decides about a code, given its digest.
    fn decide(
        &self,
        keys: &KeyRing,
        request: &VerifyRequest<'_>,
        now: DateTime<Utc>,
        digest: impl FnOnce(&RingKey) -> CodeDigest,
    ) -> Result<Granted, Refusal> {
        check_instant(&now)?;
        let record = self.unverified();
        let is_user = record.user == *request.user;
        if !is_user {
            check_name(request.user)?;
        }
        let key = keys.get(record.key_id)?;
        if !is_user || !bool::from(digest(key).matches(&record.digest)) {
            return Err(Refusal::Unknown);
        }
        let record = self.open_with(key)?;
        if let Some(revoked_at) = record.revoked_at {
            return Err(Refusal::Revoked { revoked_at });
        }
        if !record.purposes.contains(request.purpose) {
            return Err(Refusal::WrongPurpose);
        }
        if let Some(not_before) = record.not_before.filter(|first| now < *first) {
            return Err(Refusal::NotYetValid { not_before });
        }
        let expires_at = record.expires_at;
        if now >= expires_at {
            return Err(Refusal::Expired {
                expired_at: expires_at,
            });
        }
        let uses_left = match record.max_uses {
            None => None,
            Some(most) => {
                let unused = most.checked_sub(record.uses).filter(|unused| *unused > 0);
                Some(unused.ok_or(Refusal::UsedUp)?.saturating_sub(1))
            }
        };
        let new = match uses_left {
            None => self.clone(),
            Some(_) => Self::seal_with(
                OnlineGrant {
                    uses: record.uses.saturating_add(1),
                    ..record.clone()
                },
                key,
            ),
        };
        Ok(Granted {
            record: new,
            purpose: request.purpose,
            uses_left,
        })
    }

    /// Returns the record, revoked. A second time changes nothing: the first time stays.
    /// The caller checks that the actor may:
    /// [`Action::RevokeCode`](crate::Action::RevokeCode).
    ///
    /// # Errors
    ///
    /// `TimeOutOfRange`, `KeyMissing` or `Tampered`.
    pub fn revoke<Tz: TimeZone>(&self, keys: &KeyRing, now: DateTime<Tz>) -> Result<Self, Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        self.change(keys, |record| {
            record.revoked_at.get_or_insert(sealed::whole(now));
        })
    }
}

/// Returns the rank of a refusal: the highest decides. A missing key ranks below
/// `Unknown`, otherwise a guess would not count as a failure.
fn rank(refusal: &Refusal) -> (u8, Reverse<usize>) {
    match refusal {
        Refusal::Malformed(malformed) => (0, Reverse(distance(malformed))),
        Refusal::KeyMissing { .. } => (1, Reverse(0)),
        Refusal::Unknown => (2, Reverse(0)),
        _ => (3, Reverse(0)),
    }
}

/// The grant of a verified online code (SPEC, "Online codes").
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "store the record before you act on the grant"]
pub struct Granted {
    /// The record with the use counted. Store it in place of the old one before you act
    /// on the grant.
    pub record: Sealed<OnlineGrant>,
    /// The purpose.
    pub purpose: Purpose,
    /// The number of uses left after this one; `None` for any number.
    pub uses_left: Option<u32>,
}

impl Granted {
    /// Returns the user.
    #[must_use]
    pub const fn user(&self) -> &Name {
        &self.record.unverified().user
    }

    /// Returns the expiry of the code.
    #[must_use]
    pub const fn expires_at(&self) -> DateTime<Utc> {
        self.record.unverified().expires_at
    }

    /// Returns the password-only lock that a code for [`Purpose::Bypass`] activates on
    /// the machine until the code's expiry. Pass it to
    /// [`Agent::activate`](crate::offline::Agent::activate).
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPurpose`] for another purpose.
    pub fn password_only_lock(&self) -> Result<PasswordOnlyLock, Refusal> {
        match self.purpose {
            Purpose::Bypass => Ok(PasswordOnlyLock {
                until: self.expires_at(),
            }),
            Purpose::Reset | Purpose::Register => Err(Refusal::WrongPurpose),
        }
    }
}
