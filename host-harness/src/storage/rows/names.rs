//! The names of the contract's enumerations, as they stand in the database.

use rusqlite::types::{ToSqlOutput, Value};

use super::codec::{Calendar, Cells, Codec, Columns, Maybe, Named, Reader, Text, Unfit};
use crate::contract::rows::{
    Confidence, Consent, Effect, EntitlementState, Provenance, Risk, SignOn, SubscriptionStatus, Tier, UseKind,
    UseSource, UserKind,
};

macro_rules! names {
    ($($enumeration:ident { $($case:ident = $name:literal),* $(,)? })*) => {$(
        impl Named for $enumeration {
            fn name(&self) -> &'static str {
                match self { $(Self::$case => $name),* }
            }

            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$case),)* _ => None }
            }
        }
    )*};
}

names! {
    Tier { Paid = "paid", Free = "free", Trial = "trial", Unknown = "unknown" }
    SubscriptionStatus {
        Active = "active", Warning = "warning", Suspended = "suspended", Deleted = "deleted", LockedOut = "locked-out",
        Unknown = "unknown",
    }
    Provenance { ListPrice = "list-price", Contract = "contract", Invoice = "invoice" }
    UserKind {
        Member = "member", Guest = "guest", Shared = "shared", Room = "room", Service = "service", Unknown = "unknown",
    }
    EntitlementState { Active = "active", Error = "error", Disabled = "disabled", Unknown = "unknown" }
    SignOn { Saml = "saml", Oidc = "oidc", Password = "password", Linked = "linked", Unknown = "unknown" }
    UseKind { Interactive = "interactive", NonInteractive = "non-interactive", Service = "service" }
    UseSource { SignIns = "sign-ins", Aggregate = "aggregate", Directory = "directory" }
    Consent { None = "none", User = "user", Administrator = "administrator", Both = "both", Unknown = "unknown" }
    Risk { Low = "low", Medium = "medium", High = "high", Unknown = "unknown" }
    Confidence { High = "high", Medium = "medium", Low = "low" }
}

/// An effect as its name and, when it has one, its day.
pub(super) struct EffectOnDay;

impl Columns for EffectOnDay {
    const SUFFIXES: &'static [&'static str] = &["", "_day"];
}

impl Codec<Effect> for EffectOnDay {
    fn write<'a>(value: &'a Effect, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        let (name, day) = match value {
            Effect::ReassignNow => ("reassign-now", None),
            Effect::AtRenewal(day) => ("at-renewal", Some(day)),
            Effect::AtNextRenewal => ("at-next-renewal", None),
            Effect::Exposure => ("exposure", None),
        };
        cells.push(name.into());
        match day {
            Some(day) => Calendar::write(day, cells),
            None => {
                cells.push(ToSqlOutput::Owned(Value::Null));
                Ok(())
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<Effect> {
        let name = <Text as Codec<String>>::read(reader)?;
        match (name.as_str(), <Maybe<Calendar> as Codec<Option<i32>>>::read(reader)?) {
            ("reassign-now", None) => Ok(Effect::ReassignNow),
            ("at-renewal", Some(day)) => Ok(Effect::AtRenewal(day)),
            ("at-next-renewal", None) => Ok(Effect::AtNextRenewal),
            ("exposure", None) => Ok(Effect::Exposure),
            _ => Err(reader.unexpected(&name)),
        }
    }
}
