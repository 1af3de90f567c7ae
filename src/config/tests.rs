//! Tests of the configuration.

use std::fs;

use super::*;

fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("doorward.toml");
    fs::write(&file, toml).unwrap();
    let variables = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(&file), variables)
}

/// The faults as "key" or "key (from VARIABLE)".
fn faults(toml: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let faults = load(toml, environment).unwrap_err().0;
    faults
        .iter()
        .map(|fault| fault.to_string().split(": ").next().unwrap().to_owned())
        .collect()
}

#[test]
fn without_any_value_the_configuration_is_valid() {
    let config = Config::load(None, std::iter::empty()).unwrap();
    assert_eq!(config.server.issuer.as_str(), "http://localhost:8080");
    assert_eq!(config.server.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.server.database, Database::Sqlite("doorward.db".into()));
    assert_eq!(config.server.keys_dir, Path::new("keys"));
    assert_eq!(config.server.trusted_proxies, []);
    assert_eq!(config.tls.files(), None);
    assert_eq!(
        (config.passwords.memory_kib, config.passwords.iterations),
        (19456, 2)
    );
    assert_eq!(config.passwords.workers, None);
    assert_eq!(config.lifetimes.access_token, Duration::from_mins(5));
}

#[test]
fn the_environment_overrides_the_file_and_an_empty_value_counts_as_absent() {
    let toml = "
        issuer = 'https://id.example.org/'
        listen = ''
        trusted_proxies = ['10.0.0.1', '192.0.2.0/24']
        [lifetimes]
        code = 30
        id_token = '1h'
        [log]
        format = 'json'
    ";
    let environment = [
        ("DOORWARD__LIFETIMES__CODE", "90s"),
        ("DOORWARD__LOG__FORMAT", ""),
        ("DOORWARD__FETCH__ALLOW", "hooks.internal, 10.0.0.0/8"),
        ("DOORWARD_CONFIG", "not ours"),
        ("PATH", "/bin"),
    ];
    let config = load(toml, &environment).unwrap();
    assert_eq!(config.server.issuer.as_str(), "https://id.example.org");
    assert_eq!(config.server.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.lifetimes.code, Duration::from_secs(90));
    assert_eq!(config.lifetimes.id_token, Duration::from_hours(1));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.fetch.allow.len(), 2);
}

#[test]
fn all_faults_are_reported_at_once_each_with_its_key() {
    let toml = "
        issuer = 'id.example.org'
        lisen = '127.0.0.1:80'
        trusted_proxies = ['10.0.0.1', 'proxy']
        [lifetimes]
        code = '11m'
        [logs]
        level = 'info'
        [tls]
        certificate = '/nowhere/cert.pem'
        [fetch.more]
        x = 1
    ";
    let environment = [
        ("DOORWARD__KEYS__RSA_BITS", "1024"),
        ("DOORWARD__LOG__LEVELS", "info"),
    ];
    let expected = [
        "issuer",
        "trusted_proxies",
        "tls.certificate",
        "keys.rsa_bits (from DOORWARD__KEYS__RSA_BITS)",
        "lifetimes.code",
        "fetch.more.x",
        "lisen",
        "log.levels (from DOORWARD__LOG__LEVELS)",
        "logs.level",
    ];
    assert_eq!(faults(toml, &environment), expected);
    let text = load(toml, &environment).unwrap_err().to_string();
    for part in [
        "\n  lifetimes.code: \"11m\" is not a time from 10s to 10m, such as",
        "\n  tls.certificate: \"/nowhere/cert.pem\" is not a file that can be read: No such file",
        "\n  logs.level: there is no section [logs]",
        "\n  log.levels (from DOORWARD__LOG__LEVELS): unknown; use one of level, format",
        "\n  lisen: unknown; use one of issuer, listen, database, database_file,",
        "\n  keys.rsa_bits (from DOORWARD__KEYS__RSA_BITS): \"1024\" is not 2048, 3072 or 4096",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn d13_plain_http_is_for_this_machine_only() {
    for (toml, expected) in [
        ("issuer = 'http://127.0.0.1:9000'", true),
        ("issuer = 'http://[::1]:9000'", true),
        ("issuer = 'https://id.example.org'", true),
        ("issuer = 'http://id.example.org'", false),
        ("issuer = 'http://10.0.0.1'", false),
        (
            "issuer = 'http://id.example.org'\ntrusted_proxies = '10.0.0.1'",
            false,
        ),
    ] {
        assert_eq!(load(toml, &[]).is_ok(), expected, "{toml}");
    }
    assert_eq!(faults("issuer = 'http://id.example.org'", &[]), ["issuer"]);
}

#[test]
fn values_that_contradict_one_another_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("x.pem");
    fs::write(&pem, "").unwrap();
    let pem = pem.display();
    for (toml, key) in [
        (format!("[tls]\ncertificate = '{pem}'"), "tls.private_key"),
        (format!("[tls]\nprivate_key = '{pem}'"), "tls.certificate"),
        (
            "[keys]\nrotation = '1d'\npublish_ahead = '1d'".to_owned(),
            "keys.publish_ahead",
        ),
        (
            "[lifetimes]\nsession = '1h'\nsession_idle = '2h'".to_owned(),
            "lifetimes.session_idle",
        ),
    ] {
        assert_eq!(faults(&toml, &[]), [key], "{toml}");
    }
    let other = "[lifetimes]\nsession = '1h'\nsession_idle = '2h'\ncode = 'soon'";
    assert_eq!(faults(other, &[]), ["lifetimes.code", "lifetimes.session_idle"]);
    let unclear = "[lifetimes]\nsession = 'long'\nsession_idle = '20d'";
    assert_eq!(faults(unclear, &[]), ["lifetimes.session"]);
    let config = load(
        &format!("[tls]\ncertificate = '{pem}'\nprivate_key = '{pem}'"),
        &[],
    )
    .unwrap();
    assert!(config.tls.files().is_some());
}

#[test]
fn values_that_would_fail_at_the_start_are_faults() {
    for (toml, key) in [
        ("listen = '127.0.0.1:0'", "listen"),
        ("keys_dir = 5", "keys_dir"),
        ("database = true", "database"),
        ("[log]\nlevel = 3", "log.level"),
    ] {
        assert_eq!(faults(toml, &[]), [key], "{toml}");
    }
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("database");
    fs::write(&secret, "postgres://u:hush@db/doorward\n").unwrap();
    let secret = secret.display().to_string();
    let in_file = format!("database_file = '{secret}'");
    let expected = Database::Postgres("postgres://u:hush@db/doorward".to_owned());
    let variable = ("DOORWARD__DATABASE_FILE", secret.as_str());
    assert_eq!(load(&in_file, &[]).unwrap().server.database, expected);
    assert_eq!(load("", &[variable]).unwrap().server.database, expected);
    assert_eq!(
        load("database = 'x.db'", &[variable]).unwrap().server.database,
        expected
    );
    let overridden = load(&in_file, &[("DOORWARD__DATABASE", "x.db")]).unwrap();
    assert_eq!(overridden.server.database, Database::Sqlite("x.db".into()));
    assert_eq!(
        faults(&format!("database = 'x.db'\n{in_file}"), &[]),
        ["database_file"]
    );
    assert_eq!(faults("database_file = '/nowhere'", &[]), ["database_file"]);
}

#[test]
fn secrets_are_never_shown() {
    let secret = "mysql://u:hush@db/doorward";
    let text = load(&format!("database = '{secret}'"), &[])
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("database: the value is not") && !text.contains("hush"),
        "{text}"
    );
    let text = load(&format!("database = '{secret}"), &[])
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("line 1: is not TOML") && !text.contains("hush"),
        "{text}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_reported() {
    let faults = Config::load(Some(Path::new("/nowhere/doorward.toml")), std::iter::empty()).unwrap_err();
    assert_eq!(faults.0.len(), 1);
    assert!(
        faults
            .to_string()
            .contains("/nowhere/doorward.toml: cannot be read: "),
        "{faults}"
    );
    let faults = load("[log]\nlevel = \n", &[]).unwrap_err().to_string();
    assert!(faults.contains("doorward.toml, line 2: is not TOML"), "{faults}");
}

#[test]
fn values_of_the_wrong_kind_are_reported() {
    for toml in [
        "issuer = 5",
        "listen = true",
        "trusted_proxies = [['10.0.0.1']]",
        "trusted_proxies = [{ a = 1 }]",
        "[passwords]\niterations = 2.0",
        "[passwords]\niterations = -1",
        "[[passwords]]\niterations = 2",
        "[listen]\nport = 1",
        "[lifetimes]\ncode = 1979-05-27",
        "[tsl]",
    ] {
        assert_eq!(faults(toml, &[]).len(), 1, "{toml}");
    }
}

#[test]
fn the_example_is_the_default_and_names_every_key() {
    let example = Config::example();
    assert_eq!(load(&example, &[]), Config::load(None, std::iter::empty()));
    let assignment = |line: &str| line.strip_prefix("# ").is_some_and(|rest| rest.contains(" = "));
    let keys: usize = SECTIONS.iter().map(|section| section.keys.len()).sum();
    assert_eq!(
        example.lines().filter(|line| assignment(line)).count(),
        keys,
        "{example}"
    );

    let uncommented: Vec<_> = example
        .lines()
        .map(|line| if assignment(line) { &line[2..] } else { line })
        .filter(|line| !line.contains("/etc/doorward"))
        .collect();
    let config = load(&uncommented.join("\n"), &[]).unwrap();
    assert_eq!(
        (config.server.trusted_proxies.len(), config.passwords.workers),
        (2, Some(3))
    );
}
