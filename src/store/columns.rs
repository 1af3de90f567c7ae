//! How model values are stored in columns: ids, lists and enums as text, documents as JSON, times as
//! microseconds.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::account::Status;
use crate::model::one_time::OneTimeKind;
use crate::model::reset::ResetKind;
use crate::model::role::{HolderKind, RoleLevel};
use crate::model::session::EndReason;
use crate::model::team::TeamKind;
use crate::model::{
    AccountId, Amr, AttemptId, AuthenticatorId, ClientId, DeviceId, GrantId, GroupId, PasskeyId,
    PasswordVersion, Scopes, SessionId, TeamId,
};

/// Implements storing a model type as a column of type `$as`, with an expression to write it and one to read
/// it.
macro_rules! column {
    ($as:ty: $($type:ty, $write:expr, $read:expr;)*) => {$(
        impl<DB: Database> Type<DB> for $type where $as: Type<DB> {
            fn type_info() -> DB::TypeInfo { <$as>::type_info() }
            fn compatible(ty: &DB::TypeInfo) -> bool { <$as>::compatible(ty) }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $type where $as: Decode<'r, DB> {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn($as) -> Result<Self, BoxDynError> = $read;
                read(<$as>::decode(value)?)
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $type where $as: Encode<'q, DB> {
            fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let write: fn(&Self) -> $as = $write;
                write(self).encode(buf)
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let read: fn($as) -> Result<Self, BoxDynError> = $read;
                read(<$as>::column_result(value)?).map_err(FromSqlError::Other)
            }
        }

        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let write: fn(&Self) -> $as = $write;
                Ok(write(self).into())
            }
        }
    )*};
}

column! { String:
    AccountId, |id| id.0.clone(), |text| Ok(Self(text));
    ClientId, |id| id.0.clone(), |text| Ok(Self(text));
    AttemptId, |id| id.0.clone(), |text| Ok(Self(text));
    SessionId, |id| id.0.clone(), |text| Ok(Self(text));
    GrantId, |id| id.0.clone(), |text| Ok(Self(text));
    TeamId, |id| id.0.clone(), |text| Ok(Self(text));
    GroupId, |id| id.0.clone(), |text| Ok(Self(text));
    AuthenticatorId, |id| id.0.clone(), |text| Ok(Self(text));
    DeviceId, |id| id.0.clone(), |text| Ok(Self(text));
    PasskeyId, |id| id.0.clone(), |text| Ok(Self(text));
    Scopes, |list| list.as_str().to_owned(), |text| Ok(Self::parse(&text));
    Amr, |list| list.as_str().to_owned(), |text| Ok(Self::parse(&text));
    Status, |word| word.as_str().to_owned(), |text| Ok(text.parse()?);
    OneTimeKind, |word| word.as_str().to_owned(), |text| Ok(text.parse()?);
    ResetKind, |word| word.as_str().to_owned(), |text| Ok(text.parse()?);
    HolderKind, |word| word.as_str().to_owned(), |text| Ok(text.parse()?);
    RoleLevel, |word| word.as_str().to_owned(), |text| Ok(text.parse()?);
    EndReason, |word| word.as_str().to_owned(), |text| Ok(text.parse()?);
    TeamKind, |word| word.as_str().to_owned(), |text| Ok(text.parse()?);
}

column! { i64:
    Time, |time| time.0, |micros| Ok(Self(micros));
    PasswordVersion, |version| version.0, |number| Ok(Self(number));
}

column! { Vec<u8>:
    TokenHash, |hash| hash.as_bytes().to_vec(), |bytes| Ok(Self::from_stored(bytes));
}

/// A value stored as JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<DB: Database, T> Type<DB> for Json<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        String::compatible(ty)
    }
}

impl<'r, DB: Database, T: DeserializeOwned> Decode<'r, DB> for Json<T>
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(&String::decode(value)?)?))
    }
}

impl<'q, DB: Database, T: Serialize> Encode<'q, DB> for Json<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        serde_json::to_string(&self.0)?.encode(buf)
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let read = serde_json::from_str(value.as_str()?);
        read.map(Self).map_err(|error| FromSqlError::Other(error.into()))
    }
}

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0);
        let text = text.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(text.into())
    }
}
