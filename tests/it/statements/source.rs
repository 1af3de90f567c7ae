//! Finds the SQL statements in a Rust source: the arguments of the query macros, evaluated as the compiler would, with
//! `concat!`, the store's own macros and constants.

use std::collections::BTreeMap;

use super::tokens::{Token, tokens};

/// The query macros, with the position of the statement among their arguments.
const QUERIES: [(&str, usize); 6] = [
    ("query_all", 2),
    ("query_opt", 2),
    ("query_one", 2),
    ("execute", 1),
    ("any_affected", 1),
    ("rows_affected", 1),
];
/// Represents what a repetition matches, which no statement may contain.
const REPEATED: &str = "a repetition";

type Tokens = Vec<Token>;

/// The first arm of a macro.
#[derive(Clone, PartialEq, Eq)]
struct Macro {
    pattern: Tokens,
    body: Tokens,
}

/// The macros and constants that statements may contain.
#[derive(Clone, Default)]
struct Names {
    macros: BTreeMap<String, Macro>,
    constants: BTreeMap<String, Tokens>,
}

/// The statements in the sources of one room, which share their macros, in order.
pub fn statements(sources: &[String]) -> Vec<String> {
    let files: Vec<Tokens> = sources.iter().map(|source| tokens(source)).collect();
    let mut shared = Names::default();
    for file in &files {
        shared.collect(file);
    }
    let mut found = Vec::new();
    for file in &files {
        let mut names = shared.clone();
        names.constants.clear();
        names.collect(file);
        names.statements(file, &mut found);
    }
    found
}

impl Names {
    /// Collects every macro and constant that the tokens define.
    fn collect(&mut self, tokens: &[Token]) {
        for (at, token) in tokens.iter().enumerate() {
            match (token, &tokens[at + 1..]) {
                (Token::Word(word), [_, Token::Word(name), Token::Group(_, arms), ..])
                    if word == "macro_rules" =>
                {
                    self.define(name, arms);
                }
                (Token::Word(word), [bang, Token::Group(_, row), ..])
                    if word == "row" && bang.is_mark('!') =>
                {
                    self.define_columns(row);
                }
                (Token::Word(word), rest @ [Token::Word(name), ..]) if word == "const" => {
                    self.define_constant(name, rest);
                }
                (Token::Group(_, inner), _) => self.collect(inner),
                _ => {}
            }
        }
    }

    fn define(&mut self, name: &str, arms: &[Token]) {
        if let [Token::Group(_, pattern), _, _, Token::Group(_, body), ..] = arms {
            let (pattern, body) = (pattern.clone(), body.clone());
            self.add_macro(name, Macro { pattern, body });
        }
    }

    fn add_macro(&mut self, name: &str, new: Macro) {
        let is_only = self.macros.get(name).is_none_or(|old| *old == new);
        assert!(is_only, "two macros of the store are named {name}");
        self.macros.insert(name.to_owned(), new);
    }

    /// `row!(name => Type { a.column kind, … })` defines a macro `name!()` that yields the columns.
    fn define_columns(&mut self, row: &[Token]) {
        // The macro's own arms begin with a punctuation mark.
        let [Token::Word(name), .., Token::Group(_, columns)] = row else {
            return;
        };
        let columns = arguments(columns);
        let columns = columns.iter().map(|column| match column.as_slice() {
            [Token::Word(table), dot, Token::Word(column), ..] if dot.is_mark('.') => {
                format!("{table}.{column}")
            }
            other => panic!("{other:?} is no column"),
        });
        let body = vec![Token::Text(columns.collect::<Vec<_>>().join(", "))];
        let pattern = Vec::new();
        self.add_macro(name, Macro { pattern, body });
    }

    fn define_constant(&mut self, name: &str, rest: &[Token]) {
        let value = rest.split(|token| token.is_mark('=')).nth(1);
        if let Some(value) = value.and_then(|value| value.split(|token| token.is_mark(';')).next()) {
            self.constants.insert(name.to_owned(), value.to_vec());
        }
    }

    /// Adds every statement in the tokens, including those in expansions of the store's macros.
    fn statements(&self, tokens: &[Token], found: &mut Vec<String>) {
        let mut rest = tokens;
        while let [first, behind @ ..] = rest {
            rest = behind;
            match (first, behind) {
                (Token::Word(word), [_, _, Token::Group(..), behind @ ..]) if word == "macro_rules" => {
                    rest = behind;
                }
                (Token::Word(name), [bang, Token::Group(_, input), ..]) if bang.is_mark('!') => {
                    self.statements_of_macro(name, input, found);
                }
                (Token::Group(_, inner), _) => self.statements(inner, found),
                _ => {}
            }
        }
    }

    fn statements_of_macro(&self, name: &str, input: &[Token], found: &mut Vec<String>) {
        if let Some((_, place)) = QUERIES.iter().find(|(query, _)| *query == name) {
            let sql = arguments(input).get(*place).and_then(|sql| self.evaluate(sql));
            let unknown = || panic!("the statement of {name}!({input:?}) cannot be evaluated");
            found.extend(sql.unwrap_or_else(unknown));
        } else if let Some(known) = self.macros.get(name)
            && runs_a_query(&known.body)
        {
            self.statements(&known.expand(input), found);
        }
    }

    /// The possible values of an expression.
    fn evaluate(&self, expression: &[Token]) -> Option<Vec<String>> {
        match expression {
            [Token::Text(text)] => Some(vec![text.clone()]),
            [Token::Group('[', elements)] => {
                let elements = arguments(elements);
                let all = elements.iter().map(|element| self.evaluate(element));
                Some(all.collect::<Option<Vec<_>>>()?.concat())
            }
            // A constant, or any element of a constant array.
            [Token::Word(name)] | [Token::Word(name), Token::Group('[', _)] => {
                self.evaluate(self.constants.get(name)?)
            }
            [Token::Word(name), bang, Token::Group(_, input)] if bang.is_mark('!') && name == "concat" => {
                let parts = arguments(input);
                let parts = parts.iter().map(|part| match self.evaluate(part)?.as_slice() {
                    [one] => Some(one.clone()),
                    _ => None,
                });
                Some(vec![parts.collect::<Option<String>>()?])
            }
            [Token::Word(name), bang, Token::Group(_, input)] if bang.is_mark('!') => {
                self.evaluate(&self.macros.get(name)?.expand(input))
            }
            _ => None,
        }
    }
}

impl Macro {
    /// The expansion of the macro for this input.
    fn expand(&self, mut input: &[Token]) -> Tokens {
        let mut bound = BTreeMap::new();
        let mut pattern = self.pattern.as_slice();
        while let [first, rest @ ..] = pattern {
            pattern = rest;
            match rest {
                [Token::Word(name), _, kind, rest @ ..] if first.is_mark('$') => {
                    let is_one = ["literal", "ident", "tt"].contains(&kind.word());
                    let end = input.iter().position(|token| token.is_mark(','));
                    let end = if is_one { 1 } else { end.unwrap_or(input.len()) };
                    bound.insert(name.clone(), input[..end].to_vec());
                    (input, pattern) = (&input[end..], rest);
                }
                // Attributes: only comments, which are no tokens.
                [Token::Group(_, repeated), _, rest @ ..]
                    if first.is_mark('$') && repeated.first().is_some_and(|token| token.is_mark('#')) =>
                {
                    pattern = rest;
                }
                _ if first.is_mark('$') => break,
                _ => {
                    assert_eq!(input.first(), Some(first), "in the input of a macro");
                    input = &input[1..];
                }
            }
        }
        substitute(&self.body, &bound)
    }
}

/// The body of a macro with its parameters replaced; a repetition becomes an argument that cannot be evaluated.
fn substitute(body: &[Token], bound: &BTreeMap<String, Tokens>) -> Tokens {
    let mut done = Vec::new();
    let mut rest = body;
    while let [first, behind @ ..] = rest {
        rest = behind;
        match (first, behind) {
            (Token::Mark('$'), [Token::Word(name), behind @ ..]) => {
                let itself = || vec![Token::Word(name.clone())];
                done.extend(bound.get(name).cloned().unwrap_or_else(itself));
                rest = behind;
            }
            (Token::Mark('$'), [Token::Group(..), behind @ ..]) => {
                done.push(Token::Mark(','));
                done.push(Token::Word(REPEATED.to_owned()));
                rest = behind;
            }
            (Token::Group(bracket, inner), _) => {
                done.push(Token::Group(*bracket, substitute(inner, bound)));
            }
            (other, _) => done.push(other.clone()),
        }
    }
    done
}

/// Whether a macro's body calls a query macro, or a macro that is an argument.
fn runs_a_query(body: &[Token]) -> bool {
    let calls = |pair: &[Token]| {
        pair[1].is_mark('!')
            && (pair[0].is_word("run") || QUERIES.iter().any(|(name, _)| pair[0].is_word(name)))
    };
    body.windows(2).any(calls)
        || body
            .iter()
            .any(|token| matches!(token, Token::Group(_, inner) if runs_a_query(inner)))
}

fn arguments(tokens: &[Token]) -> Vec<Tokens> {
    let all = tokens.split(|token| token.is_mark(',')).map(<[_]>::to_vec);
    all.filter(|argument| !argument.is_empty()).collect()
}
