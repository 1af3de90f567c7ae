//! The conditions that many statements ask, once each, with the parameter that stands for now.

/// Whether the account `a` may be used now.
macro_rules! account_usable {
    ($now:literal) => {
        concat!(
            "a.status = 'active' AND (a.valid_from IS NULL OR a.valid_from <= ",
            $now,
            ") AND (a.valid_until IS NULL OR a.valid_until > ",
            $now,
            ")"
        )
    };
}

/// Whether the grant `g` of the account `a` still gives access: neither revoked nor expired, its account usable, and
/// its session `s`, if it has one, open, unless it is for use while the person is away (OIDC Core section 11).
macro_rules! grant_live {
    ($now:literal) => {
        concat!(
            "g.revoked_at IS NULL AND g.expires_at > ",
            $now,
            " AND (s.ended_at IS NULL OR g.offline) AND ",
            account_usable!($now)
        )
    };
}
