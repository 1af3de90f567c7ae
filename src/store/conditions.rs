//! Conditions that many statements share. Each takes the number of the parameter that holds the current time.

/// The account `a` is active and within its validity dates.
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

/// The account `a` can sign in now and for good.
macro_rules! account_permanent {
    ($now:literal) => {
        concat!(
            "a.status = 'active' AND a.valid_until IS NULL AND (a.valid_from IS NULL OR a.valid_from <= ",
            $now,
            ") AND EXISTS (SELECT 1 FROM passwords p WHERE p.account_id = a.id)"
        )
    };
}

/// The grant `g` is neither revoked nor expired, its account `a` is usable, and its session `s`, if any, has
/// not ended, unless the grant allows offline access (OIDC Core section 11).
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
