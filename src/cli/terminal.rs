//! What a command asks for at the terminal; secrets, which are not shown, can be sent on standard input instead.

use std::io::{BufRead, IsTerminal, Stdin, Write, stdin, stdout};

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

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
