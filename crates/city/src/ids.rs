//! Ids: text ids as people write them in a site folder, and dense positions in the site's tables.
//!
//! Not here: the tables themselves ([`crate::Site`]).
//! Invariant: an `…Ix` is meaningful only for the site it was resolved against.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as written.
            pub fn new(id: impl Into<String>) -> Self { Self(id.into()) }
            /// The id as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self { Self(id.to_owned()) }
        }
    )*};
}

text_id! {
    /// A site: one folder, one log.
    SiteId;
    /// A department of the city, the owner of data, measures and tasks.
    DepartmentId;
    /// A zone.
    ZoneId;
    /// A zone group.
    GroupId;
    /// A link between two zones.
    LinkId;
    /// A gate of the site.
    GateId;
    /// A datastream.
    DatastreamId;
    /// A measure of the playbook.
    MeasureId;
    /// A console in the duty room, or the commander's.
    ConsoleId;
    /// A kind of sensor whose members err together, such as `camera` or `phone`.
    FamilyId;
    /// A post of officers on the street.
    PostId;
    /// Who caused an entry: a pseudonymous account id, `local`, `system` or a source's name.
    ActorId;
    /// The transport or program an entry came through, such as `http` or `replay`.
    SourceId;
}

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The position as an index into the site's table.
            pub const fn index(self) -> usize { self.0 as usize }
        }

        impl From<usize> for $name {
            fn from(index: usize) -> Self { Self(index as u32) }
        }
    )*};
}

index! {
    /// Position in [`crate::Site::departments`].
    DepartmentIx;
    /// Position in [`crate::Site::zones`].
    ZoneIx;
    /// Position in [`crate::Site::groups`].
    GroupIx;
    /// Position in [`crate::Site::links`].
    LinkIx;
    /// Position in [`crate::Site::gates`].
    GateIx;
    /// Position in [`crate::Site::datastreams`].
    DatastreamIx;
    /// Position in [`crate::Site::measures`].
    MeasureIx;
    /// Position in [`crate::Site::consoles`].
    ConsoleIx;
    /// Position in [`crate::Site::posts`].
    PostIx;
}

/// Position of an entry in a site's log; the first entry has 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// A warning, numbered by the engine from 1 in the order of raising; never reused within a site's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WarningId(pub u64);

/// A human observation, numbered by the engine from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HumanId(pub u64);

/// A 32-byte BLAKE3 digest, shown as lower-case hexadecimal.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 32]>::deserialize(deserializer).map(Self);
        }
        let text = String::deserialize(deserializer)?;
        let hex = blake3::Hash::from_hex(&text).map_err(serde::de::Error::custom)?;
        Ok(Self(*hex.as_bytes()))
    }
}
