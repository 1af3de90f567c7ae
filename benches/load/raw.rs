//! The speed of the machine: signatures, password hashes, checks of codes and passkeys, and synced writes.

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::Context;
use argon2::{Argon2, Block, Params, Version};
use doorward::auth::passkey::{Answer, Owner, RelyingParty};
use doorward::auth::totp::Seed;
use doorward::clock::Time;
use doorward::crypto::{Algorithm, SigningKey, Typ};
use doorward::model::AccountId;
use serde_json::json;

use crate::passkey;
use crate::process::{check, sleep};
use crate::soft_passkey::SoftPasskey;

/// The time to measure each figure.
const TIME: Duration = Duration::from_secs(2);

/// The figures as lines: rates per second on one thread and, for some, on several threads.
pub fn figures(folder: &Path) -> anyhow::Result<Vec<String>> {
    let cores = available_parallelism()?.get();
    let mut lines = Vec::new();
    for (algorithm, name) in [
        (Algorithm::RS256, "RSA-2048 sign"),
        (Algorithm::ES256, "P-256 sign"),
    ] {
        let signer = SigningKey::generate(algorithm, 2048)?.signer()?;
        let claims =
            json!({ "sub": "0198c0de-7a11-7000-8000-000000000000", "aud": "app", "exp": 1_800_000_000 });
        let sign = || _ = signer.sign(Typ::AccessToken, &claims);
        let (one, all) = (rate(1, || (), |()| sign())?, rate(cores, || (), |()| sign())?);
        lines.push(format!(
            "{name}, with the token around it: {one:.0}/s on 1 thread ({:.1} µs), {all:.0}/s on {cores} ({:.1} µs of processor time)",
            1e6 / one,
            1e6 * cores as f64 / all
        ));
    }
    let (one, some) = (argon2id(1)?, argon2id(cores.saturating_sub(1).max(1))?);
    lines.push(format!(
        "argon2id m=19456 t=2 p=1: {one:.1}/s on 1 thread ({:.1} ms), {some:.1}/s on {}",
        1e3 / one,
        cores.saturating_sub(1).max(1)
    ));
    let (seed, now) = (Seed::random(), Time::from_seconds(1_800_000_000));
    let checked = rate(1, || (), |()| _ = black_box(seed.step_of("081804", now)))?;
    lines.push(format!(
        "TOTP check: {checked:.0}/s on 1 thread ({:.1} µs)",
        1e6 / checked
    ));
    lines.push(passkey_check()?);
    lines.push(synced(folder)?);
    Ok(lines)
}

/// The rate of checking the answer of a passkey, from its text to the new counter.
fn passkey_check() -> anyhow::Result<String> {
    let origin = format!("http://{}", passkey::HOST);
    let server = RelyingParty::of(&origin.parse()?).context("no passkeys here")?;
    let (account, now) = (AccountId::new(Time(0)), Time::from_seconds(1_800_000_000));
    let owner = Owner {
        account: &account,
        username: "ann",
        name: "Ann Lee",
        existing: Vec::new(),
    };
    let begun = server
        .begin_registration(owner, "Example", now)
        .context("no challenge")?;
    let options = serde_json::from_str(&begun.options)?;
    let mut passkey = SoftPasskey::new(&options, &origin);
    let attested = passkey.attest(
        &passkey.answer_content("webauthn.create", &options),
        passkey::ES256,
    );
    let added = server
        .finish_registration(&begun.ceremony, &attested.to_string())
        .context("the passkey is refused")?;
    let begun = server
        .begin_sign_in(now, Duration::from_mins(5))
        .context("no challenge")?;
    passkey.counter += 1;
    let content = passkey.answer_content("webauthn.get", &serde_json::from_str(&begun.options)?);
    let answer = passkey.assert(&content).to_string();
    let check = || {
        let answer = Answer::parse(&answer)?;
        server.verify(&begun.ceremony, &answer, &added.credential).ok()
    };
    check().context("the answer is refused")?;
    let rate = rate(1, || (), |()| _ = black_box(check()))?;
    Ok(format!(
        "passkey check: {rate:.0}/s on 1 thread ({:.1} µs)",
        1e6 / rate
    ))
}

fn argon2id(threads: usize) -> anyhow::Result<f64> {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let blocks = params.block_count();
    let argon2 = Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params);
    rate(
        threads,
        || vec![Block::new(); blocks],
        |memory| {
            let mut output = [0; 32];
            let _ = argon2.hash_password_into_with_memory(
                b"three doors painted blue",
                &[7; 16],
                &mut output,
                memory,
            );
        },
    )
}

/// How many times per second this number of threads can do `work`.
fn rate<S>(
    threads: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S) + Sync,
) -> anyhow::Result<f64> {
    check()?;
    let done = AtomicU64::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut state = state();
                while began.elapsed() < TIME {
                    work(&mut state);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    Ok(done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64())
}

/// The rate of synced writes of 4 KiB to a file in the folder of the database.
fn synced(folder: &Path) -> anyhow::Result<String> {
    sleep(Duration::from_millis(100))?;
    let file = File::create(folder.join("synced"))?;
    let mut times = Vec::new();
    let began = Instant::now();
    while began.elapsed() < TIME {
        let write = Instant::now();
        // The file is overwritten from its start again, as a write-ahead log is.
        file.write_all_at(&[7; 4096], (times.len() as u64 % 1000) * 4096)?;
        file.sync_data()?;
        times.push(write.elapsed());
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_unstable();
    let median = times[times.len() / 2].as_secs_f64() * 1e3;
    Ok(format!("fdatasync of 4 KiB: {rate:.0}/s, median {median:.2} ms"))
}
