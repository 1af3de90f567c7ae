//! Splits a Rust source into tokens, as far as finding statements needs them.

/// A token, or a group in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name or a number.
    Word(String),
    /// The value of a string literal.
    Text(String),
    /// A punctuation mark.
    Mark(char),
    /// The opening bracket of a group, and its tokens.
    Group(char, Vec<Token>),
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }

    pub fn is_mark(&self, mark: char) -> bool {
        *self == Self::Mark(mark)
    }

    pub fn word(&self) -> &str {
        match self {
            Self::Word(word) => word,
            _ => "",
        }
    }
}

/// The tokens of a source, without its comments.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut rest = source;
    let all = group(&mut rest);
    assert!(rest.is_empty(), "a bracket too many before {rest}");
    all
}

/// The tokens up to the closing bracket of the group, which stays in `rest`.
fn group(rest: &mut &str) -> Vec<Token> {
    let mut all = Vec::new();
    loop {
        skip_blank(rest);
        let Some(first) = rest.chars().next().filter(|c| !")]}".contains(*c)) else {
            return all;
        };
        all.push(token(first, rest));
    }
}

fn token(first: char, rest: &mut &str) -> Token {
    if "([{".contains(first) {
        *rest = &rest[1..];
        let inner = group(rest);
        *rest = rest.get(1..).expect("every bracket is closed");
        return Token::Group(first, inner);
    }
    if first == '"' {
        *rest = &rest[1..];
        return Token::Text(text(rest));
    }
    if let Some(raw) = raw_text(rest) {
        return Token::Text(raw);
    }
    let length = if first == '\'' {
        quoted(rest)
    } else {
        word_length(rest)
    };
    let (word, behind) = rest.split_at(length.max(first.len_utf8()));
    *rest = behind;
    if length == 0 {
        Token::Mark(first)
    } else {
        Token::Word(word.to_owned())
    }
}

/// Skips white space and comments.
fn skip_blank(rest: &mut &str) {
    loop {
        *rest = rest.trim_start();
        if rest.starts_with("//") {
            *rest = rest.split_once('\n').map_or("", |(_, behind)| behind);
        } else if rest.starts_with("/*") {
            *rest = rest.split_once("*/").map_or("", |(_, behind)| behind);
        } else {
            return;
        }
    }
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len())
}

/// The length of a lifetime or a character literal.
fn quoted(rest: &str) -> usize {
    let inner = &rest[1..];
    let end = if let Some(escaped) = inner.strip_prefix('\\') {
        escaped[1..].find('\'').map(|at| at + 2)
    } else {
        let length = inner.chars().next().map_or(0, char::len_utf8);
        inner[length..].starts_with('\'').then_some(length)
    };
    end.map_or_else(|| 1 + word_length(inner), |end| end + 2)
}

/// The value of a string up to its closing quote, with escapes replaced.
fn text(rest: &mut &str) -> String {
    let mut read = String::new();
    loop {
        let at = rest.find(['"', '\\']).expect("every string is closed");
        read.push_str(&rest[..at]);
        let (mark, behind) = rest[at..].split_at(1);
        *rest = behind;
        if mark == "\"" {
            return read;
        }
        let escape = rest.chars().next().expect("an escape stands for something");
        *rest = &rest[1..];
        match escape {
            '\n' => *rest = rest.trim_start(),
            'n' => read.push('\n'),
            'u' => {
                let (code, behind) = rest[1..].split_once('}').expect("a code ends");
                read.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
                *rest = behind;
            }
            '"' | '\\' | '\'' => read.push(escape),
            other => panic!("the escape \\{other} is not known here"),
        }
    }
}

/// The value of a raw string.
fn raw_text(rest: &mut &str) -> Option<String> {
    let behind = rest.strip_prefix('r')?;
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let inner = behind[hashes..].strip_prefix('"')?;
    let (read, behind) = inner.split_once(&format!("\"{}", "#".repeat(hashes)))?;
    *rest = behind;
    Some(read.to_owned())
}
