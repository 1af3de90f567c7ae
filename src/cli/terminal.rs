//! What a command prints and asks for at the terminal; secrets, which are not shown, can be sent on standard input instead.

use std::io::{BufRead, ErrorKind, IsTerminal, Stdin, Write, stderr, stdin, stdout};

use anyhow::{Context, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Prints a line for the caller. If it cannot be written, ends the process: with success if the reader has closed the
/// pipe, as `head` does, and otherwise with an error.
pub(super) fn print_line(line: &str) {
    let mut out = stdout().lock();
    if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
        if error.kind() == ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        let _ = writeln!(stderr(), "doorward: cannot print: {error}");
        std::process::exit(1);
    }
}

/// Asks the user to type `yes`.
pub(super) fn confirm(what: &str) -> anyhow::Result<()> {
    print_line(&format!("{what} Type yes to continue:"));
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    bail!("nothing was changed; type yes, or pass --yes in a script")
}

/// Reads a secret: from a terminal after the prompt, otherwise the first line of standard input.
pub(super) fn read_secret(prompt: &str) -> anyhow::Result<String> {
    if stdin().is_terminal() {
        return ask_secret(prompt);
    }
    let mut line = String::new();
    let read = stdin().lock().read_line(&mut line);
    read.context("the password cannot be read")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Reads a password, from a terminal twice.
pub(super) fn read_password() -> anyhow::Result<String> {
    let password = read_secret("Password: ")?;
    if asks_at_a_terminal() && read_secret("Repeat the password: ")? != password {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(password)
}

/// Requires a terminal to type the password at, or `--password-stdin`.
pub(super) fn ensure_password_is_given(password_stdin: bool) -> anyhow::Result<()> {
    if !password_stdin && !asks_at_a_terminal() {
        bail!(
            "there is no terminal to type the password at: pass --password-stdin and send it on standard input"
        );
    }
    Ok(())
}

/// Asks for a line.
pub(super) fn ask(prompt: &str) -> anyhow::Result<String> {
    let mut out = stdout().lock();
    out.write_all(prompt.as_bytes())?;
    out.flush()?;
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Whether [`read_secret`] asks somebody at a terminal.
pub(super) fn asks_at_a_terminal() -> bool {
    stdin().is_terminal()
}

fn ask_secret(prompt: &str) -> anyhow::Result<String> {
    // `rpassword` hides what is typed only after it has written the prompt, so the first characters of somebody who
    // types at once, or of a program that does, would be shown.
    let _silent = SilentTerminal::new()?;
    Ok(rpassword::prompt_password(prompt)?)
}

/// A terminal that does not show what is typed, until this value is dropped.
struct SilentTerminal {
    terminal: Stdin,
    before: Termios,
}

impl SilentTerminal {
    fn new() -> anyhow::Result<Self> {
        let terminal = stdin();
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO;
        tcsetattr(&terminal, OptionalActions::Now, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for SilentTerminal {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
