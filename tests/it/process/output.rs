//! Output that cannot be written.

use std::fs::OpenOptions;
use std::process::Stdio;

use tokio::io::AsyncReadExt;

use super::{PATIENCE, Server, doorward};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_a_command_with_an_error_and_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap());
    for arguments in [
        &["config", "example"][..],
        &["users", "list"],
        &["audit", "export"],
        &["--help"],
    ] {
        let mut command = doorward(&folder, "http://127.0.0.1:1");
        command.args(arguments).stdout(full()).stderr(Stdio::piped());
        let ended = command.spawn().unwrap().wait_with_output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        if arguments[0] == "config" {
            assert_eq!(ended.status.code(), Some(1), "{said}");
            assert!(said.contains("cannot print"), "{said}");
        }
        let both = command.stderr(full()).status().await.unwrap();
        assert_ne!(
            both.code(),
            Some(101),
            "{arguments:?}: a panic if nothing can be written at all"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_of_the_log_holds_nobody_up() {
    let mut server = Server::start(&[("DOORWARD__LOG__LEVEL", "trace")]).await;
    let asked = async {
        for _ in 0..1_000 {
            assert_eq!(server.token("nobody", "x").await, 401);
        }
    };
    let asked = tokio::time::timeout(PATIENCE * 3, asked).await;
    asked.expect("a request waits for the reader of the log");
    server.signal("TERM");
    assert!(server.ends_well().await);
    let mut log = String::new();
    let mut pipe = server.child.stderr.take().unwrap();
    pipe.read_to_string(&mut log).await.unwrap();
    assert!(!log.contains("stopping"), "the pipe was not full: {}", log.len());
}
