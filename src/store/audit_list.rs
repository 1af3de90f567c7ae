//! Lists of audit entries: filtered, newest or oldest first, one page at a time.

use super::audit::OK;
use super::{Conn, Error};
use crate::clock::Time;
use crate::model::audit::{AuditFilter, StoredEntry};

/// Counting the matches of a filter stops at this number.
const COUNT_LIMIT: i64 = 10_000;
/// Sorts after every id in any collation.
const AFTER_ALL: &str = "z";

/// The bounds of the ids that a filter's dates allow; ids sort by time.
fn id_range(filter: &AuditFilter) -> (String, String) {
    let low = filter.since.map(first_id).unwrap_or_default();
    let high = filter.until.map_or_else(|| AFTER_ALL.to_owned(), first_id);
    match &filter.before {
        Some(before) if *before < high => (low, before.clone()),
        _ => (low, high),
    }
}

/// The prefix of ids made at a time (UUID version 7, RFC 9562 section 5.7); it sorts before all of them.
fn first_id(at: Time) -> String {
    let millis = u64::try_from(at.0.div_euclid(1000))
        .unwrap_or(0)
        .min((1 << 48) - 1);
    let digits = format!("{millis:012x}");
    format!("{}-{}", &digits[..8], &digits[8..])
}

/// The index that a statement reads.
#[derive(Clone, Copy)]
enum Index {
    Time,
    Actor,
    Target,
    Action,
    Outcome,
}

/// Entries that pass the filter, newest first, at most `limit`.
///
/// The most selective filter decides which statement runs, since the planner has no statistics to choose an
/// index by.
pub async fn newest(conn: &mut Conn, filter: &AuditFilter, limit: i64) -> Result<Vec<StoredEntry>, Error> {
    let actions = if filter.action.is_empty() {
        Vec::new()
    } else {
        actions_with_prefix(conn, &filter.action).await?
    };
    if !filter.action.is_empty() && actions.is_empty() {
        return Ok(Vec::new());
    }
    let index = choose(conn, filter, &actions).await?;
    if !matches!(index, Index::Action) {
        return from_index(conn, filter, index, &filter.action, limit).await;
    }
    let mut rows = Vec::new();
    for action in actions {
        rows.extend(from_index(conn, filter, index, &action, limit).await?);
    }
    rows.sort_by(|one, other| other.id.cmp(&one.id));
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(rows)
}

/// The actions that begin with `prefix`, read by jumping from one to the next in the index; there are few.
async fn actions_with_prefix(conn: &mut Conn, prefix: &str) -> Result<Vec<String>, Error> {
    let all = query_all!(
        conn,
        (String,),
        "WITH RECURSIVE names (action) AS (SELECT MIN(action) FROM audit UNION ALL \
         SELECT (SELECT MIN(a.action) FROM audit a WHERE a.action > names.action) FROM names \
         WHERE names.action IS NOT NULL) SELECT action FROM names WHERE action IS NOT NULL"
    )?;
    let names = all.into_iter().map(|(action,)| action);
    Ok(names.filter(|action| action.starts_with(prefix)).collect())
}

/// The index of the filter that matches the fewest entries between the filter's dates, counted up to [`COUNT_LIMIT`].
async fn choose(conn: &mut Conn, filter: &AuditFilter, actions: &[String]) -> Result<Index, Error> {
    let given = [
        (!filter.target.is_empty(), Index::Target),
        (!filter.actor.is_empty(), Index::Actor),
        (!filter.outcome.is_empty() && filter.outcome != OK, Index::Outcome),
        (!filter.action.is_empty(), Index::Action),
    ];
    let mut only = given.iter().filter(|(is_given, _)| *is_given);
    match (only.next(), only.next()) {
        (None, _) => return Ok(Index::Time),
        (Some((_, index)), None) => return Ok(*index),
        _ => {}
    }
    let (low, high) = id_range(filter);
    let (target, actor, outcome) = query_one!(
        conn,
        (i64, i64, i64),
        "SELECT (SELECT COUNT(*) FROM (SELECT id FROM audit WHERE target = $1 AND id > $2 AND id < $3 LIMIT $4) t), \
         (SELECT COUNT(*) FROM (SELECT id FROM audit WHERE actor = $5 AND id > $2 AND id < $3 LIMIT $4) a), \
         (SELECT COUNT(*) FROM (SELECT id FROM audit WHERE outcome = $6 AND outcome <> 'ok' \
         AND id > $2 AND id < $3 LIMIT $4) o)",
        &filter.target,
        &low,
        &high,
        COUNT_LIMIT,
        &filter.actor,
        &filter.outcome
    )?;
    let action = count_of_actions(conn, actions, (&low, &high)).await?;
    let counted = given.into_iter().zip([target, actor, outcome, action]);
    let fewest = counted
        .filter(|((is_given, _), _)| *is_given)
        .min_by_key(|(_, rows)| *rows);
    Ok(fewest.map_or(Index::Time, |((_, index), _)| index))
}

/// How many entries have one of the actions, each counted up to [`COUNT_LIMIT`].
async fn count_of_actions(
    conn: &mut Conn,
    actions: &[String],
    (low, high): (&str, &str),
) -> Result<i64, Error> {
    let mut all = 0;
    for name in actions {
        let (rows,) = query_one!(
            conn,
            (i64,),
            "SELECT COUNT(*) FROM (SELECT id FROM audit WHERE action = $1 AND id > $2 AND id < $3 LIMIT $4) few",
            name,
            low,
            high,
            COUNT_LIMIT
        )?;
        all += rows;
    }
    Ok(all)
}

/// The entries that pass the filter, newest first, read from an index. [`Index::Action`] yields only those whose action
/// is exactly `action`.
async fn from_index(
    conn: &mut Conn,
    filter: &AuditFilter,
    index: Index,
    action: &str,
    limit: i64,
) -> Result<Vec<StoredEntry>, Error> {
    let (low, high) = id_range(filter);
    macro_rules! entries {
        ($condition:literal) => {
            query_all!(
                conn,
                StoredEntry,
                concat!(
                    "SELECT ",
                    audit_columns!(),
                    " FROM audit a WHERE id > $1 AND id < $2 AND ",
                    $condition,
                    " AND substr(action, 1, length($6)) = $6 ORDER BY id DESC LIMIT $7"
                ),
                low,
                high,
                &filter.actor,
                &filter.target,
                &filter.outcome,
                action,
                limit
            )
        };
    }
    match index {
        Index::Time => {
            entries!("($3 = '' OR actor = $3) AND ($4 = '' OR target = $4) AND ($5 = '' OR outcome = $5)")
        }
        Index::Actor => entries!("actor = $3 AND ($4 = '' OR target = $4) AND ($5 = '' OR outcome = $5)"),
        Index::Target => entries!("target = $4 AND ($3 = '' OR actor = $3) AND ($5 = '' OR outcome = $5)"),
        Index::Outcome => entries!(
            "outcome = $5 AND outcome <> 'ok' AND ($3 = '' OR actor = $3) AND ($4 = '' OR target = $4)"
        ),
        Index::Action => entries!(
            "action = $6 AND ($3 = '' OR actor = $3) AND ($4 = '' OR target = $4) AND ($5 = '' OR outcome = $5)"
        ),
    }
}

/// Entries after the id `after` that pass the filter, oldest first.
pub async fn oldest(
    conn: &mut Conn,
    filter: &AuditFilter,
    after: &str,
    limit: i64,
) -> Result<Vec<StoredEntry>, Error> {
    let (low, high) = id_range(filter);
    let low = if *after > *low { after.to_owned() } else { low };
    query_all!(
        conn,
        StoredEntry,
        select!(
            audit_columns,
            "FROM audit a WHERE id > $1 AND id < $2 AND ($3 = '' OR actor = $3) AND ($4 = '' OR target = $4) \
             AND ($5 = '' OR outcome = $5) AND substr(action, 1, length($6)) = $6 ORDER BY id LIMIT $7"
        ),
        low,
        high,
        &filter.actor,
        &filter.target,
        &filter.outcome,
        &filter.action,
        limit
    )
}

/// Counts the entries of an action between each of `moments` and the next; reads an index only.
pub async fn counts_between(conn: &mut Conn, action: &str, moments: &[Time]) -> Result<Vec<i64>, Error> {
    let bounds: String = moments.iter().map(|moment| first_id(*moment)).collect();
    let spans = moments.len().saturating_sub(1);
    if spans == 0 {
        return Ok(Vec::new());
    }
    let rows = query_all!(
        conn,
        (i64,),
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
         SELECT (SELECT COUNT(*) FROM audit a WHERE a.action = $2 AND a.id >= substr($3, n.i * 13 + 1, 13) \
         AND a.id < substr($3, n.i * 13 + 14, 13)) FROM n ORDER BY n.i",
        i64::try_from(spans).unwrap_or(i64::MAX),
        action,
        bounds
    )?;
    Ok(rows.into_iter().map(|(count,)| count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::new_id;

    #[test]
    fn the_first_id_of_a_time_sorts_before_its_ids_and_after_earlier_ones() {
        for micros in [0, 999, 1_000, 1_800_000_000_000_000, 1_800_000_000_123_000] {
            let at = Time(micros);
            let first = first_id(at);
            assert!(first < new_id(at), "{first}");
            assert!(new_id(at).starts_with(&first), "{first}");
            assert!(new_id(Time(micros.div_euclid(1000) * 1000 - 1)) < first || micros < 1_000);
        }
        assert!(*first_id(Time(i64::MAX)) < *AFTER_ALL);
        assert_eq!(first_id(Time(i64::MIN)), first_id(Time(0)));
    }
}
