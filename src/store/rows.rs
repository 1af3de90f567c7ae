//! The column list of each model type. One macro yields the list and reads the row, so that the two cannot
//! differ.

use crate::model::account::Account;
use crate::model::attempt::Facts;
use crate::model::audit::StoredEntry;
use crate::model::device::Device;
use crate::model::device_code::DeviceCode;
use crate::model::email::Email;
use crate::model::grant::Grant;
use crate::model::group::{Group, GroupMember, GroupSummary};
use crate::model::invitation::Invitation;
use crate::model::one_time::OneTimeSecret;
use crate::model::reset::Reset;
use crate::model::role::{RoleGrant, SharedRole};
use crate::model::second_factor::{Authenticator, Passkey};
use crate::model::session::Session;
use crate::model::team::{Membership, Team, TeamMember, TeamSummary};

/// Reads one field from the column of its name; `json` after the name parses that column, and `flatten` reads the
/// columns of the field's own type instead. The first two arguments are the functions that read a column and a row.
macro_rules! read_field {
    ($column:path, $row_of:path, $row:ident, $field:ident) => {
        $column($row, stringify!($field))?
    };
    ($column:path, $row_of:path, $row:ident, $field:ident json) => {{
        let $crate::store::Json(value) = $column($row, stringify!($field))?;
        value
    }};
    ($column:path, $row_of:path, $row:ident, $field:ident flatten) => {
        $row_of($row)?
    };
}

/// Implements reading a row of either database, with a column named after each field. The derive macro of sqlx would
/// compile the drivers a second time, for the macro itself.
macro_rules! from_row {
    ($type:ty { $($field:ident $($kind:ident)?),* $(,)? }) => {
        impl $crate::store::FromSqliteRow for $type {
            fn from_row(row: &$crate::store::SqliteRow<'_>) -> rusqlite::Result<Self> {
                Ok(Self {
                    $($field: read_field!(
                        $crate::store::SqliteRow::get, $crate::store::FromSqliteRow::from_row, row, $field $($kind)?
                    )),*
                })
            }
        }
        impl sqlx::FromRow<'_, sqlx::postgres::PgRow> for $type {
            fn from_row(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
                Ok(Self { $($field: read_field!(sqlx::Row::try_get, sqlx::FromRow::from_row, row, $field $($kind)?)),* })
            }
        }
    };
}

/// Declares a struct that is read from a row, with a column for each field.
macro_rules! read_row {
    (
        $(#[$about:meta])*
        $name:ident { $($(#[$doc:meta])* $field:ident $($kind:ident)?: $type:ty),+ $(,)? }
    ) => {
        $(#[$about])*
        pub struct $name {
            $($(#[$doc])* pub $field: $type),+
        }

        from_row!($name { $($field $($kind)?),+ });
    };
}

/// Defines the macro `$columns!()`, a type's column list as a literal, and how both databases read it. Each
/// column is written `table.column`, with the alias that the statements give the table.
macro_rules! row {
    ($columns:ident => $type:ty { $table:ident . $first:ident $($first_kind:ident)?
        $(, $other:ident . $field:ident $($kind:ident)?)* $(,)? }) => {
        macro_rules! $columns {
            () => {
                concat!(
                    stringify!($table), ".", stringify!($first)
                    $(, ", ", stringify!($other), ".", stringify!($field))*
                )
            };
        }
        from_row!($type { $first $($first_kind)? $(, $field $($kind)?)* });
    };
}

/// A statement that selects the columns of a row, with what comes after them.
macro_rules! select {
    ($columns:ident, $from:literal) => {
        concat!("SELECT ", $columns!(), " ", $from)
    };
}

row!(account_columns => Account {
    a.id, a.number, a.username, a.status, a.status_reason, a.name, a.profile json, a.created_at, a.updated_at,
    a.last_seen_at, a.deleted_at, a.has_second_factor, a.temporary_password_until, a.valid_from, a.valid_until, a.source,
});

row!(audit_columns => StoredEntry {
    a.id, a.at, a.actor, a.address, a.on_behalf, a.action, a.target, a.outcome, a.detail, a.sequence, a.hash,
});

row!(facts_columns => Facts {
    f.chosen_session, f.proven_account, f.proven_methods, f.proven_password, f.consented_by, f.denied_at,
    f.finished_at,
});

row!(one_time_columns => OneTimeSecret { o.id, o.account_id, o.kind, o.made_by, o.made_in, o.expires_at });

row!(reset_columns => Reset { r.id, r.account_id, r.kind, r.made_by, r.created_at, r.expires_at });

row!(email_columns => Email { e.address, e.verified, e.is_primary });

row!(authenticator_columns => Authenticator { o.id, o.name, o.created_at, o.last_used_at });

row!(passkey_columns => Passkey { k.id, k.credential_id, k.name, k.created_at, k.last_used_at });

row!(device_columns => Device { d.id, d.account_id, d.token_hash, d.trusted_until });

row!(team_columns => Team { t.id, t.number, t.slug, t.name, t.kind, t.owner_id });

row!(membership_columns => Membership { t.id, t.number, t.slug, t.name, t.kind, m.role, m.expires_at });

row!(team_member_columns => TeamMember { a.id, a.number, a.username, a.name, a.status, m.role, m.expires_at });

from_row!(TeamSummary {
    id,
    number,
    slug,
    name,
    kind,
    members
});

row!(group_columns => Group { g.id, g.name });

row!(group_member_columns => GroupMember { a.id, a.number, a.username, a.name });

from_row!(GroupSummary { id, name, members });

from_row!(SharedRole {
    kind,
    holder,
    role,
    expires_at
});

row!(role_grant_columns => RoleGrant { r.level, r.role, r.target, r.expires_at });

row!(invitation_columns => Invitation {
    i.id, i.email, i.team_id, i.account_id, i.role, i.invited_by, i.created_at, i.expires_at, i.ended_at,
    i.accepted_by,
});

row!(session_columns => Session {
    s.id, s.account_id, s.amr, s.authenticated_at, s.expires_at, s.seen_at, s.ended_at, s.end_reason, s.acted_by, s.acted_since,
    s.trusted_device,
    a.has_second_factor, a.username, a.name, a.status, a.valid_from, a.valid_until,
});

row!(grant_columns => Grant {
    g.id, g.client_id, g.account_id, g.session_id, g.scopes, g.claims, g.resource, g.offline, g.redirect_uri, g.nonce,
    g.code_challenge, g.auth_time, g.amr, g.created_at, g.code_expires_at, g.redeemed_at, g.revoked_at,
    g.expires_at, g.cnf, g.act,
});

row!(device_code_columns => DeviceCode {
    c.device_hash, c.client_id, c.scopes, c.resource, c.client_address, c.created_at, c.expires_at, c.answered_at,
    c.grant_id,
});
